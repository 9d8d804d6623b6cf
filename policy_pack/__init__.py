"""Preflight: finds what will fail in a Pulumi deployment on AWS before anything is created."""

__version__ = "0.1.0"
