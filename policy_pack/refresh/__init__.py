"""Builds the generated catalogs of `rules_data/` from pinned packages; the only writer of that directory.

Each catalog has a module with `fetch`, which reads files of the packages, and `shape`, which is pure.
"""
