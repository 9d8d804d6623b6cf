"""What the drift detector says of a refresh by a stand-in for the Automation API, in the SDK's own events."""

from __future__ import annotations

import json
import runpy
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from drift_detector import (
    MASK,
    SECRET,
    SIGNATURE,
    CouldNotTellError,
    Difference,
    IgnoreRule,
    Report,
    as_json,
    as_table,
    detect,
    ignore,
    main,
    path_elements,
    read_rules,
)
from hypothesis import given
from hypothesis import strategies as st
from pulumi import automation
from pulumi.automation._cmd import CommandResult
from pulumi.automation.events import EngineEvent

from .harness import STACK

GROUP = "aws:ec2/securityGroup:SecurityGroup"
CLUSTER = "aws:rds/cluster:Cluster"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:drift"
HIDDEN = {SIGNATURE: SECRET, "ciphertext": MASK}
CLEAR = "hush-hush"


def step(
    name: str,
    operation: str = "update",
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    type: str = GROUP,  # noqa: A002
    **more: Any,
) -> dict[str, Any]:
    """How the engine ends a resource's refresh; inputs and outputs are the same unless given."""
    states = {
        key: {"inputs": state, "outputs": state} | more.pop(f"{key}_state", {})
        for key, state in (("old", old), ("new", new))
        if state is not None
    }
    urn = f"urn:pulumi:dev::fraud::fraud:index:Component${type}::{name}"
    metadata = {"op": operation, "urn": urn, "type": type, "provider": "urn:x::aws::id", **states, **more}
    return {"resOutputsEvent": {"metadata": metadata, "planning": True}}


def detailed(**kinds: str) -> dict[str, Any]:
    return {path: {"diffKind": kind} for path, kind in kinds.items()}


SAME = step("vpc", "same")
GONE = step("gone", "delete", {"name": "x"})
OPENED = step(
    "open",
    old={"ingress": [{"cidrBlocks": ["10.0.0.0/8"]}], "tags": {"team": "fraud"}},
    new={"ingress": [{"cidrBlocks": ["0.0.0.0/0"]}], "tags": {"team": "other"}},
    detailedDiff={"ingress[0].cidrBlocks[0]": {"diffKind": "update"}, "tags.team": {"diffKind": "update"}},
)


@dataclass
class StandIn:
    """A stack of the Automation API, whose refresh finds what it is told to find."""

    events: list[dict[str, Any]]
    uncounted: int = 0
    failure: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def preview_refresh(
        self, on_event: Callable[[EngineEvent], None], **options: Any
    ) -> automation.PreviewResult:
        self.asked.append(options)
        for event in self.events:
            self._pass_on(event, on_event)
        if self.failure:
            raise self.failure
        counts: dict[Any, int] = {"update": self.uncounted}
        for event in self.events:
            if "resOutputsEvent" in event:
                operation = event["resOutputsEvent"]["metadata"]["op"]
                counts[operation] = counts.get(operation, 0) + 1
        return automation.PreviewResult(stdout="", stderr="", change_summary=counts)

    def _pass_on(self, event: dict[str, Any], on_event: Callable[[EngineEvent], None]) -> None:
        """As the SDK does it: it warns of what it does not know, and goes on."""
        try:
            on_event(EngineEvent.from_json(event))
        except ValueError as problem:
            warnings.warn(f"Failed to parse engine event\nEvent: {event}\n{problem}", stacklevel=1)


@dataclass(frozen=True)
class Outcome:
    """How the script ended."""

    code: int
    shown: str
    said: str


Detector = Callable[..., Outcome]


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Detector:
    """Runs the script's main on the stack `dev` of an empty directory, with a stand-in for the stack."""

    def run(stack: Any, *arguments: str) -> Outcome:
        def select_stack(stack_name: str, work_dir: str) -> Any:
            assert (stack_name, work_dir) == ("dev", str(tmp_path))
            return stack

        monkeypatch.setattr(automation, "select_stack", select_stack)
        code = main(["--stack", "dev", "--program", str(tmp_path), *arguments])
        return Outcome(code, *capsys.readouterr())

    return run


def report_on(*events: dict[str, Any], rules: Sequence[IgnoreRule] = ()) -> Report:
    return detect(StandIn(list(events)), rules)


