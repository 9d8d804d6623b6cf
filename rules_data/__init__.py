"""Catalogs: dated facts about AWS, one record a line. README.md says where each comes from."""
