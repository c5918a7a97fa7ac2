"""The Engine API: where the daemon listens, how to reach it, and what it answers.

Nothing here knows systemd. Connecting to a socket-activated daemon starts it, so a caller asks
systemd first (see docs, "Socket activation").
"""
