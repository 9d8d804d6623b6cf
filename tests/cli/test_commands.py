"""`preflight rules`, `explain`, `config` and `--help`."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from policy_pack.cli import FORMATS, parser
from policy_pack.linter import diagnostics, registry
from policy_pack.report import FORMATS as RENDERED

from .harness import FLAW, Directory

EVERY_NAME = sorted({*registry.modules(), *diagnostics.ALL})
OPTIONS = {
    "check": {
        "--also",
        "--color",
        "--config",
        "--diff",
        "--fail-on",
        "--fix",
        "--help",
        "--ignore",
        "--live",
        "--memory-limit",
        "--only",
        "--output-file",
        "--output-format",
        "--profile",
        "--select",
        "--stack",
        "--state",
        "--time-limit",
        "--verbose",
        "--watch",
    },
    "config": {"--help", "--path"},
    "explain": {"--help"},
    "plan": {
        "--color",
        "--config",
        "--diff",
        "--dot",
        "--help",
        "--inputs",
        "--json",
        "--memory-limit",
        "--mermaid",
        "--stack",
        "--time-limit",
    },
    "refresh": {
        "--accept-shrink",
        "--all-regions",
        "--check",
        "--help",
        "--offline",
        "--permissions",
        "--profile",
        "--region",
    },
    "rules": {"--help", "--json"},
    "verify": {
        "--also",
        "--color",
        "--fail-on",
        "--help",
        "--output-file",
        "--output-format",
        "--outputs",
        "--permissions",
        "--profile",
        "--region",
        "--stack",
        "--verbose",
        "--wait",
    },
}


def test_the_list_holds_every_rule_once(directory: Directory) -> None:
    result = directory.run("rules")
    rows = [line.split(maxsplit=2) for line in result.out.splitlines()]
    assert result.code == 0
    assert [name for name, _, _ in rows] == EVERY_NAME
    assert all(severity in ("error", "warning", "note") for _, severity, _ in rows)
    document = json.loads(directory.run("rules", "--json").out)
    assert document["version"] == 1
    assert [[row["name"], row["severity"], row["summary"]] for row in document["rules"]] == rows
    assert {key for row in document["rules"] for key in row} == {"name", "severity", "since", "summary"}


@pytest.mark.parametrize("name", EVERY_NAME)
def test_every_name_has_a_page(name: str, directory: Directory) -> None:
    result = directory.run("explain", name)
    assert result.code == 0
    assert result.out.startswith(f"# {name} (")
    headings = [line for line in result.out.splitlines() if line.startswith("## ")]
    assert headings[:2] == ["## Why this fails", "## What to do instead"]
    assert (headings[-2:] == ["## Reported", "## Not reported"]) == (name in registry.modules())


def test_no_page_shows_how_values_are_kept(directory: Directory) -> None:
    for name in registry.modules():
        page = directory.run("explain", name).out
        assert not re.search(r"\b(UNKNOWN|ABSENT|(Predicted|Secret|Asset|Archive|Plan)\()", page)


def test_a_page_says_what_is_deployed_and_what_needs_a_refresh(directory: Directory) -> None:
    page = directory.run("explain", "eks-version-skipped").out
    assert '- `{"version": "1.33"}` after `{"version": "1.31"}`: …from Kubernetes `1.31` to `1.33`…' in page
    refreshed = directory.run("explain", "memorydb-engine-version-unavailable").out
    assert '- `{"engineVersion": "6.2"}` once facts are refreshed: …redis version `6.2`…' in refreshed


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("engine-version-unavailble", f"a similar one is `{FLAW}`"),
        ("program-faild", "a similar one is `program-failed`"),
        ("zzz", "there is no rule named `zzz`\n"),
    ],
)
def test_an_unknown_name_has_no_page(name: str, says: str, directory: Directory) -> None:
    result = directory.run("explain", name)
    assert (result.code, result.out) == (2, "")
    assert says in result.err


def test_settings_are_shown_with_their_origin(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text("[tool.preflight]\ntime-limit = 5\nfail-on = 'warning'\n")
    below = Path("deep/below")
    below.mkdir(parents=True)
    monkeypatch.setenv("PREFLIGHT_OUTPUT_FORMAT", "json")
    result = directory.run("config", "--path", "deep/below")
    file = Path("pyproject.toml").resolve()
    assert result.code == 0
    *settings, facts = result.out.splitlines()
    assert facts.endswith("(see `preflight config facts`)")
    assert settings == [
        "select = []  (default)",
        "ignore = []  (default)",
        f'fail-on = "warning"  (`{file}`)',
        'output-format = "json"  (environment variable PREFLIGHT_OUTPUT_FORMAT)',
        "stacks = []  (default)",
        f"time-limit = 5.0  (`{file}`)",
        "memory-limit = 4.0  (default)",
        "simulate = true  (default)",
        "rules-from = []  (default)",
        "rules = {}  (default)",
    ]
    assert directory.run("config", "fail-on").out == f'fail-on = "warning"  (`{file}`)\n'
    result = directory.run("config", "fail_on")
    assert (result.code, result.out) == (2, "")
    assert "no key named `fail_on`; a similar one is `fail-on`" in result.err


def test_the_nearest_file_wins_and_a_repository_ends_the_search(directory: Directory) -> None:
    Path("preflight.toml").write_text("time-limit = 1\n")
    Path("a/b/c").mkdir(parents=True)
    Path("a/pyproject.toml").write_text("[tool.preflight]\ntime-limit = 2\n")
    Path("a/b/pyproject.toml").write_text("[tool.other]\n")
    assert directory.run("config", "time-limit", "--path", "a/b/c").out.startswith("time-limit = 2.0")
    Path("a/b/preflight.toml").write_text("")
    assert directory.run("config", "time-limit", "--path", "a/b/c").out == "time-limit = 60.0  (default)\n"
    Path("a/b/preflight.toml").unlink()
    Path("a/b/.git").mkdir()
    assert directory.run("config", "time-limit", "--path", "a/b/c").out == "time-limit = 60.0  (default)\n"


def test_help_names_what_there_is_and_nothing_else(directory: Directory) -> None:
    (commands,) = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    found = {
        name: {option for option in command._option_string_actions if option.startswith("--")}
        for name, command in commands.choices.items()
    }
    assert found == OPTIONS
    assert FORMATS == RENDERED
    assert directory.run("--help").out.count("exit codes: 0 nothing at or above --fail-on") == 1
    assert directory.run("--version").out == "preflight 0.1.0\n"
    assert directory.run().code == directory.run("chek").code == 2