class TestVerdict:
    def test_nothing_drifted(self, detector: Detector) -> None:
        stack = StandIn([{"resourcePreEvent": OPENED["resOutputsEvent"]}, SAME])
        assert detector(stack) == Outcome(0, "fraud/dev: 0 of 1 resources drifted\n", "")

    def test_the_program_is_not_run(self, detector: Detector) -> None:
        stack = StandIn([SAME])
        detector(stack)
        assert stack.asked == [{"run_program": False}]

    def test_drift_is_a_table(self, detector: Detector) -> None:
        outcome = detector(StandIn([OPENED, SAME, GONE]))
        assert outcome.code == 1
        assert outcome.shown.splitlines() == [
            f"{'TYPE':<35}  NAME  PROPERTY                  CHANGE   RECORDED      LIVE",
            f"{GROUP}  gone                            deleted",
            f'{GROUP}  open  ingress[0].cidrBlocks[0]  changed  "10.0.0.0/8"  "0.0.0.0/0"',
            f'{GROUP}  open  tags.team                 changed  "fraud"       "other"',
            "",
            "fraud/dev: 2 of 3 resources drifted",
        ]

    def test_machines_read_json(self, detector: Detector) -> None:
        outcome = detector(StandIn([OPENED, SAME]), "--output-format", "json")
        report = json.loads(outcome.shown)
        assert (report["version"], report["stack"], report["resources"]) == (1, "fraud/dev", 2)
        assert report["drift"][0] == {
            "urn": f"urn:pulumi:dev::fraud::fraud:index:Component${GROUP}::open",
            "type": GROUP,
            "name": "open",
            "property": "ingress[0].cidrBlocks[0]",
            "change": "changed",
            "recorded": "10.0.0.0/8",
            "live": "0.0.0.0/0",
            "replaces": False,
        }
        assert (len(report["drift"]), report["ignored"], report["unused_rules"]) == (2, [], [])

    def test_components_and_the_stack_are_no_resources(self, detector: Detector) -> None:
        stack = step("fraud-dev", "same", type="pulumi:pulumi:Stack", provider="")
        assert "0 of 1 resources" in detector(StandIn([stack, SAME])).shown
        outcome = detector(StandIn([stack]))
        assert (outcome.code, outcome.shown) == (2, "")
        assert outcome.said == "drift_detector: could not tell: the stack has no resources\n"

    def test_as_a_script(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        def select_stack(stack_name: str, work_dir: str) -> Any:
            return StandIn([GONE] if (stack_name, work_dir) == ("prod", str(STACK)) else [SAME])

        monkeypatch.setattr(automation, "select_stack", select_stack)
        monkeypatch.setattr("sys.argv", ["drift_detector.py", "--stack", "prod"])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(STACK / "drift_detector.py"), run_name="__main__")
        assert ended.value.code == 1
        assert "deleted" in capsys.readouterr().out


