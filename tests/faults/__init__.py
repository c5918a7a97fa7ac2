"""Faults of a Docker host as data, and a driver that makes them and asks the doctor."""
