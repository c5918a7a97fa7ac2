"""A systemd-integrated lifecycle manager for dockerd."""

__version__ = "0.1.0"
