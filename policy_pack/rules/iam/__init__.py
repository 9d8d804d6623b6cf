"""Rules about IAM and the policies of other services."""
