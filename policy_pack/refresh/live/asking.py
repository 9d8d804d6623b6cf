"""How catalogs ask: all items of an operation, page after page, through a client that they are given."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias

from policy_pack.catalog import kinds
from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.versions import EngineVersion
from policy_pack.refresh.live.files import AnyFact

# boto3 makes its clients at run time; an item is one entry of an answer's list.
Client: TypeAlias = Any
Item: TypeAlias = Any


class AnswerError(Exception):
    """A service answers with something else than a list that ends."""


class CutError(AnswerError):
    """The connection was lost in the middle of an answer."""


# How operations without a paginator name their tokens, going in and coming out.
_TOKENS = ("NextToken", "Marker")


@dataclass(frozen=True)
class LiveCatalog(Generic[AnyFact]):
    """One catalog: the service of boto3 to ask, the IAM actions it takes, how to ask and what to keep.

    `fetch` yields items as they come, so that `shape` never holds more than a page of them. A catalog that
    is `global_` is asked in one region, and holds for its partition; one that is `large` takes so many calls
    that it is asked for only when it is named.
    """

    name: str
    about: str
    service: str
    actions: tuple[str, ...]
    fact: type[AnyFact]
    fetch: Callable[[Client], Iterator[Item]]
    shape: Callable[[Iterable[Item]], dict[str, AnyFact]]
    global_: bool = False
    large: bool = False
    max_age_days: int = 60

    @property
    def file(self) -> str:
        """The path of its file among the facts."""
        return f"{self.name.replace('-', '_')}.json"

    def facts(self, client: Client) -> dict[str, AnyFact]:
        """What a region answers, less the records whose names a check could not read."""
        shaped = self.shape(self.fetch(client))
        return {key: fact for key, fact in shaped.items() if self._names.fullmatch(key)}

    @cached_property
    def _names(self) -> re.Pattern[str]:
        try:
            return re.compile(kinds.form(self.name).key_pattern)
        except KeyError:
            return re.compile(CatalogFile.key_pattern)


def newest_of_majors(versions: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The newest version of each major: what a major runs on, its newest version nearly always does.

    `versions` are pairs of a major, whatever names it, and a version.
    """
    newest: dict[str, EngineVersion] = {}
    for major, text in versions:
        version = EngineVersion(text)
        newest[major] = max(version, newest.get(major, version))
    yield from (version.text for version in newest.values())


def day(moment: datetime.datetime | None) -> datetime.date | None:
    """The day of a moment; botocore tells moments in the time zone of the machine."""
    return moment.astimezone(datetime.timezone.utc).date() if moment else None


def items(
    client: Client, operation: str, key: str, *, page_size: int | None = None, **arguments: object
) -> Iterator[Item]:
    """Everything that an operation lists under a key of its answers.

    Raises:
        AnswerError: a page has no such list, or the last page never comes. No list is not an empty list.
    """
    for page in _pages(client, operation, page_size, arguments):
        if key not in page:
            raise AnswerError(f"{operation} answered without {key}")
        yield from page[key]


def _pages(
    client: Client, operation: str, page_size: int | None, arguments: Mapping[str, object]
) -> Iterator[Mapping[str, Any]]:
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(
            **arguments, PaginationConfig={"PageSize": page_size}
        )
        return
    token: dict[str, str] = {}
    while True:
        page = getattr(client, operation)(**arguments, **token)
        yield page
        following = {name: page[name] for name in _TOKENS if page.get(name)}
        if not following:
            return
        if following == token:
            raise AnswerError(f"{operation} never comes to an end")
        token = following
