"""Selects rules, runs them over plans, places and merges what they say. Knows no AWS and no format."""
