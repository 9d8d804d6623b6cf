"""`preflight check --live`: asks AWS for exactly the facts that a program uses, by calls that only read."""
