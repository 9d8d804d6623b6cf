"""Rules about OpenSearch and Elasticsearch."""
