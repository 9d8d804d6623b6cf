"""Rules about MemoryDB."""
