"""Rules about resources of every type."""
