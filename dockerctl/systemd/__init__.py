"""systemd: the manager port, its adapter over D-Bus, jobs and the journal."""
