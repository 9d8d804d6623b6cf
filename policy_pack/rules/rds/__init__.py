"""Rules about RDS, Aurora, DocumentDB, Neptune and Redshift."""
