"""Measures Preflight beside its peers in one run. Run by `make bench`."""
