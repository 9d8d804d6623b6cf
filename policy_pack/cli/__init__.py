"""The `preflight` command. Parses arguments; each command imports what it needs only when it is run."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Container, Sequence

from policy_pack import __version__

CLEAN, FOUND, BROKEN, NOTHING = 0, 1, 2, 3
FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit")
EPILOG = (
    "exit codes: 0 nothing at or above --fail-on, 1 findings, 2 bad usage, broken configuration or a program "
    "that did not run to its end, 3 nothing to check"
)


class UsageError(Exception):
    """The command line asks for something that cannot be done."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; never raises but for what `argparse` exits with."""
    given = sys.argv[1:] if arguments is None else arguments
    # Were its value optional, `--fix` would take the path that follows it.
    options = parser(given).parse_args(["--fix=safe" if item == "--fix" else item for item in given])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows its number instead.
            stream.reconfigure(errors="backslashreplace")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminated)
    try:
        command = importlib.import_module(f"{__name__}.{options.command}_command")
        code = int(command.run(options))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone; what is still buffered must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 128 + signal.SIGINT
    return code


def _terminated(number: int, frame: object) -> None:
    """Leave by an exception, so that the children are ended on the way out."""
    sys.exit(128 + number)


def parser(given: Container[str] | None = None) -> argparse.ArgumentParser:
    """The command line: with the options of all commands, or of those only that are `given`."""
    top = argparse.ArgumentParser(
        prog="preflight",
        description="Finds what will fail in a Pulumi deployment on AWS, before anything is created.",
        epilog=EPILOG,
    )
    top.add_argument("--version", action="version", version=f"preflight {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (said, add) in COMMANDS.items():
        command = commands.add_parser(name, help=said)
        if given is None or name in given:
            add(command)
    return top


def _add_rules(rules: argparse.ArgumentParser) -> None:
    rules.add_argument("--json", action="store_true", help="as JSON")


def _add_explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("rule", metavar="RULE")


def _add_config(config: argparse.ArgumentParser) -> None:
    config.add_argument("key", metavar="KEY", nargs="?", help="only this one; of `facts` all catalogs")
    config.add_argument(
        "--path", metavar="PATH", default=".", help="as seen from this directory (default: .)"
    )


def _add_check(check: argparse.ArgumentParser) -> None:
    check.epilog = EPILOG
    check.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=["."],
        help="directory with a Pulumi.yaml, or above several; Python files; output of `pulumi preview "
        "--json` or `pulumi stack export`, directories and patterns of them, `-` for standard input",
    )
    check.add_argument(
        "--only", choices=("source", "program"), help="only read the source, or only run the program"
    )
    _add_fixing(check)
    check.add_argument(
        "-w", "--watch", action="store_true", help="check again whenever a file of the program changes"
    )
    _add_running(check)
    check.add_argument(
        "--select", metavar="RULE", action="append", default=[], help="only this rule (repeatable)"
    )
    check.add_argument(
        "--ignore", metavar="RULE", action="append", default=[], help="not this rule (repeatable)"
    )
    check.add_argument(
        "--state",
        metavar="FILE",
        action="append",
        default=[],
        help="what is deployed now: a `pulumi stack export` file (repeatable)",
    )
    check.add_argument(
        "--live", action="store_true", help="ask AWS, by calls that only read, for what the program uses"
    )
    check.add_argument("--profile", metavar="NAME", help="with --live: profile of AWS's configuration")
    _add_reporting(check)


def _add_fixing(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "--fix",
        choices=("safe", "unsafe"),
        metavar="safe|unsafe",
        help="mend what can be mended; --fix is --fix=safe",
    )
    check.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")


def _add_plan(plan: argparse.ArgumentParser) -> None:
    plan.description = "Runs Pulumi programs offline and shows what they would create, or change."
    plan.epilog = (
        "exit codes: 0 shown, 2 bad usage, broken configuration or a program that did not run to its "
        "end, 3 nothing to show"
    )
    plan.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=["."],
        help="directory with a Pulumi.yaml, or above several (default: .)",
    )
    shown = plan.add_mutually_exclusive_group()
    for name, said in (
        ("json", "as JSON, with all inputs"),
        ("dot", "the dependencies as a graph for Graphviz"),
        ("mermaid", "the dependencies as a Mermaid flow chart"),
    ):
        shown.add_argument(f"--{name}", dest="format", action="store_const", const=name, help=said)
    shown.add_argument("--inputs", action="store_true", help="show the inputs of each resource too")
    plan.add_argument(
        "--diff",
        metavar="STATE",
        action="append",
        default=[],
        help="compare with what is deployed: a `pulumi stack export` file (repeatable)",
    )
    _add_running(plan)
    _add_color(plan)


