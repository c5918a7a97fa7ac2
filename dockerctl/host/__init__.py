"""The host beside systemd and Docker: programs, processes, terminals."""
