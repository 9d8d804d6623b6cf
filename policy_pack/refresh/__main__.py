"""`python -m policy_pack.refresh`: rebuilds catalogs, or tells whether they are what would be built."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from policy_pack.catalog.store import ROOT
from policy_pack.refresh.builders import BUILDERS
from policy_pack.refresh.checks import check
from policy_pack.refresh.packages import RefreshError
from policy_pack.refresh.writing import Document, canonical, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done or nothing would change, 1 a file would change (`--check`), 2 it cannot be built."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in BUILDERS:
            parser.error(f"no catalog `{name}`; there are {', '.join(BUILDERS)}")
    stale = 0
    try:
        for name in options.names or BUILDERS:
            for file, document in BUILDERS[name]().items():
                stale += _refresh(file, document, options)
    except RefreshError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 1 if options.check and stale else 0


def _refresh(name: str, document: Document, options: argparse.Namespace) -> bool:
    """Write a catalog unless only checking; whether its content differs from what was there."""
    path = options.output / f"{name}.json"
    before = path.read_text(encoding="utf-8") if path.exists() else None
    check(name, document, _count(before), accept_shrink=options.accept_shrink)
    text = canonical(document)
    if text != before and not options.check:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text)
    outcome = "unchanged" if text == before else "would change" if options.check else "written"
    sys.stdout.write(f"{name}.json: {outcome}\n")
    return text != before


def _count(text: str | None) -> int:
    """How many records a catalog has; one that cannot be read has none to lose."""
    try:
        return len(json.loads(text or "{}")["records"])
    except (ValueError, KeyError, TypeError):
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policy_pack.refresh", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"catalogs (default: {', '.join(BUILDERS)})")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    parser.add_argument("--accept-shrink", action="store_true", help="let more than a fifth of a catalog go")
    parser.add_argument("--output", type=Path, default=ROOT, metavar="DIR", help="where the catalogs are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
