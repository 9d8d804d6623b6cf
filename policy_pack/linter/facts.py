"""Whose facts a program is judged by: those shipped, those refreshed, and the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from policy_pack.catalog import Catalogs, Overlay
from policy_pack.catalog.places import refreshed_facts
from policy_pack.linter.config import Config


def catalogs_for(
    config: Config, directory: Path | None, environment: Mapping[str, str], known: Iterable[Catalogs] = ()
) -> Catalogs:
    """The catalogs to judge a program by; the same object as one of `known` where the same facts hold.

    Without a directory the project's refreshed facts are left out.

    Raises:
        ConfigError: one of the user's own facts is not what it must be.
    """
    refreshed, overlay = refreshed_facts(directory, environment), _overlay(config)
    for catalogs in known:
        if (catalogs.refreshed, catalogs.overlay) == (refreshed, overlay):
            return catalogs
    return Catalogs(refreshed=refreshed, overlay=overlay)


def _overlay(config: Config) -> Overlay | None:
    if not config.settings.facts:
        return None
    from policy_pack.linter.overlay import overlay

    return overlay(config)
