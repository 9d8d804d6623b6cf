"""Builds `sql_reserved_words.json` from the keyword lists of sqlfluff's dialects."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping

from policy_pack.refresh.packages import SQLFLUFF, RefreshError, read
from policy_pack.refresh.writing import Document

# The variable of each dialect's module that lists its reserved words. Db2's is named otherwise because
# the parser reserves less: it holds the words that the engine's own manual calls reserved.
LISTS = {
    "db2": "UNRESERVED_KEYWORDS",
    "mariadb": "mariadb_reserved_keywords",
    "mysql": "mysql_reserved_keywords",
    "oracle": "oracle_reserved_keywords",
    "postgres": "postgres_docs_keywords",
    "redshift": "redshift_reserved_keywords",
    "tsql": "RESERVED_KEYWORDS",
}

# PostgreSQL's manual reserves these two; the parser keeps them free for its own grammar.
ADDED = {"postgres": ("TABLE", "USER")}


def fetch() -> dict[str, str]:
    """Read the source of each dialect's keyword module."""
    return {
        dialect: read(SQLFLUFF, f"sqlfluff/dialects/dialect_{dialect}_keywords.py").decode()
        for dialect in LISTS
    }


def shape(sources: Mapping[str, str]) -> Document:
    """Turn the lists around: by word, the dialects that reserve it."""
    dialects: dict[str, list[str]] = defaultdict(list)
    for dialect, source in sorted(sources.items()):
        words = {*_words(_constant(source, LISTS[dialect])), *ADDED.get(dialect, ())}
        for word in words:
            dialects[word.upper()].append(dialect)
    return Document(
        about="Words that SQL dialects reserve",
        source=f"{SQLFLUFF}; TABLE and USER of PostgreSQL from its manual",
        fetched=SQLFLUFF.date,
        command="python -m policy_pack.refresh sql-reserved-words",
        scope="the engines' own manuals; AWS publishes no list of the names it refuses",
        records=dialects,
    )


def _constant(source: str, name: str) -> object:
    """The value that a module assigns to a name, without running the module."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return ast.literal_eval(statement.value)
    raise RefreshError(f"no list {name} in sqlfluff's keywords")


def _words(listed: object) -> Iterable[str]:
    """Single words of a text, of a list, or of pairs of a word and its kind; no phrases."""
    if isinstance(listed, str):
        yield from listed.split()
    elif isinstance(listed, list):
        pairs = ((each, "reserved") if isinstance(each, str) else each for each in listed)
        yield from (word for word, kind in pairs if kind.startswith("reserved") and " " not in word)
