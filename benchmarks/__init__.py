"""Measurements beside a peer in the same run; `make bench` runs them all and writes the results file."""
