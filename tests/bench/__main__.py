"""Measures Preflight beside its peers: medians of interleaved rounds. Run by `make bench`.

Prints tables; asserts nothing, because a figure from one machine says nothing of another. Ratios do.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

# Each is a module here; `measure(rounds)` prints its tables.
SUBJECTS = ("whole", "simulator", "previews", "fuzz", "startup", "source", "rules", "refresh")
# Only when they are named: they fill a disk.
LARGE = ("memory",)


def main() -> None:
    """Measure the subjects that are named, by default all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS + LARGE))
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args()
    for name in given.subjects:
        if name not in SUBJECTS + LARGE:
            options.error(f"no subject `{name}`: there are {', '.join(SUBJECTS + LARGE)}")
    version = sys.version.split()[0]
    print(
        f"Python {version}, {os.cpu_count()} cores, {given.rounds} interleaved rounds, medians\n", flush=True
    )
    for name in given.subjects or SUBJECTS:
        importlib.import_module(f"tests.bench.{name}").measure(given.rounds)


if __name__ == "__main__":
    main()
