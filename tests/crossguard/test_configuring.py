"""What a team says of the policies: whose word holds, and what is said of a word that is not understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from policy_pack.crossguard import caller as module
from policy_pack.crossguard.analyzer import Analyzer, RefusedError
from policy_pack.crossguard.caller import Caller
from policy_pack.linter import registry

from .analyzer import resource_request

ADVISORY, MANDATORY, DISABLED = analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY, analyzer_pb2.DISABLED
RULES = ("reserved-master-username", "engine-version-withdrawn-soon", "global-table-without-replicas")
RULE = RULES[0]
ADMIN = {"engine": "aurora-postgresql", "masterUsername": "admin"}
DOUBT = {"engine": "aurora-postgresql", "masterUsername": "select"}


def pack(program: Path, project: str = "", own: str = "", simulate: str = "false") -> Analyzer:
    """A pack that has learnt which stack is previewed; the project's configuration and its own are given."""
    place = program / "pack"
    place.mkdir(exist_ok=True)
    (place / "PulumiPolicy.yaml").write_text(f"runtime: python\n{own}")
    (program / "preflight.toml").write_text(f"simulate = {simulate}\n{project}")
    environment = {"PREFLIGHT_PROGRAM": str(program)}
    caller = Caller(executable=False, parent=0, environment=environment, directory=place, pack=place)
    made = Analyzer(caller, registry.load_all(RULES))
    made.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="variety"))
    return made


def configured(analyzer: Analyzer, given: Mapping[str, Any] = {}) -> Analyzer:
    """The pack after the engine has merged a file of `--policy-pack-config` with its defaults, as it does."""
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    file = {
        name: {"enforcementLevel": said} if isinstance(said, str) else said for name, said in given.items()
    }
    general = file.get("all", {}).get("enforcementLevel")
    policies = {item.name: item for item in analyzer.GetAnalyzerInfo(None).policies}
    for name in {*policies, *file}:
        said = dict(file.get(name, {}))
        default = policies[name].enforcementLevel if name in policies else ADVISORY
        level = said.pop("enforcementLevel", general)
        sent = request.policyConfig[name]
        sent.enforcementLevel = getattr(analyzer_pb2, level.upper()) if level else default
        for key, schema in policies[name].configSchema.properties.fields.items() if name in policies else ():
            if "default" in schema.struct_value.fields:
                sent.properties.update({key: schema.struct_value["default"]})
        sent.properties.update(said)
    analyzer.Configure(request)
    return analyzer


def level(analyzer: Analyzer, inputs: Mapping[str, Any] = ADMIN) -> int | None:
    """The level at which the rule reports; None when it says nothing."""
    found = analyzer.Analyze(resource_request(inputs)).diagnostics
    return next((item.enforcementLevel for item in found if item.policyName == RULE), None)


OFF = f'[rules.{RULE}]\nlevel = "off"\n'
WARNING = f'[rules.{RULE}]\nlevel = "warning"\n'
ADVISORY_THERE = f"config: {{{RULE}: advisory}}\n"


