"""One module a catalog: every one of them defines `CATALOG`."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from policy_pack.refresh.live.asking import LiveCatalog


def _catalogs() -> Mapping[str, LiveCatalog[Any]]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = (import_module(f"{__name__}.{name}").CATALOG for name in names)
    return {catalog.name: catalog for catalog in sorted(found, key=lambda catalog: str(catalog.name))}


CATALOGS: Mapping[str, LiveCatalog[Any]] = _catalogs()
