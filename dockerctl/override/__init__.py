"""Drop-ins: their text, the recipes that make them, and what lies on the host."""
