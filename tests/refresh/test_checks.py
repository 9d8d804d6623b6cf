from __future__ import annotations

import pytest

from policy_pack.refresh.checks import check
from policy_pack.refresh.packages import RefreshError
from policy_pack.refresh.writing import Document


def made(*keys: str, scope: str = "us-east-1 only") -> Document:
    return Document("about", "source", "2026-01-02", "command", scope, dict.fromkeys(keys, ()))


@pytest.mark.parametrize(
    ("name", "document", "before", "says"),
    [
        ("regions", made(), 0, "empty"),
        ("regions", made("a", "b", "c"), 4, "from 4 to 3"),
        ("versions/x", made("mysql 8.0.1", "mysql latest"), 0, "`latest` of mysql"),
        ("versions/x", made("mysql 8.0.1", "postgres 8.0.1"), 0, "all 2 engines"),
    ],
)
def test_what_looks_wrong_is_refused(name: str, document: Document, before: int, says: str) -> None:
    with pytest.raises(RefreshError, match=says):
        check(name, document, before)


@pytest.mark.parametrize(
    ("name", "document", "before"),
    [
        ("versions/x", made(scope="live only: no package lists them"), 0),
        ("regions", made("a", "b", "c", "d"), 5),
        ("regions", made("latest"), 1),
        ("versions/x", made("kafka 3.7.x"), 0),
        ("versions/x", made("mysql 8.0.1", "postgres 8.0.1", "postgres 8.0.2"), 0),
    ],
)
def test_what_looks_right_passes(name: str, document: Document, before: int) -> None:
    check(name, document, before)


def test_a_shrinking_catalog_can_be_accepted() -> None:
    check("regions", made("a"), 9, accept_shrink=True)


def test_classes_that_are_the_same_for_every_engine_are_refused() -> None:
    def offered(*kinds: list[str]) -> Document:
        records = {f"db.m{n}.x": [{"regions": "all", "kinds": each}] for n, each in enumerate(kinds)}
        return Document("about", "source", "2026-01-02", "command", "scope", records)

    with pytest.raises(RefreshError, match="all 2 engines"):
        check("instances/rds", offered(["mysql", "postgres"], ["mysql", "postgres"]), 0)
    check("instances/rds", offered(["mysql", "postgres"], ["mysql"]), 0)
    check("instances/rds", offered(["mysql"]), 0)
    check("instances/ec2", Document("a", "s", "d", "c", "x", {"m5.large": [{"regions": "all"}]}), 0)
