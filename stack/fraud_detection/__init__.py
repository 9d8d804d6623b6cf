"""Scores card transactions for fraud: network, service, databases and their monitoring on AWS."""
