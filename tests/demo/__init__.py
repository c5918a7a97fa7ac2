"""The demo: the main job on a lab host, as a new user would read it in a terminal.

``python -m tests.demo`` boots a host with our package, types the commands of ``script`` into it and
shows what they print. Each must end with the exit code that the script names.
"""