class TestDifferences:
    def test_properties_come_and_go(self) -> None:
        event = step("a", old={"b": 1}, new={"a": {"x": 2}}, detailedDiff=detailed(a="add", b="delete"))
        told = [(each.property, each.change, each.recorded, each.live) for each in report_on(event).drift]
        assert told == [("a", "added", None, {"x": 2}), ("b", "removed", 1, None)]

    def test_what_the_next_deployment_replaces_is_said(self) -> None:
        event = step("a", old={"az": "a"}, new={"az": "b"}, detailedDiff=detailed(az="update-replace"))
        report = report_on(event)
        assert [(each.change, each.replaces) for each in report.drift] == [("changed", True)]
        assert "az        changed (replaces)" in as_table(report)

    @pytest.mark.parametrize(
        ("of_inputs", "old_outputs", "told"),
        [
            (False, {"size": 1}, (1, 3)),
            (False, {"size": 3}, (10, 3)),
            (False, {}, (None, 3)),
            (True, {"size": 1}, (10, 30)),
        ],
    )
    def test_inputs_tell_what_outputs_do_not(
        self, of_inputs: bool, old_outputs: dict[str, int], told: tuple[int | None, int]
    ) -> None:
        event = step(
            "a",
            old={"size": 10},
            old_state={"outputs": old_outputs},
            new={"size": 30},
            new_state={"outputs": {"size": 3}},
            detailedDiff={"size": {"diffKind": "update", "inputDiff": of_inputs}},
        )
        (difference,) = report_on(event).drift
        assert (difference.recorded, difference.live) == told

    def test_a_value_that_no_state_has_is_left_out(self) -> None:
        event = step("a", old={"x": [1]}, new={"x": [1]}, detailedDiff={"x[4].y": {"diffKind": "update"}})
        (difference,) = report_on(event).drift
        assert (difference.property, difference.recorded, difference.live) == ("x[4].y", None, None)

    def test_a_provider_without_details_names_the_properties(self) -> None:
        event = step("a", old={"x": 1, "y": 1}, new={"x": 2, "y": 2}, diffs=["y", "x"])
        told = [(each.property, each.recorded, each.live) for each in report_on(event).drift]
        assert told == [("x", 1, 2), ("y", 1, 2)]

    def test_a_provider_that_names_nothing_is_believed(self) -> None:
        (difference,) = report_on(step("a", old={}, new={})).drift
        assert (difference.property, difference.change) == (None, "updated")

    def test_an_operation_of_its_own_keeps_its_name(self) -> None:
        (difference,) = report_on(step("view", "create", new={"x": 1})).drift
        assert (difference.property, difference.change) == (None, "create")

    def test_long_values_are_cut_for_people_only(self) -> None:
        old, new = {"x": "o" * 58}, {"x": "n" * 59}
        report = report_on(step("a", old=old, new=new, detailedDiff=detailed(x="update")))
        assert f'"{"o" * 58}"  "{"n" * 58}…\n' in as_table(report)
        assert f'"{"n" * 59}"' in as_json(report)

    def test_no_name_and_no_value_steers_the_terminal(self) -> None:
        key = "\x1b[2J"
        old, new = {"tags": {key: "\x1b[1m"}}, {"tags": {key: "\x9b1m"}}
        event = step(key, old=old, new=new, detailedDiff={f'tags["{key}"]': {"diffKind": "update"}})
        table = as_table(report_on(event))
        assert r'"\u001b[1m"  "\u009b1m"' in table
        assert all(line.isprintable() for line in table.splitlines())


class TestSecrets:
    @pytest.mark.parametrize(
        ("path", "old", "new"),
        [
            ("plain", HIDDEN, CLEAR),
            ("plain", HIDDEN, {"a": [CLEAR]}),
            ("deep.in.it", {"in": {"it": HIDDEN}}, {"in": {"it": CLEAR}}),
            ("deep", {"in": {"it": HIDDEN}, "x": 1}, {"in": {"it": CLEAR}, "x": 2}),
            ("deep", {"in": {"it": HIDDEN}}, [CLEAR]),
            ("deep", {"in": {"it": HIDDEN}}, json.dumps({"in": {"it": CLEAR}})),
            ("below.it", HIDDEN, {"it": CLEAR}),
            ("moved[1].value", [{"value": HIDDEN}], [{"value": "new"}, {"value": CLEAR}]),
            ("url", f"https://me:{MASK}@host", f"https://me:{CLEAR}@host"),
            ("adminPassword", "x", CLEAR),
            ("variables.API_TOKEN", {"API_TOKEN": "x"}, {"API_TOKEN": CLEAR}),
            ("new.clientSecret", {}, {"clientSecret": CLEAR}),
        ],
    )
    def test_what_either_state_hides_is_hidden_in_both(self, path: str, old: Any, new: Any) -> None:
        key = path.replace("[", ".").split(".")[0]
        for one, other in ((old, new), (new, old)):
            event = step("a", old={key: one}, new={key: other}, detailedDiff={path: {"diffKind": "update"}})
            report = report_on(event)
            assert [difference.property for difference in report.drift] == [path]
            assert MASK in as_table(report)
            assert CLEAR not in as_table(report) + as_json(report) + repr(report)

    @pytest.mark.parametrize("state", ["old", "new"])
    @pytest.mark.parametrize("properties", ["inputs", "outputs"])
    def test_one_mark_counts_everywhere(self, state: str, properties: str) -> None:
        marked = {f"{state}_state": {properties: {"value": HIDDEN}}}
        event = step(
            "a", old={"value": "was"}, new={"value": CLEAR}, detailedDiff=detailed(value="update"), **marked
        )
        (difference,) = report_on(event).drift
        assert (difference.recorded, difference.live) == (MASK, MASK)

    def test_what_is_beside_a_secret_is_shown(self) -> None:
        old = {"logins": {"user": "me", "manageMasterUserPassword": True, "it": HIDDEN}}
        new = {"logins": {"user": "you", "manageMasterUserPassword": False, "it": CLEAR}}
        (difference,) = report_on(step("a", old=old, new=new, detailedDiff=detailed(logins="update"))).drift
        assert difference.recorded == {"user": "me", "manageMasterUserPassword": True, "it": MASK}
        assert difference.live == {"user": "you", "manageMasterUserPassword": False, "it": MASK}

    def test_an_absent_value_is_no_secret(self) -> None:
        (difference,) = report_on(step("a", old={}, new={"x": HIDDEN}, detailedDiff=detailed(x="add"))).drift
        assert (difference.recorded, difference.live) == (None, MASK)

    def test_an_event_that_the_sdk_cannot_parse_is_not_quoted(
        self, detector: Detector, recwarn: pytest.WarningsRecorder
    ) -> None:
        outcome = detector(StandIn([SAME, step("a", "invented", new={"value": CLEAR})]))
        assert outcome.code == 2
        assert "the engine counts 1 changed resources and describes 0" in outcome.said
        assert CLEAR not in outcome.said + outcome.shown
        assert [str(warning.message) for warning in recwarn] == []


