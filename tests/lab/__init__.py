"""The test lab: throw-away Debian hosts with real systemd, D-Bus, polkit and dockerd.

``images`` builds one root file system per suite and layers on top of it, ``host`` boots hosts from
them, ``python -m tests.lab`` does both by hand. Only the standard library is used, so that the lab
also runs with a bare python3. It needs root, Linux, overlayfs and the programs that ``tools``
names.
"""
