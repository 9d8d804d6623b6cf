"""Rules about MSK."""