KEYS = st.sampled_from(["a", "b", "c.d", "e"])
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text("xyz", max_size=3))
STATES = st.dictionaries(
    KEYS,
    st.recursive(
        st.one_of(PLAIN, st.just(CLEAR)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
)


def hidden(value: Any) -> Any:
    """The value as the engine records it, its secrets marked."""
    if isinstance(value, dict):
        return {key: hidden(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return HIDDEN if value == CLEAR else value


def reread(data: st.DataObject, value: Any) -> Any:
    """The value as a provider reads it anew: unmarked, items moved, objects turned into texts."""
    if isinstance(value, dict):
        inside = {key: reread(data, inner) for key, inner in value.items()}
        return data.draw(st.sampled_from([inside, inside, json.dumps(inside)]))
    if isinstance(value, list):
        return data.draw(st.permutations([*[reread(data, inner) for inner in value], "more"]))
    return value


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Every path of a state that a provider may name."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f'{path}["{key}"]')
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, f"{path}[{index}]")


@given(STATES, st.data(), st.booleans())
def test_no_secret_ever_leaks(state: dict[str, Any], data: st.DataObject, of_inputs: bool) -> None:
    live = {key: reread(data, value) for key, value in state.items()}
    details = {path: {"diffKind": "update", "inputDiff": of_inputs} for path in {*paths(state), *paths(live)}}
    event = step("a", old=hidden(state), new=live, detailedDiff=details)
    report = report_on(event)
    assert len(report.drift) == len(details)
    assert CLEAR not in as_table(report) + as_json(report) + repr(report)


@given(STATES)
def test_a_state_without_secrets_is_shown_as_it_is(state: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(state).replace(CLEAR, "plain"))
    details = {path: {"diffKind": "add"} for path in paths(plain)}
    report = report_on(step("a", old={}, new=plain, detailedDiff=details))
    top = {
        path_elements(each.property)[0]: each.live for each in report.drift if each.property.count("]") == 1
    }
    assert top == plain


@given(st.lists(st.text(min_size=1).filter(lambda key: "\\" not in key) | st.integers(0, 99), min_size=1))
def test_a_path_has_the_elements_it_was_made_of(elements: list[str | int]) -> None:
    quoted = (
        f"[{each}]" if isinstance(each, int) else '["' + each.replace('"', '\\"') + '"]' for each in elements
    )
    assert path_elements("".join(quoted)) == tuple(elements)


def test_a_path_is_read_as_the_engine_reads_it() -> None:
    assert path_elements('ingress[0].tags["a.b"].c-d') == ("ingress", 0, "tags", "a.b", "c-d")


def difference(property: str | None = "tags.team", type: str = GROUP, name: str = "open") -> Difference:  # noqa: A002
    return Difference("urn:pulumi:dev::fraud::x::y", type, name, property, "changed")


class TestIgnoring:
    @pytest.mark.parametrize(
        ("rule", "covered"),
        [
            (IgnoreRule("x", type=GROUP), True),
            (IgnoreRule("x", type="aws:ec2/*"), True),
            (IgnoreRule("x", type="aws:ec2"), False),
            (IgnoreRule("x", name="o?en"), True),
            (IgnoreRule("x", name="OPEN"), False),
            (IgnoreRule("x", type=CLUSTER, name="open"), False),
            (IgnoreRule("x", property="tags.team"), True),
            (IgnoreRule("x", property="tags"), True),
            (IgnoreRule("x", property="tag"), False),
            (IgnoreRule("x", property="*.team"), True),
            (IgnoreRule("x", property="team"), False),
        ],
    )
    def test_a_rule_covers_what_it_names(self, rule: IgnoreRule, covered: bool) -> None:
        drift, ignored, unused = ignore([difference()], [rule])
        assert (len(drift), len(ignored), len(unused)) == ((0, 1, 0) if covered else (1, 0, 1))

    def test_brackets_are_no_glob(self) -> None:
        rule = IgnoreRule("x", property="ingress[0]")
        assert rule.covers(difference("ingress[0].cidrBlocks[1]"))
        assert not rule.covers(difference("ingress0"))

    def test_a_property_rule_does_not_hide_a_deletion(self) -> None:
        assert not IgnoreRule("x", property="*").covers(difference(None))
        assert IgnoreRule("x", name="open").covers(difference(None))

    def test_the_programs_own_rules_are_read(self, detector: Detector, tmp_path: Path) -> None:
        (tmp_path / "drift.yaml").write_text(
            "ignore:\n"
            "  - {name: open, property: tags, reason: the tagger sets them}\n"
            "  - {name: closed, reason: not ours}\n"
        )
        outcome = detector(StandIn([OPENED]), "--output-format", "json")
        report = json.loads(outcome.shown)
        assert [each["property"] for each in report["drift"]] == ["ingress[0].cidrBlocks[0]"]
        told = [(each["property"], each["live"], each["reason"]) for each in report["ignored"]]
        assert told == [("tags.team", "other", "the tagger sets them")]
        assert [rule["name"] for rule in report["unused_rules"]] == ["closed"]
        assert outcome.said == "drift_detector: the rule `not ours` covers nothing\n"

    def test_expected_drift_is_no_drift(self, detector: Detector, tmp_path: Path) -> None:
        rules = tmp_path / "others.yaml"
        rules.write_text("ignore: [{type: 'aws:ec2/*', reason: x}]")
        outcome = detector(StandIn([OPENED]), "--ignore-file", str(rules))
        assert outcome == Outcome(0, "fraud/dev: 0 of 1 resources drifted (differences ignored: 2)\n", "")

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            ("ignore: [", "drift.yaml cannot be read: while parsing"),
            ("ignore: \x00", "drift.yaml cannot be read: unacceptable character"),
            ("- name: x", "drift.yaml must have one key, `ignore`, with a list of rules"),
            ("ignore: {name: x}", "drift.yaml must have one key, `ignore`, with a list of rules"),
            ("{ignore: [], also: []}", "drift.yaml must have one key, `ignore`, with a list of rules"),
            ("ignore: [x]", "drift.yaml: rule 1 may have"),
            ("ignore: [{name: 1, reason: x}]", "drift.yaml: rule 1 may have"),
            ("ignore: [{name: '', reason: x}]", "drift.yaml: rule 1 may have"),
            (
                "ignore: [{name: x, reason: x}, {names: x, reason: x}]",
                "rule 2 may have `type`, `name`, `property` and `reason`, each a text",
            ),
            ("ignore: [{reason: x}]", "rule 1 needs a `reason`, and a `type`, a `name` or a `property`"),
            ("ignore: [{name: x}]", "rule 1 needs a `reason`, and a `type`, a `name` or a `property`"),
        ],
    )
    def test_a_file_that_is_no_list_of_rules_is_refused(
        self, detector: Detector, tmp_path: Path, content: str, complaint: str
    ) -> None:
        (tmp_path / "drift.yaml").write_text(content)
        outcome = detector(StandIn([SAME]))
        assert (outcome.code, outcome.shown) == (2, "")
        assert complaint in outcome.said

    def test_a_file_that_is_named_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(CouldNotTellError, match=r"^other\.yaml cannot be read: "):
            read_rules(tmp_path / "other.yaml")


GLOBS = st.text("ab*?.[]", min_size=1, max_size=4)
RULES = st.lists(
    st.builds(IgnoreRule, st.just("x"), GLOBS, GLOBS, st.none() | GLOBS), max_size=4, unique=True
)
DIFFERENCES = st.lists(
    st.builds(difference, st.none() | st.text("ab.[]", min_size=1, max_size=4), st.text("ab"), st.text("ab"))
)


@given(DIFFERENCES, RULES, RULES)
def test_more_rules_never_show_more(
    differences: list[Difference], some: list[IgnoreRule], more: list[IgnoreRule]
) -> None:
    before, _, unused = ignore(differences, some)
    after, ignored, _ = ignore(differences, [*some, *more])
    assert [each for each in before if each in after] == after
    assert len(after) + len(ignored) == len(differences)
    assert before == ignore(differences, [rule for rule in some if rule not in unused])[0]


class TestCouldNotTell:
    def test_a_resource_that_cannot_be_read_is_named(self, detector: Detector) -> None:
        events = [
            {"diagnosticEvent": {"severity": "warning", "message": "slow"}},
            {
                "diagnosticEvent": {
                    "severity": "error",
                    "message": "<{%reset%}>AccessDenied<{%reset%}>\n",
                    "urn": "urn:pulumi:dev::fraud::x::vpc",
                }
            },
            {"diagnosticEvent": {"severity": "error", "message": "preview failed"}},
        ]
        failure = automation.CommandError(CommandResult(stdout="much", stderr="", code=255))
        outcome = detector(StandIn([*events, GONE], failure=failure))
        assert (outcome.code, outcome.shown) == (2, "")
        assert outcome.said == "drift_detector: could not tell: vpc: AccessDenied\npreview failed\n"

    def test_a_command_that_failed_early_says_why(self, detector: Detector) -> None:
        result = CommandResult(stdout="", stderr="error: incorrect passphrase", code=1)
        outcome = detector(StandIn([], failure=automation.CommandError(result)))
        assert outcome.said == "drift_detector: could not tell: error: incorrect passphrase\n"

    @pytest.mark.parametrize(("uncounted", "counted"), [(2, 3), (-1, 0)])
    def test_events_and_the_engines_count_must_agree(
        self, detector: Detector, uncounted: int, counted: int
    ) -> None:
        outcome = detector(StandIn([SAME, GONE], uncounted=uncounted))
        assert (outcome.code, outcome.shown) == (2, "")
        assert f"the engine counts {counted} changed resources and describes 1" in outcome.said

    def test_an_sdk_that_is_too_old_says_what_to_install(self, detector: Detector) -> None:
        outcome = detector(object())
        assert outcome.code == 2
        assert outcome.said == (
            "drift_detector: could not tell: "
            "this Pulumi SDK has no preview_refresh(): pip install 'pulumi>=3.200'\n"
        )

    def test_a_stack_must_be_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main([])
        assert ended.value.code == 2
        assert "--stack" in capsys.readouterr().err


ANSWERS = {
    200: b"<PublishResponse><PublishResult><MessageId>x</MessageId></PublishResult></PublishResponse>",
    403: b"<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>",
}


@contextmanager
def sns(status: int) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """An SNS of our own on the loopback interface, and what it was asked."""
    asked: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(ANSWERS[status])

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Keeps the tests quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


class TestNotice:
    @pytest.fixture(autouse=True)
    def _credentials(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
        }.items():
            monkeypatch.setenv(name, value)

    def test_drift_is_published(self, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
        with sns(200) as (url, asked):
            monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", url)
            outcome = detector(StandIn([OPENED, SAME]), "--notify-topic", TOPIC)
        (request,) = asked
        assert (request["Action"], request["TopicArn"]) == (["Publish"], [TOPIC])
        assert request["Subject"] == ["fraud/dev: 1 of 2 resources drifted"]
        assert request["Message"] == [outcome.shown]
        assert (outcome.code, outcome.said) == (1, "")

    def test_no_drift_is_no_news(self, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
        with sns(200) as (url, asked):
            monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", url)
            assert detector(StandIn([SAME]), "--notify-topic", TOPIC).code == 0
        assert asked == []

    def test_a_notice_that_fails_does_not_hide_the_drift(
        self, detector: Detector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with sns(403) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", url)
            outcome = detector(StandIn([GONE]), "--notify-topic", TOPIC)
        assert outcome.code == 1
        assert "deleted" in outcome.shown
        assert outcome.said.startswith(
            "drift_detector: no notice was sent: An error occurred (AuthorizationErr"
        )

    @pytest.mark.parametrize("arn", ["drift", f"{TOPIC}.fifo", TOPIC.replace(":sns:", ":sqs:")])
    def test_what_is_no_topic_is_refused_first(
        self, detector: Detector, arn: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            detector(StandIn([GONE]), "--notify-topic", arn)
        assert ended.value.code == 2
        assert f"'{arn}' is no ARN of a standard SNS topic" in capsys.readouterr().err
