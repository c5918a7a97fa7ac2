"""The benchmark: dockerctl beside systemctl, a bare pydbus and the usual shell loop.

``python -m tests.bench`` boots a lab host with our package, lets ``inside`` measure there, and
prints one table. docs/explanation/performance.md says what the numbers mean.
"""
