"""Which keys the conditions of IAM policies can name."""

from __future__ import annotations

from typing import ClassVar, Literal

from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.key_names import KeyNames
from policy_pack.model import Evidence


class ConditionKeysFile(CatalogFile, frozen=True):
    """`iam_condition_keys.json`: by key, the services whose reference lists it, with spaces between."""

    key_pattern: ClassVar[str] = r"[\w-]+:[\w./:${}-]+"

    records: dict[str, str]


class GlobalConditionKeysFile(CatalogFile, frozen=True):
    """`iam_global_condition_keys.json`: by key, what it is a property of."""

    key_pattern: ClassVar[str] = r"[\w-]+:[\w./:${}-]+"

    records: dict[str, Literal["principal", "role session", "network", "resource", "request"]]


class ConditionKeys:
    """The keys of all services, and the global ones."""

    def __init__(self, file: ConditionKeysFile, of_all: GlobalConditionKeysFile) -> None:
        self._file = file
        self._global = of_all
        self._of_services = KeyNames(file.records)
        self._of_all = KeyNames(of_all.records)
        self._names = KeyNames([*file.records, *of_all.records])

    def find(self, key: str) -> str | None:
        """The key as AWS writes it; None when no service and no request has it."""
        return self._names.find(key)

    def has_prefix(self, prefix: str) -> bool:
        """Whether any key has a prefix, such as `s3` or `aws`."""
        return self._names.has_prefix(prefix)

    def closest(self, key: str) -> str | None:
        """The key that looks most like another; None when none looks alike."""
        return self._names.closest(key)

    def is_global(self, key: str) -> bool:
        """Whether every service may have the key in its requests."""
        return self._of_all.find(key) is not None

    def services(self, key: str) -> tuple[str, ...]:
        """The services whose reference lists a key; none for most global ones."""
        return tuple(self._file.records.get(self._of_services.find(key) or "", "").split())

    def evidence(self, key: str) -> Evidence:
        """What a finding on a key refers to."""
        file = self._global if key.lower().startswith("aws:") else self._file
        return file.evidence(key)
