"""`preflight check` of what `pulumi preview --json` and `pulumi stack export` write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policy_pack.model.wire import SECRET, SIGNATURE
from policy_pack.report import FORMATS
from policy_pack.report.rule_page import page_of

from .harness import FLAW, FLAWED, Directory, Result

CLUSTER = "aws:rds/cluster:Cluster"
WITHDRAWN = {"engine": "postgres", "engineVersion": "15.3"}
SOUND = {"engine": "postgres", "engineVersion": "15.19"}


def urn(stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::small::{CLUSTER}::db"


def resource(stack: str = "dev", **inputs: Any) -> dict[str, Any]:
    return {"urn": urn(stack), "type": CLUSTER, "custom": True, "inputs": inputs}


def state(stack: str = "dev", version: int = 3, **inputs: Any) -> str:
    return json.dumps({"version": version, "deployment": {"resources": [resource(stack, **inputs)]}})


def preview(op: str = "create", **inputs: Any) -> str:
    steps = [{"op": op, "urn": urn(), "newState": resource(**inputs)}]
    return json.dumps({"config": {"aws:region": "eu-west-1"}, "steps": steps, "changeSummary": {op: 1}})


def check(directory: Directory, *arguments: str) -> Result:
    return directory.run("check", *arguments, "--output-format", "json")


@pytest.mark.parametrize("name", ["given.json", "given", "given.txt"])
@pytest.mark.parametrize("write", [state, preview])
def test_a_file_is_recognised_by_what_it_holds(directory: Directory, name: str, write: Any) -> None:
    Path(name).write_text(write(**WITHDRAWN))
    result = check(directory, name)
    assert (result.code, result.findings) == (1, [(FLAW, None)])
    finding = result.finding(FLAW)
    assert (finding["urn"], finding["path"], finding["property"]) == (urn(), None, "engineVersion")
    (program,) = result.report["programs"]
    assert program == {
        "path": name,
        "project": "small",
        "stack": "dev",
        "region": "eu-west-1" if write is preview else None,
        "resources": 1,
        "applies": 0,
        "applies_run": 0,
        "unknown_inputs": 0,
        "status": "complete",
        "detail": None,
    }
    Path(name).write_text(write(**SOUND))
    assert (check(directory, name).code, check(directory, name).findings) == (0, [])


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_names_the_resource(directory: Directory, output_format: str) -> None:
    Path("state.json").write_text(state(**WITHDRAWN))
    result = directory.run("check", "state.json", "--output-format", output_format)
    assert result.code == 1
    assert FLAW in result.out


def test_a_directory_stands_for_the_exports_in_it(directory: Directory) -> None:
    folder = directory.path / "exports"
    folder.mkdir()
    (folder / "dev.json").write_text(state(**WITHDRAWN))
    (folder / "prod.json").write_text(state("prod", **SOUND))
    (folder / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    result = check(directory, "exports")
    assert [each["path"] for each in result.report["programs"]] == ["exports/dev.json", "exports/prod.json"]
    assert result.finding(FLAW)["stacks"] == ["dev"]
    (folder / "cut.json").write_text(state(**SOUND)[:-9])
    result = check(directory, "exports")
    assert (result.code, result.err) == (2, "error: `exports/cut.json` is no JSON\n")
    event = '{"sequence":0,"timestamp":1795408624,"preludeEvent":{"config":{}}}\n'
    (folder / "cut.json").write_text(event * 2)
    result = check(directory, "exports")
    assert result.code == 2
    assert "write the preview without `PULUMI_ENABLE_STREAMING_JSON_PREVIEW`" in result.err


def test_a_pattern_stands_for_the_files_that_match(directory: Directory) -> None:
    for stack in ("dev", "prod"):
        Path(f"{stack}.json").write_text(state(stack, **WITHDRAWN))
    assert check(directory, "*.json").finding(FLAW)["stacks"] == ["dev", "prod"]
    result = check(directory, "*.yaml")
    assert (result.code, result.err) == (2, "error: no file matches `*.yaml`\n")


@pytest.mark.parametrize("write", [state, preview])
def test_standard_input_is_read(directory: Directory, monkeypatch: pytest.MonkeyPatch, write: Any) -> None:
    Path("given").write_text(write(**WITHDRAWN))
    with Path("given").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        result = check(directory, "-")
    assert (result.code, result.findings) == (1, [(FLAW, None)])
    assert result.report["programs"][0]["path"] == "-"


def test_a_pipe_is_read(directory: Directory) -> None:
    command = [sys.executable, "-m", "policy_pack.cli", "check", "-", "--output-format", "concise"]
    given = preview(**WITHDRAWN)
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count(FLAW)) == (1, 1)


def test_the_configuration_beside_the_file_holds(directory: Directory) -> None:
    Path("preflight.toml").write_text(f'[rules.{FLAW}]\nlevel = "note"\n')
    Path("state.json").write_text(state(**WITHDRAWN))
    result = check(directory, "state.json")
    assert (result.code, result.finding(FLAW)["severity"]) == (0, "note")


def test_a_program_and_a_file_are_checked_together(directory: Directory) -> None:
    directory.write(main=FLAWED)
    Path("test.json").write_text(state("test", **WITHDRAWN))
    result = check(directory, ".", "test.json")
    assert [(each["path"], each["stack"]) for each in result.report["programs"]] == [
        (".", "dev"),
        ("test.json", "test"),
    ]
    assert result.findings == [(FLAW, 3), (FLAW, None)]


def test_a_preview_is_compared_with_what_is_deployed(directory: Directory) -> None:
    Path("state.json").write_text(state(engine="postgres", engineVersion="16.13"))
    Path("preview.json").write_text(preview("update", engine="postgres", engineVersion="16.10"))
    assert check(directory, "preview.json").findings == []
    result = check(directory, "preview.json", "--state", "state.json")
    assert result.findings == [("engine-version-downgrade", None)]
    Path("other.json").write_text(state("prod", **SOUND))
    result = check(directory, "preview.json", "--state", "other.json")
    assert (result.code, result.err) == (
        2,
        "error: `other.json` is the state of small/prod, not of small/dev\n",
    )


@pytest.mark.parametrize("output_format", FORMATS)
def test_no_secret_of_a_file_is_printed(directory: Directory, output_format: str) -> None:
    secret = {SIGNATURE: SECRET, "plaintext": '"15.2"'}
    sealed = {SIGNATURE: SECRET, "ciphertext": "v1:c2VjcmV0"}
    inputs = {"engine": "postgres", "engineVersion": secret, "masterUsername": sealed}
    Path("state.json").write_text(state(**inputs, masterPassword="hunter2hunter2"))
    arguments = ("check", "state.json", "-v", "--output-format", output_format)
    result = directory.run(*arguments)
    assert result.code == 1
    # A rule's own page has examples of versions.
    shown = (result.out + result.err).replace(json.dumps(page_of(FLAW), ensure_ascii=False), "")
    assert "[secret]" in shown
    for text in ("15.2", "c2VjcmV0", "hunter2"):
        assert text not in shown


def test_a_file_of_the_program_is_not_looked_for(directory: Directory) -> None:
    archive = {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "path": "./app"}
    function = {"urn": "urn:pulumi:dev::small::aws:lambda/function:Function::f", "custom": True}
    function |= {"type": "aws:lambda/function:Function", "inputs": {"code": archive}}
    Path("state.json").write_text(json.dumps({"version": 3, "deployment": {"resources": [function]}}))
    assert check(directory, "state.json").findings == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (state(version=7), "`state.json` is a state of version 7; known are 1, 2, 3, 4"),
        ("{", "`state.json` is no JSON"),
        ("{}", "`state.json` is output neither of `pulumi preview --json` nor of `pulumi stack export`"),
    ],
)
def test_what_cannot_be_read_stops_the_check(directory: Directory, text: str, says: str) -> None:
    Path("state.json").write_text(text)
    result = check(directory, "state.json")
    assert (result.code, result.out, result.err) == (2, "", f"error: {says}\n")


def test_a_file_without_resources_is_nothing_to_check(directory: Directory) -> None:
    Path("state.json").write_text('{"version": 3, "deployment": {"manifest": {}}}')
    assert check(directory, "state.json").code == 3
    assert check(directory, "state.json", "--only", "source").code == 3


def test_a_preview_that_failed_is_reported(directory: Directory) -> None:
    document = json.loads(preview(**SOUND)) | {"diagnostics": [{"severity": "error", "message": "x"}]}
    Path("preview.json").write_text(json.dumps(document))
    result = check(directory, "preview.json")
    assert (result.code, result.findings) == (2, [("program-failed", None)])
    assert result.report["programs"][0]["status"] == "failed"


@pytest.mark.slow
def test_a_large_export_takes_little_memory(directory: Directory) -> None:
    """Anonymous memory in proportion to what 400 MB allow an export of 500 MB, and what Python takes."""
    count, padding = 20_000, "x" * 2_600
    with Path("large.json").open("w") as file:
        file.write('{"version": 3, "deployment": {"resources": [')
        for number in range(count):
            each = resource(**SOUND, clusterIdentifier=f"db-{number}", tags={"a": padding})
            each |= {"urn": f"{urn()}-{number}", "outputs": each["inputs"] | {"b": {"c": [padding]}}}
            file.write(f"{',' if number else ''}{json.dumps(each)}")
        file.write("]}}")
    megabytes = os.path.getsize("large.json") / 1e6  # noqa: PTH202
    assert megabytes > 100
    code = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from policy_pack.cli import main\n"
        "done, peak = threading.Event(), [0]\n"
        "def watch():\n"
        "    while not done.wait(0.05):\n"
        "        lines = Path('/proc/self/status').read_text().splitlines()\n"
        "        taken = next(int(line.split()[1]) for line in lines if line.startswith('RssAnon'))\n"
        "        peak[0] = max(peak[0], taken)\n"
        "watcher = threading.Thread(target=watch)\n"
        "watcher.start()\n"
        "code = main(['check', 'large.json'])\n"
        "done.set()\n"
        "watcher.join()\n"
        "print(code, peak[0] // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, taken = done.stdout.splitlines()[-1].split()
    assert found == "0"
    assert int(taken) < 70 + megabytes * (400 - 70) / 500
