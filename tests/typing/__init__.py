"""Files that are only type-checked."""
