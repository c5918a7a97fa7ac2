"""Stand-ins for what dockerctl talks to; each keeps to a port and has passed its contract."""
