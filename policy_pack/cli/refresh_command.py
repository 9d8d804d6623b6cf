"""`preflight refresh`: ask AWS for the facts that rules rest on, and keep them."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_pack.catalog import CatalogError, Catalogs
from policy_pack.cli import BROKEN, CLEAN, FOUND
from policy_pack.linter.config import unknown_name

if TYPE_CHECKING:
    from policy_pack.refresh.live.asking import LiveCatalog
    from policy_pack.refresh.live.renewing import Change, Renewal

LiveCatalogs = Sequence["LiveCatalog[Any]"]


class RefreshUsageError(Exception):
    """The command cannot be carried out as it was given."""


def run(options: argparse.Namespace) -> int:
    """Refresh what is named, or everything. Returns the exit code."""
    if options.offline:
        return _offline(options)
    try:
        catalogs = _named(options.names)
        if options.permissions:
            sys.stdout.write(_policy(catalogs, options) + "\n")
            return CLEAN
        return _live(catalogs, options)
    except RefreshUsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN


def _offline(options: argparse.Namespace) -> int:
    from policy_pack.refresh import __main__ as builder

    flags = {"--check": options.check, "--accept-shrink": options.accept_shrink}
    return builder.main([*options.names, *(flag for flag, given in flags.items() if given)])


def _named(names: Sequence[str]) -> LiveCatalogs:
    from policy_pack.refresh.live.catalogs import CATALOGS

    for name in names:
        if name not in CATALOGS:
            message = unknown_name("live catalog", name, CATALOGS)
            raise RefreshUsageError(f"{message}; there are {', '.join(CATALOGS)}")
    return [
        catalog for name, catalog in CATALOGS.items() if name in names or (not names and not catalog.large)
    ]


def _policy(catalogs: LiveCatalogs, options: argparse.Namespace) -> str:
    from policy_pack.refresh.live.permissions import policy

    return policy(catalogs, all_regions=options.all_regions)


def _live(catalogs: LiveCatalogs, options: argparse.Namespace) -> int:
    try:
        from policy_pack.refresh.live.aws import Aws, CredentialsError
    except ImportError as error:
        raise RefreshUsageError(
            f"{error.name} is not installed: pip install 'iac-preflight[live]'"
        ) from error
    from policy_pack.refresh.live.places import PlaceError
    from policy_pack.refresh.live.publishing import facts_directory
    from policy_pack.refresh.live.renewing import Renewal

    renewal = Renewal(
        facts_directory(Path.cwd(), os.environ),
        datetime.datetime.now(tz=datetime.timezone.utc).date(),
        options.accept_shrink,
        options.check,
    )
    try:
        changes = _renew(renewal, Aws(options.profile, os.environ.get("AWS_REGION")), catalogs, options)
    except (CatalogError, CredentialsError, PlaceError) as error:
        raise RefreshUsageError(str(error)) from error
    except OSError as error:
        where = error.filename or renewal.directory
        raise RefreshUsageError(f"the facts cannot be written: `{where}`: {error.strerror}") from error
    sys.stdout.writelines(f"{line}\n" for line in (*_report(changes, renewal), *_left_out(options.names)))
    return _exit_code(changes, renewal)


def _renew(
    renewal: Renewal, aws: Any, catalogs: LiveCatalogs, options: argparse.Namespace
) -> Sequence[Change]:
    from policy_pack.refresh.live.gathering import count, gather
    from policy_pack.refresh.live.places import places
    from policy_pack.refresh.live.progress import Progress

    asked = places(aws, options.region, Catalogs().regions, everywhere=options.all_regions)
    progress = Progress(sys.stderr, count(catalogs, asked))
    try:
        found = gather(
            aws, catalogs, asked, lambda job: progress.step(f"{job.catalog.name} {job.place.region}")
        )
    finally:
        progress.clear()
    return renewal.apply(catalogs, found)


def _report(changes: Iterable[Change], renewal: Renewal) -> Iterator[str]:
    for alike in _alike(changes):
        change = alike[0]
        yield f"{', '.join(each.catalog.name for each in alike)}: {_outcome(change, renewal)}"
        unknown = {key: reason for key, reason in change.unknown.items() if key not in change.failed}
        yield from _grouped("not renewed in", change.failed)
        yield from _grouped("unknown in", unknown)
        if renewal.check:
            yield from change.diff
    if not renewal.check and any(change.renewed for change in changes):
        yield f"Facts are in {renewal.directory}"


def _alike(changes: Iterable[Change]) -> Iterable[Sequence[Change]]:
    """The changes one by one, but those together that came to nothing for the same reasons."""
    groups: dict[object, list[Change]] = {}
    for change in changes:
        reasons = (tuple(change.failed.items()), tuple(change.unknown.items()))
        groups.setdefault(change.catalog.name if change.renewed else reasons, []).append(change)
    return groups.values()


def _left_out(names: Sequence[str]) -> Iterator[str]:
    from policy_pack.refresh.live.catalogs import CATALOGS

    large = [name for name, catalog in CATALOGS.items() if catalog.large]
    if large and not names:
        yield f"Asked for only by name, because it takes many calls: {', '.join(large)}"


def _outcome(change: Change, renewal: Renewal) -> str:
    if not change.renewed:
        return "not renewed" if change.failed else "unknown"
    verb = "would change" if renewal.check else "changed"
    return f"{_counted('fact', len(change.keys))} {verb}, {_counted('region', len(change.renewed))} answered"


def _counted(noun: str, count: int) -> str:
    return f"{count or 'no'} {noun}{'s' * (count != 1)}"


def _grouped(verb: str, reasons: Mapping[str, str]) -> Iterator[str]:
    regions: dict[str, list[str]] = defaultdict(list)
    for region, reason in sorted(reasons.items()):
        regions[reason].append(region)
    yield from (f"  {verb} {', '.join(names)}: {reason}" for reason, names in regions.items())


def _exit_code(changes: Iterable[Change], renewal: Renewal) -> int:
    if any(change.failed for change in changes):
        return BROKEN
    return FOUND if renewal.check and any(change.diff for change in changes) else CLEAN
