"""Rules about CloudWatch Synthetics."""
