"""Reads Python programs and their tests without running them."""