@pytest.mark.parametrize(
    ("project", "own", "given", "expected"),
    [
        ("", "", {}, MANDATORY),
        (WARNING, "", {}, ADVISORY),
        (OFF, "", {}, None),
        (f"ignore = ['{RULE}']\n", "", {}, None),
        ("select = ['duplicate-urn']\n", "", {}, None),
        ("", ADVISORY_THERE, {}, ADVISORY),
        (OFF, ADVISORY_THERE, {}, ADVISORY),
        (OFF, "config: {all: mandatory}\n", {}, None),
        ("", "config: {all: advisory}\n", {}, ADVISORY),
        ("", f"config: {{all: advisory, {RULE}: mandatory}}\n", {}, MANDATORY),
        ("", f"config: {{{RULE}: disabled}}\n", {}, None),
        ("", ADVISORY_THERE, {RULE: "mandatory"}, MANDATORY),
        (OFF, "", {RULE: "mandatory"}, MANDATORY),
        (OFF, "", {"all": "mandatory"}, None),
        ("", ADVISORY_THERE, {"all": "mandatory"}, MANDATORY),
        ("", "", {"all": "disabled"}, None),
        ("", "", {"all": "disabled", RULE: "advisory"}, ADVISORY),
        ("", "config: {all: remediate}\n", {}, MANDATORY),
    ],
)
def test_one_precedence_of_levels(
    program: Path, project: str, own: str, given: dict[str, Any], expected: int | None
) -> None:
    assert level(configured(pack(program, project, own), given)) == expected


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        ("", {}, ADVISORY),
        (f"config: {{{RULE}: {{failOn: warning}}}}\n", {}, MANDATORY),
        (f"config: {{{RULE}: {{failOn: warning}}}}\n", {RULE: {"failOn": "error"}}, ADVISORY),
        ("", {RULE: {"failOn": "warning"}}, MANDATORY),
    ],
)
def test_one_precedence_of_settings(program: Path, own: str, given: dict[str, Any], expected: int) -> None:
    assert level(configured(pack(program, "", own), given), DOUBT) == expected


def test_one_precedence_of_parameters(program: Path) -> None:
    rule = registry.load("engine-version-withdrawn-soon")

    def days(project: str, own: str, given: Mapping[str, Any]) -> object:
        found = configured(pack(program, project, own), given)
        assert found.preview.merged().parameters(rule.name).get("days") in (
            None,
            found.preview.facts(rule).parameters["days"],
        )
        return found.preview.facts(rule).parameters["days"]

    there, here = f"[rules.{rule.name}]\ndays = 1\n", f"config: {{{rule.name}: {{days: 2}}}}\n"
    assert days("", "", {}) == rule.parameters["days"].default
    assert days(there, "", {}) == 1
    assert days(there, here, {}) == 2
    assert days(there, here, {rule.name: {"days": 3}}) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"reserved-master-usrname": "advisory"},
            f"no policy named `reserved-master-usrname`; a similar one is `{RULE}`",
        ),
        ({"reserved-master-usrname": {"failOn": "note"}}, f"a similar one is `{RULE}`"),
        ({RULE: {"failon": "note"}}, f"no setting of `{RULE}` named `failon`; a similar one is `failOn`"),
        ({RULE: {"enforcementLvel": "advisory"}}, "a similar one is `enforcementLevel`"),
        ({RULE: {"failOn": "warn"}}, "no severity named `warn`; a similar one is `warning`"),
        ({RULES[1]: {"day": 3}}, "a similar one is `days`"),
        ({RULES[1]: {"days": "three"}}, f"`days` of `{RULES[1]}`: Expected `int`, got `str`"),
        ({RULES[2]: {"required": [{"tabel": "x", "regions": []}]}}, "`required` of"),
        ({"not-simulated": {"simulat": False}}, "a similar one is `simulate`"),
        ({"not-simulated": {"simulate": "no"}}, "Expected `bool`, got `str`"),
        ({"all": {"failOn": "note"}}, "no setting of `all` named `failOn`"),
        ({"al": "advisory"}, "no policy named `al`; a similar one is `all`"),
    ],
)
def test_what_is_not_understood_is_named_with_the_closest(
    monkeypatch: pytest.MonkeyPatch, program: Path, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(RefusedError, match=r"PulumiPolicy\.yaml") as own:
        pack(program, "", f"config: {json.dumps(given)}\n")
    assert said in str(own.value)
    with pytest.raises(RefusedError) as sent:
        configured(pack(program), given)
    assert said in str(sent.value)
    # The CLI passes on only what it understands; the rest is found in its file.
    (program / "given.json").write_text(json.dumps(given | {"environments": ["ours"]}))
    arguments = ["--policy-pack", "pack", "--policy-pack-config=given.json", "--policy-pack=other"]
    monkeypatch.setattr(
        module, "cli_arguments", lambda pid: [*arguments, "--policy-pack-config", "other.json"]
    )
    monkeypatch.setattr(module, "cli_directory", lambda pid: program)
    with pytest.raises(RefusedError, match=r"given\.json") as told:
        pack(program)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            f"config: {{{RULE}: mandatry}}\n",
            "a similar one is `mandatory`; it must be one of advisory, mandatory",
        ),
        (f"config: {{{RULE}: {{enforcementLevel: 3}}}}\n", "it must be one of advisory"),
        (f"config: {{{RULE}: [advisory]}}\n", f"`{RULE}` is neither a level nor a mapping of settings"),
        ("config: [all]\n", "it is no mapping of policies"),
        ("config: {all: [}\n", "cannot be read"),
    ],
)
def test_a_config_of_another_form_is_refused(program: Path, own: str, said: str) -> None:
    with pytest.raises(RefusedError, match=r"PulumiPolicy\.yaml") as refused:
        pack(program, "", own)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ('[rules.reserved-master-usrname]\nlevel = "off"\n', f"a similar one is `{RULE}`"),
        (f'[rules.{RULE}]\nlevl = "off"\n', "a similar one is `level`"),
        (f'[rules.{RULE}]\nlevel = "warn"\n', "a similar one is `warning`"),
        (f'[rules.{RULES[1]}]\ndays = "three"\n', "Expected `int`, got `str`"),
        ("ignore = ['reserved-master-usrname']\n", f"a similar one is `{RULE}`"),
    ],
)
def test_the_projects_configuration_is_held_to_the_same(program: Path, project: str, said: str) -> None:
    with pytest.raises(RefusedError, match=r"preflight\.toml") as refused:
        pack(program, project)
    assert said in str(refused.value)


