"""`preflight verify`: asks AWS, by calls that only read, what became of a deployment."""
