"""Is the daemon healthy: the probe ladder, the verdict, the status report, waiting."""
