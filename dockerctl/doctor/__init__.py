"""The doctor: facts of the host, checks that judge them, findings with cause and repair."""
