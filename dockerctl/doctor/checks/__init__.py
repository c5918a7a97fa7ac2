"""The checks: facts in, findings out; pure, one subject in each module."""
