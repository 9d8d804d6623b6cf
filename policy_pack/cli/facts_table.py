"""Which facts are in force and how old they are, as `preflight config` shows them."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence

from policy_pack.catalog.inventory import OVERLAY, REFRESHED, SHIPPED, Holding
from policy_pack.report.style import printable

_HEADINGS = ("catalog", "source", "date", "days old", "limit", "for")


def facts_table(holdings: Sequence[Holding], today: datetime.date) -> Iterator[str]:
    """One line for all facts of a catalog that are of one origin and day; limits are in days."""
    rows = [_HEADINGS, *(_row(holding, today) for holding in holdings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def facts_line(holdings: Sequence[Holding], today: datetime.date) -> str:
    """All of it in one line."""
    origins = Counter(holding.origin for holding in holdings)
    counts = [
        f"{origins[SHIPPED]} catalogs shipped",
        f"{len({each.catalog for each in holdings if each.origin == REFRESHED})} refreshed",
        f"{origins[OVERLAY]} of your own",
        f"{sum(holding.is_past(today) for holding in holdings)} past their limit",
    ]
    return ", ".join(counts)


def _row(holding: Holding, today: datetime.date) -> tuple[str, ...]:
    age = holding.age(today)
    limit = "" if holding.max_age_days is None else str(holding.max_age_days)
    return (
        holding.catalog,
        holding.origin,
        holding.fetched.isoformat() if holding.fetched else "",
        "" if age is None else str(age),
        f"{limit}, past" if holding.is_past(today) else limit,
        printable(holding.scope),
    )
