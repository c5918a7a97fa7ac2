"""The transaction over daemon.json, drop-ins and enablement: checkpoint, apply, prove, or undo."""
