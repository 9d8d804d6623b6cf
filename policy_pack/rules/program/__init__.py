"""Rules about a program's source and its tests."""