def _add_running(command: argparse.ArgumentParser) -> None:
    """How programs are run."""
    command.add_argument(
        "--stack",
        metavar="NAME",
        action="append",
        default=[],
        help="stack to run as (repeatable), `all` for every one",
    )
    command.add_argument(
        "--config", metavar="KEY=VALUE", action="append", default=[], help="configuration value (repeatable)"
    )
    command.add_argument(
        "--time-limit", metavar="SECONDS", type=float, help="for each run of a program (default: 60)"
    )
    command.add_argument(
        "--memory-limit", metavar="GIGABYTES", type=float, help="for each run of a program (default: 4)"
    )


def _add_refresh(refresh: argparse.ArgumentParser) -> None:
    refresh.description = (
        "Asks AWS, by calls that only read, which versions, instances and regions there are."
    )
    refresh.epilog = "exit codes: 0 renewed, 1 facts would change (--check), 2 something was not renewed"
    refresh.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help="only these catalogs (default: all but instances/rds, which takes many calls)",
    )
    where = refresh.add_mutually_exclusive_group()
    where.add_argument(
        "--region", metavar="REGION", nargs="+", action="extend", default=[], help="ask these regions"
    )
    where.add_argument("--all-regions", action="store_true", help="ask all regions that the account has")
    refresh.add_argument("--profile", metavar="NAME", help="profile of AWS's configuration to ask with")
    refresh.add_argument("--check", action="store_true", help="write nothing; show what would change")
    refresh.add_argument("--accept-shrink", action="store_true", help="let more than a fifth of a catalog go")
    refresh.add_argument("--permissions", action="store_true", help="print the IAM policy that this takes")
    refresh.add_argument(
        "--offline", action="store_true", help="rebuild the shipped catalogs from pinned packages instead"
    )


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.description = (
        "Asks AWS, by calls that only read, for the state of everything that a deployment names."
    )
    verify.epilog = "exit codes: 0 nothing, 1 findings, 2 something was not verified, 3 nothing to verify"
    verify.add_argument(
        "path", metavar="PATH", nargs="?", default=".", help="the program's directory (default: .)"
    )
    verify.add_argument(
        "--outputs",
        metavar="FILE",
        help="outputs or a stack export (default: cfn-outputs/flat-outputs.json below the program)",
    )
    verify.add_argument("--stack", metavar="NAME", help="the stack that was deployed")
    verify.add_argument("--region", metavar="REGION", help="of what names no region of its own")
    verify.add_argument("--profile", metavar="NAME", help="profile of AWS's configuration to ask with")
    verify.add_argument("--wait", metavar="TIME", help="wait so long until all is ready, like 90s, 10m or 1h")
    verify.add_argument("--permissions", action="store_true", help="print the IAM policy that this takes")
    _add_reporting(verify)


def _also(text: str) -> tuple[str, str]:
    """A format and the file that gets it."""
    output_format, _, file = text.partition("=")
    if output_format not in FORMATS or not file:
        raise argparse.ArgumentTypeError(f"`{text}` is no FORMAT=FILE; formats are {', '.join(FORMATS)}")
    return output_format, file


def _add_reporting(command: argparse.ArgumentParser) -> None:
    """How findings are shown, and which of them count."""
    command.add_argument("--output-format", choices=FORMATS, help="default: full")
    command.add_argument("--output-file", metavar="FILE", help="write the report there")
    command.add_argument(
        "--also",
        metavar="FORMAT=FILE",
        type=_also,
        action="append",
        default=[],
        help="write the report in another format too (repeatable)",
    )
    command.add_argument(
        "--fail-on",
        choices=("error", "warning", "note", "never"),
        help="exit 1 from this severity on (default: error)",
    )
    _add_color(command)
    command.add_argument(
        "-v", "--verbose", action="store_true", help="say what was not evaluated, and tracebacks"
    )


def _add_color(command: argparse.ArgumentParser) -> None:
    command.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "check": ("check the source of Pulumi programs, run them offline and check every resource", _add_check),
    "plan": ("show what Pulumi programs would create, offline", _add_plan),
    "rules": ("list the rules", _add_rules),
    "explain": ("show the page of a rule", _add_explain),
    "config": ("show effective settings and where each comes from", _add_config),
    "refresh": ("ask AWS for the facts that rules rest on", _add_refresh),
    "verify": ("ask AWS, after a deployment, what became of it", _add_verify),
}
