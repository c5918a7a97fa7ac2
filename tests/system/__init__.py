"""Tests on real hosts: real systemd, real dockerd, our own package installed."""
