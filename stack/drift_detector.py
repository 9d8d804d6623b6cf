"""Tells what changed in the cloud behind Pulumi's back: `python stack/drift_detector.py --stack prod`.

It previews a refresh: the engine reads each resource from its provider and compares it with what Pulumi
recorded. The program does not run, so a change of the program is no drift, and nothing is written anywhere.

Exit codes: 0 no drift, 1 drift, 2 could not tell (also where there is no resource to compare).

Differences that are expected are ignored by the rules in `drift.yaml`, in the program's directory:

    ignore:
      - type: aws:ecs/service:Service  # `type`, `name` and `property` are globs; one of them is needed
        property: desiredCount         # and what is below it; without it, the whole resource is ignored
        reason: autoscaling sets it    # always needed
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from pulumi.automation import Stack
    from pulumi.automation.events import EngineEvent, StepEventMetadata

NO_DRIFT, DRIFT, COULD_NOT_TELL = range(3)

# What the engine's operations on a resource, and its kinds of property differences, are called here.
UNCHANGED = ("same", "read", "refresh")
RESOURCE_CHANGES = {"delete": "deleted", "update": "updated"}
PROPERTY_CHANGES = {"add": "added", "delete": "removed", "update": "changed"}

MASK = "[secret]"
# The engine marks a secret by this key and value of an object, in events as in the state.
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
# A text under such a name is masked even where no provider marks it.
SECRET_NAME = re.compile(
    r"(password|passphrase|secret|token|(access|api|private|secret)_?key)$", re.IGNORECASE
)
ABSENT = object()

Elements: TypeAlias = "tuple[str | int, ...]"  # a property path, step by step


class CouldNotTellError(Exception):
    """There is no answer; the text says why."""


@dataclass(frozen=True)
class Difference:
    """A property that is not as recorded or, without a property, a resource. No value in it is secret."""

    urn: str
    type: str
    name: str
    property: str | None
    change: str
    recorded: Any = None
    live: Any = None
    replaces: bool = False


@dataclass(frozen=True)
class IgnoreRule:
    """Differences that are expected, and why."""

    reason: str
    type: str = "*"
    name: str = "*"
    property: str | None = None

    def covers(self, difference: Difference) -> bool:
        """Whether it is expected; a rule about a property never hides that a resource is gone."""
        if not (_glob(self.type).fullmatch(difference.type) and _glob(self.name).fullmatch(difference.name)):
            return False
        if self.property is None or difference.property is None:
            return self.property is None
        return _glob(self.property, below=True).fullmatch(difference.property) is not None


@dataclass(frozen=True)
class Report:
    """What one run found; each ignored difference comes with the reason."""

    stack: str
    resources: int
    drift: list[Difference]
    ignored: list[tuple[Difference, str]]
    unused_rules: list[IgnoreRule]

    @property
    def headline(self) -> str:
        drifted = len({difference.urn for difference in self.drift})
        return f"{self.stack}: {drifted} of {self.resources} resources drifted"


@cache
def _glob(pattern: str, below: bool = False) -> re.Pattern[str]:
    """A glob of `*` and `?` alone: brackets are what property paths are made of."""
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text + (r"([.\[].*)?" if below else ""), re.DOTALL)


def read_rules(path: Path) -> list[IgnoreRule]:
    """The rules of an ignore file.

    Raises:
        CouldNotTellError: the file cannot be read, or it says something else than such rules.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise CouldNotTellError(f"{path.name} cannot be read: {problem}") from problem
    rules = content.get("ignore") if isinstance(content, dict) else None
    if not isinstance(rules, list) or len(content) > 1:
        raise CouldNotTellError(f"{path.name} must have one key, `ignore`, with a list of rules")
    return [_rule(rule, f"{path.name}: rule {number}") for number, rule in enumerate(rules, 1)]


def _rule(rule: Any, where: str) -> IgnoreRule:
    texts = isinstance(rule, dict) and all(isinstance(text, str) and text for text in rule.values())
    if not texts or not set(rule) <= {"type", "name", "property", "reason"}:
        raise CouldNotTellError(f"{where} may have `type`, `name`, `property` and `reason`, each a text")
    if "reason" not in rule or len(rule) == 1:
        raise CouldNotTellError(f"{where} needs a `reason`, and a `type`, a `name` or a `property`")
    return IgnoreRule(**rule)


def path_elements(path: str) -> Elements:
    """The steps of a property path: `ingress[0].tags["a.b"]` has four."""
    steps = re.findall(r'\["((?:\\"|[^"])*)"\]|\[(\d+)\]|([^.\[]+)', path)
    return tuple(int(index) if index else key or quoted.replace('\\"', '"') for quoted, index, key in steps)


def value_at(value: Any, elements: Sequence[str | int]) -> Any:
    """What stands at a path, or ABSENT."""
    for element in elements:
        keys = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
        if element not in keys:
            return ABSENT
        value = value[element]
    return value


