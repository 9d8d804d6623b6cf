"""Catalogs that AWS itself answers, region by region, for the user's account: `preflight refresh`.

Each catalog has a module below `catalogs` with `fetch`, which asks through a client, and `shape`, which is
pure. Writes the user's facts only, never `rules_data/`.
"""
