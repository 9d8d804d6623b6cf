"""Which services AWS has closed, is closing, or no longer develops."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import ClassVar, Literal

from msgspec import Struct

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence

_MODULES = {"ec2": "autoscaling", "timestreamwrite": "timestream"}
# Kinds that Pulumi's provider has in the module of another service, and that stay when it goes.
_STAYING = ("aws:pinpoint/smsvoicev2",)


class LifeCycle(Struct, frozen=True):
    """What becomes of a service: `shutdown` (it is gone), `sunset` (it is going), `maintenance` (no news).

    `date` is that of the announcement's effect; sources do not say which. `in_api`: AWS's SDK still has it.
    """

    status: Literal["shutdown", "sunset", "maintenance"]
    date: datetime.date | None
    in_api: bool


class LifeCyclesFile(CatalogFile, frozen=True):
    """`life_cycles.json`: by CloudFormation's `Service::Type`, where `*` stands for all types."""

    key_pattern: ClassVar[str] = r"\w+::(\w+|\*)"

    records: dict[str, LifeCycle]


class LifeCycles:
    """Tells the life cycle of resource types."""

    def __init__(self, file: LifeCyclesFile) -> None:
        self._file = file

    def evidence(self, token: str) -> Evidence:
        """What a finding about a Pulumi type token refers to."""
        return self._file.evidence(*filter(None, (self._key(token),)))

    def of(self, token: str) -> LifeCycle | None:
        """What becomes of the resources of a Pulumi type token; None when nothing is known to."""
        key = self._key(token)
        return self._file.records[key] if key else None

    def _key(self, token: str) -> str | None:
        """The record about a type, which may be one about its whole service."""
        if token.startswith(_STAYING):
            return None
        _, module, kind = (*token.lower().split(":"), "", "", "")[:3]
        module = module.partition("/")[0]
        services = [module, _MODULES[module]] if module in _MODULES else [module]
        keys = [f"{service}::{each}" for service in services for each in (kind, "*")]
        return next((self._keys[key] for key in keys if key in self._keys), None)

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {key.lower(): key for key in self._file.records}
