"""Tests over real sockets and real programs, without a daemon."""