@pytest.mark.parametrize("arguments", [
    [],
    ["--policy-pack=pack"],
    ["--policy-pack=elsewhere", "--policy-pack-config=given.json"],
    ["--policy-pack=pack", "--policy-pack-config=absent.json"],
    ["--policy-pack=pack", "--policy-pack-config=broken.json"],
    ["--policy-pack=pack", "--policy-pack-config=given.json", "--policy-pack=pack", "--policy-pack-config=b"],
])  # fmt: skip
def test_a_file_that_is_not_certainly_for_this_pack_is_the_engines_matter(
    monkeypatch: pytest.MonkeyPatch, program: Path, arguments: list[str]
) -> None:
    (program / "given.json").write_text('{"reserved-master-usrname": {"failOn": "note"}}')
    (program / "broken.json").write_text("{")
    monkeypatch.setattr(module, "cli_arguments", lambda pid: arguments)
    monkeypatch.setattr(module, "cli_directory", lambda pid: program)
    assert level(configured(pack(program))) == MANDATORY


@pytest.mark.parametrize(
    ("project", "own", "given", "started"),
    [
        ("false", "", None, 0),
        ("true", "", None, 1),
        ("true", "{simulate: false}", None, 0),
        ("false", "{simulate: true}", None, 1),
        ("false", "{simulate: true}", False, 1),
        ("false", "", True, 1),
    ],
)
def test_the_simulation_is_switched_like_everything_else(
    monkeypatch: pytest.MonkeyPatch, program: Path, project: str, own: str, given: bool | None, started: int
) -> None:
    (program / "__main__.py").touch()
    starts: list[Any] = []
    monkeypatch.setattr(Analyzer, "_simulate", lambda self, reading: starts.append(reading))
    stops: list[Any] = []
    monkeypatch.setattr(Analyzer, "_stop_simulating", lambda self: stops.append(self))
    found = pack(program, "", own and f"config: {{not-simulated: {own}}}\n", project)
    file = {} if given is None else {"not-simulated": {"simulate": given}}
    configured(found, file)
    wanted = given is not False and bool(started)
    assert (len(starts) >= 1, found._simulates()) == (bool(started), wanted)
    assert bool(stops) is not wanted