def secret_paths(value: Any, path: Elements = ()) -> Iterator[Elements]:
    """Where secrets stand. A list with one is secret as a whole: its items may have moved."""
    if isinstance(value, dict) and value.get(SIGNATURE) == SECRET:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from secret_paths(inner, (*path, key))
    elif isinstance(value, list):
        yield from [path] if any(list(secret_paths(inner)) for inner in value) else []
    elif isinstance(value, str) and MASK in value:  # the engine has cut a secret out of the text
        yield path


def mask(value: Any, path: Elements, secrets: set[Elements]) -> Any:
    """The value at a path of a resource, without what is secret in it; None where there is none."""
    if value is ABSENT:
        return None
    if any(path[:length] in secrets for length in range(len(path) + 1)):
        return MASK
    if isinstance(value, dict):
        return {key: mask(inner, (*path, key), secrets) for key, inner in value.items()}
    if any(secret[: len(path)] == path for secret in secrets):  # where the other state has an object
        return MASK
    if isinstance(value, list):
        return [mask(inner, (*path, index), secrets) for index, inner in enumerate(value)]
    named = any(isinstance(element, str) and SECRET_NAME.search(element) for element in path)
    return MASK if named and isinstance(value, str) else value


def differences_of(step: StepEventMetadata) -> list[Difference]:
    """What a refresh found of one resource that is not as recorded."""
    resource = (step.urn, step.type, step.urn.split("::", 3)[-1])
    operation = step.op.value
    found = _differing(step) if operation == "update" else []
    if not found:
        return [Difference(*resource, None, RESOURCE_CHANGES.get(operation, operation))]
    secrets = {path for state in (step.old, step.new) for path in _secrets_of(state)}
    return [_difference(resource, step, secrets, *each) for each in found]


def _differing(step: StepEventMetadata) -> list[tuple[str, str, bool]]:
    """The path and kind of each difference, and whether it is one of inputs; some providers tell less."""
    details = step.detailed_diff or {}
    found = [(path, diff.diff_kind.value, diff.input_diff) for path, diff in details.items()]
    return sorted(found) or [(key, "update", False) for key in sorted(step.diffs or ())]


def _secrets_of(state: Any) -> Iterator[Elements]:
    """Inputs that were read anew are not marked, so a mark counts wherever in a state it stands."""
    yield from secret_paths(state.inputs or {})
    yield from secret_paths(state.outputs or {})


def _difference(
    resource: tuple[str, str, str],
    step: StepEventMetadata,
    secrets: set[Elements],
    path: str,
    kind: str,
    of_inputs: bool,
) -> Difference:
    elements = path_elements(path)
    recorded, live = (mask(value, elements, secrets) for value in _values(step, elements, of_inputs))
    change, replace, _ = kind.partition("-replace")
    return Difference(*resource, path, PROPERTY_CHANGES[change], recorded, live, bool(replace))


def _values(step: StepEventMetadata, elements: Sequence[str | int], of_inputs: bool) -> tuple[Any, Any]:
    """The recorded and the live value; those of outputs come first, unless it differs in inputs."""
    old, new = step.old, step.new
    pairs = [(old.outputs, new.outputs), (old.inputs, new.outputs), (old.inputs, new.inputs)]
    values = [(value_at(one, elements), value_at(other, elements)) for one, other in pairs]
    ordered = values[::-1] if of_inputs else values
    return next((pair for pair in ordered if pair[0] != pair[1]), ordered[0])


def ignore(
    differences: Sequence[Difference], rules: Sequence[IgnoreRule]
) -> tuple[list[Difference], list[tuple[Difference, str]], list[IgnoreRule]]:
    """Parts differences into drift and what rules cover, and names the rules that cover nothing."""
    covering = [(each, [rule for rule in rules if rule.covers(each)]) for each in differences]
    drift = [each for each, found in covering if not found]
    ignored = [(each, found[0].reason) for each, found in covering if found]
    unused = [rule for rule in rules if not any(rule in found for _, found in covering)]
    return drift, ignored, unused


def detect(stack: Stack, rules: Sequence[IgnoreRule]) -> Report:
    """Previews a refresh of the stack, and reports what it says.

    Raises:
        CouldNotTellError: the preview failed, or it described other than what it counted, or no resource.
    """
    events: list[EngineEvent] = []
    with warnings.catch_warnings():
        # The SDK warns of each event that it cannot parse, and quotes all of it, secrets too.
        warnings.simplefilter("ignore")
        try:
            counts = stack.preview_refresh(on_event=events.append, run_program=False).change_summary
        except Exception as problem:
            raise CouldNotTellError("\n".join(_errors(events)) or _reason(problem)) from problem
    steps = [event.res_outputs_event.metadata for event in events if event.res_outputs_event]
    drifted = [step for step in steps if step.op.value not in UNCHANGED]
    counted = sum(count for operation, count in counts.items() if operation not in UNCHANGED)
    if len(drifted) != counted:
        raise CouldNotTellError(f"the engine counts {counted} changed resources and describes {len(drifted)}")
    resources = {step.urn for step in steps if step.provider}
    if not resources:
        raise CouldNotTellError("the stack has no resources")
    found = [difference for step in drifted for difference in differences_of(step)]
    found.sort(key=lambda difference: (difference.type, difference.name, difference.urn))
    return Report(_stack_name(steps[0].urn), len(resources), *ignore(found, rules))


