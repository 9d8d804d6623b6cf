"""`python -m policy_pack.refresh`: rebuilds catalogs, or tells whether they are what would be built."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from policy_pack.catalog.store import ROOT
from policy_pack.refresh import fargate_sizes, rds_engine_versions, regions, sql_reserved_words
from policy_pack.refresh.packages import RefreshError
from policy_pack.refresh.writing import Document, canonical, write

BUILDERS: dict[str, Callable[[], Document]] = {
    "fargate-sizes": lambda: fargate_sizes.shape(fargate_sizes.fetch()),
    "rds-engine-versions": lambda: rds_engine_versions.shape(rds_engine_versions.fetch()),
    "regions": lambda: regions.shape(regions.fetch()),
    "sql-reserved-words": lambda: sql_reserved_words.shape(sql_reserved_words.fetch()),
}


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
            path = options.output / f"{name.replace('-', '_')}.json"
            stale += _refresh(path, canonical(BUILDERS[name]()), check=options.check)
    except RefreshError as error:
        sys.stderr.write(f"{error}; install .ci/refresh-requirements.txt\n")
        return 2
    return 1 if options.check and stale else 0


def _refresh(path: Path, text: str, *, check: bool) -> bool:
    """Write a catalog unless only checking; whether its content differs from what was there."""
    differs = not path.exists() or path.read_text(encoding="utf-8") != text
    if differs and not check:
        write(path, text)
    outcome = ("would change" if check else "written") if differs else "unchanged"
    sys.stdout.write(f"{path.name}: {outcome}\n")
    return differs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policy_pack.refresh", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"catalogs (default: {', '.join(BUILDERS)})")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    parser.add_argument("--output", type=Path, default=ROOT, metavar="DIR", help="where the catalogs are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
