"""Makes the manual page and the shell completions from the program's own command tree.

Run at package build time as ``PYTHONPATH=packaging:. python3 -m generate FOLDER``. Only the
standard library and dockerctl are used, and any Typer from 0.7 on will do: the tree is read by
attribute, because newer versions no longer stand on an importable click.
"""
