"""Rules about Neptune."""