def _reason(problem: Exception) -> str:
    """What went wrong; of a Pulumi command, which quotes all that it printed, its errors."""
    text = str(problem)
    return text.rpartition("stderr: ")[2].strip() or text.strip()


def _errors(events: Sequence[EngineEvent]) -> Iterator[str]:
    """What went wrong, and with which resource, without the engine's colours."""
    for event in events:
        said = event.diagnostic_event
        if said and said.severity == "error":
            subject = f"{said.urn.split('::', 3)[-1]}: " if said.urn else ""
            yield subject + re.sub(r"<\{%.*?%\}>", "", said.message).strip()


def _stack_name(urn: str) -> str:
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return f"{project}/{stack}"


def as_json(report: Report) -> str:
    """The report for machines; `recorded` and `live` are null where there is no value."""
    ignored = [{**asdict(difference), "reason": reason} for difference, reason in report.ignored]
    return json.dumps({"version": 1, **asdict(report), "ignored": ignored}, indent=2) + "\n"


def as_table(report: Report) -> str:
    """The report for people: a line for each property that drifted."""
    heads = ("TYPE", "NAME", "PROPERTY", "CHANGE", "RECORDED", "LIVE")
    rows = [heads, *map(_row, report.drift)] if report.drift else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    counted = f" (differences ignored: {len(report.ignored)})" if report.ignored else ""
    return "\n".join([*lines, *[""][: len(lines)], report.headline + counted, ""])


def _row(difference: Difference) -> tuple[str, ...]:
    change = difference.change + (" (replaces)" if difference.replaces else "")
    values = ("" if value is None else json.dumps(value) for value in (difference.recorded, difference.live))
    names = (_printable(text) for text in (difference.type, difference.name, difference.property or ""))
    return (*names, change, *(text if len(text) <= 60 else f"{text[:59]}…" for text in values))


def _printable(text: str) -> str:
    """Names come from outside: none may steer a terminal."""
    return text if text.isprintable() else json.dumps(text)


def sns_notice(topic: str) -> Callable[[Report], None]:
    """What publishes a report to an SNS topic. Only this needs boto3, so only this imports it."""
    import boto3

    client = boto3.client("sns", region_name=topic.split(":")[3])

    def publish(report: Report) -> None:
        # SNS takes 100 characters and 256 KiB.
        client.publish(TopicArn=topic, Subject=report.headline[:100], Message=as_table(report)[:60_000])

    return publish


def select(name: str, program: Path) -> Stack:
    """The stack of that name of the program in a directory."""
    from pulumi import automation

    stack = automation.select_stack(stack_name=name, work_dir=str(program))
    if not hasattr(stack, "preview_refresh"):
        raise CouldNotTellError("this Pulumi SDK has no preview_refresh(): pip install 'pulumi>=3.200'")
    return stack


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description="Tell what differs from what Pulumi recorded.")
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--program", type=Path, default=here, help="directory with its Pulumi.yaml")
    parser.add_argument(
        "--ignore-file", type=Path, help="rules; default: drift.yaml of the program, if there"
    )
    parser.add_argument("--output-format", choices=("table", "json"), default="table")
    parser.add_argument("--notify-topic", type=_topic, metavar="ARN", help="SNS topic to tell of drift")
    return parser.parse_args(arguments)


def _topic(arn: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}", arn):
        raise argparse.ArgumentTypeError(f"{arn!r} is no ARN of a standard SNS topic")
    return arn


def _rules(options: argparse.Namespace) -> list[IgnoreRule]:
    default: Path = options.program / "drift.yaml"
    path = options.ignore_file or (default if default.exists() else None)
    return read_rules(path) if path else []


def _say(problem: str) -> None:
    sys.stderr.write(f"drift_detector: {problem}\n")


def run(options: argparse.Namespace) -> int:
    """Detects, shows and, where there is drift, notifies; a notice that fails does not hide the drift."""
    publish = sns_notice(options.notify_topic) if options.notify_topic else None
    rules = _rules(options)
    report = detect(select(options.stack, options.program), rules)
    sys.stdout.write(as_json(report) if options.output_format == "json" else as_table(report))
    for rule in report.unused_rules:
        _say(f"the rule `{rule.reason}` covers nothing")
    if publish and report.drift:
        try:
            publish(report)
        except Exception as problem:
            _say(f"no notice was sent: {problem}")
    return DRIFT if report.drift else NO_DRIFT


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. A traceback would end with 1, which says that there is drift."""
    options = _options(arguments)
    try:
        return run(options)
    except Exception as problem:
        _say(f"could not tell: {_reason(problem)}")
        return COULD_NOT_TELL


if __name__ == "__main__":
    sys.exit(main())
