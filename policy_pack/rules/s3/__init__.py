"""Rules about S3."""
