"""Rules about EMR."""
