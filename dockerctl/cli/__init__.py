"""The command line: what was typed becomes one call and one result."""
