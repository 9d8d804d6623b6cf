"""Rules about DocumentDB."""
