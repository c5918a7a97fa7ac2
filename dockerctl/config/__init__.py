"""daemon.json: reading and editing it as a document, its table of keys, and its checks."""
