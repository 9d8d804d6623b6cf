"""What a rule may know beside its subject."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from policy_pack.catalog.store import Catalogs
from policy_pack.model import Plan, Value


def _no_file(path: str) -> bool:
    return False


class Facts(Struct, frozen=True):
    """The arguments of every rule: none reads a clock, a file, the network or the environment itself.

    `region` is the stack's, None when nothing says; `config` is the stack's configuration, secrets marked;
    `parameters` are this rule's configured parameters; `exists` tells whether a file of the program
    exists, by its path relative to `working_directory`; `previous` is what is deployed now, None when it is
    not given.
    """

    catalogs: Catalogs
    today: datetime.date
    stack: str = ""
    region: str | None = None
    config: Mapping[str, Value] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    working_directory: str = "."
    exists: Callable[[str], bool] = _no_file
    previous: Plan | None = None

    @property
    def partition(self) -> str:
        """The id of the region's partition; `aws` when the region is unknown or like no known one."""
        found = self.catalogs.regions.partition(self.region) if self.region else None
        return found.id if found else "aws"
