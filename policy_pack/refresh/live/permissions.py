"""The IAM policy that a refresh needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from policy_pack.refresh.live.asking import LiveCatalog
from policy_pack.refresh.live.catalogs import account_regions


def policy(catalogs: Iterable[LiveCatalog[Any]], *, all_regions: bool) -> str:
    """A policy document with exactly the actions that are used."""
    actions = {action for catalog in catalogs for action in catalog.actions}
    if all_regions:
        actions.update(account_regions.CATALOG.actions)
    return document("PreflightRefresh", actions)


def document(sid: str, actions: Iterable[str]) -> str:
    """A policy document that allows some actions."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
