"""Tests of dockerctl."""
