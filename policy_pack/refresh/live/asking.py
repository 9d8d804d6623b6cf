"""How catalogs ask: all items of an operation, page after page, through a client that they are given."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from policy_pack.refresh.live.files import AnyFact

# boto3 makes its clients at run time; an item is one entry of an answer's list.
Client: TypeAlias = Any
Item: TypeAlias = Any


class AnswerError(Exception):
    """A service answers with something else than a list that ends."""


class CutError(AnswerError):
    """The connection was lost in the middle of an answer."""


@dataclass(frozen=True)
class LiveCatalog(Generic[AnyFact]):
    """One catalog: the service of boto3 to ask, the IAM actions it takes, how to ask and what to keep.

    `fetch` yields items as they come, so that `shape` never holds more than a page of them. A catalog that
    is `global_` is asked in one region, and holds for its partition.
    """

    name: str
    about: str
    service: str
    actions: tuple[str, ...]
    fact: type[AnyFact]
    fetch: Callable[[Client], Iterator[Item]]
    shape: Callable[[Iterable[Item]], dict[str, AnyFact]]
    global_: bool = False
    max_age_days: int = 60

    @property
    def file(self) -> str:
        """The path of its file among the facts."""
        return f"{self.name.replace('-', '_')}.json"


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
    token: str | None = None
    while True:
        page = getattr(client, operation)(**arguments, **({"NextToken": token} if token else {}))
        yield page
        if not page.get("NextToken"):
            return
        if page["NextToken"] == token:
            raise AnswerError(f"{operation} never comes to an end")
        token = page["NextToken"]
