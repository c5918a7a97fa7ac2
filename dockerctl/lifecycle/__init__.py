"""From a wanted state to a proven one: plans, steps and what went wrong."""
