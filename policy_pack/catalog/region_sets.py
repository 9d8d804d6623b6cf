"""Sets of regions as short texts: `all`, `all but ap-east-2, mx-central-1`, or `eu-west-1, us-east-1`.

Where many facts share one, it has a name, such as `#3fa9`, that comes from the text alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set

_ALL = "all"
_BUT = "all but "
_DIGITS = 4


def text(regions: Set[str], known: Set[str]) -> str:
    """Write a set down, by what it lacks of the known regions where that is shorter.

    A fact that holds everywhere reads the same however many regions are known, so that one more region
    changes only the lines in which it differs.
    """
    missing = known - regions
    if not missing:
        return _ALL
    if len(missing) < len(regions):
        return _BUT + ", ".join(sorted(missing))
    return ", ".join(sorted(regions))


def regions(text: str, known: Set[str]) -> frozenset[str]:
    """Read a set back; what is not among the known regions does not count."""
    if text == _ALL:
        return frozenset(known)
    if text.startswith(_BUT):
        return frozenset(known - set(text.removeprefix(_BUT).split(", ")))
    return frozenset(known & set(text.split(", ")))


def names(texts: Iterable[str]) -> Mapping[str, str]:
    """A short name for each text, which another text hardly ever changes."""
    named: dict[str, str] = {}
    for text in sorted(set(texts)):
        digest = hashlib.sha256(text.encode()).hexdigest()
        lengths = range(_DIGITS, len(digest) + 1)
        name = next(name for n in lengths if (name := f"#{digest[:n]}") not in named.values())
        named[text] = name
    return named
