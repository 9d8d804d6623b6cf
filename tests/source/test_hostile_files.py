"""Files that break tools: each gets a clear answer, and the files beside it are checked all the same."""

from __future__ import annotations

import datetime
import json
import tokenize
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.cli import main
from policy_pack.linter import registry
from policy_pack.linter.source_examples import program_of
from policy_pack.linter.source_running import is_about_source, run_source_rules
from policy_pack.rules.rule import Rule

STACK = Path(__file__).parents[2] / "stack"
HEAD = "import json\nimport pulumi_aws as aws\nqueue = aws.sqs.Queue('orders')\n"
MISTAKE = "json.dumps(queue.arn)\n"
FOUND = "`queue.arn` is an `Output`, which `json.dumps` cannot serialize"

Report = dict[str, Any]


def read(capsys: pytest.CaptureFixture[str], directory: Path) -> tuple[Report, dict[str, str]]:
    """What is found in a directory's files; the reasons for what is not evaluated are those of the files."""
    (directory / "beside.py").write_text(HEAD + MISTAKE)
    code = main(["check", str(directory), "--only", "source", "--output-format", "json"])
    report = json.loads(capsys.readouterr().out)
    findings = {Path(item["path"]).name: item for item in report["findings"]}
    assert len(findings) == len(report["findings"])
    beside = findings.pop("beside.py")
    assert (code, beside["rule"], beside["line"], beside["message"]) == (1, "output-in-json", 4, FOUND)
    reasons = (item["reason"] for item in report["not_evaluated"] if item["rule"] == "syntax-error")
    return findings, {Path(text.split(":")[0]).name: text.split(": ", 1)[1] for text in reasons}


READ = {
    "20,000 lines": (HEAD + "x = 1\n" * 20_000 + MISTAKE).encode(),
    "a line of a million characters": f"{HEAD}x = '{'a' * 1_000_000}'\n{MISTAKE}".encode(),
    "brackets as deep as Python allows": f"{HEAD}x = {'[' * 99}{']' * 99}\n{MISTAKE}".encode(),
    "a byte order mark": b"\xef\xbb\xbf" + (HEAD + MISTAKE).encode(),
    "line ends of Windows": (HEAD + MISTAKE).replace("\n", "\r\n").encode(),
    "line ends of old Macs": (HEAD + MISTAKE).replace("\n", "\r").encode(),
    "form feeds between lines": (HEAD + "\f\nx = 1\n\f\n" + MISTAKE).encode(),
    "line separators in a text": f"{HEAD}x = 'a\u2028\x0b\x1cb'\n{MISTAKE}".encode(),
    "another encoding": b"# coding: latin-1\n" + (HEAD + "x = '\xe9'\n" + MISTAKE).encode("latin-1"),
    "half of a surrogate pair": (HEAD + "x = '\\ud800'\n" + MISTAKE).encode(),
    "loops in loops": (HEAD + "".join(f"{' ' * n}for x{n} in y:\n" for n in range(20))
                       + " " * 20 + "pass\n" + MISTAKE).encode(),
    "functions that call each other with ever more": (
        HEAD + "def f0(v):\n    return v\n"
        + "".join(f"def f{n}(v):\n    return f{n - 1}(f{n - 1}([v]))\n" for n in range(1, 30))
        + "f29(queue.arn)\n" + MISTAKE).encode(),
    "a list that holds itself twice, again and again": (
        HEAD + "x = [queue.arn]\n" + "x = [x, x]\n" * 60
        + "def f(v):\n    return v\nf(x)\n" + MISTAKE).encode(),
    "a dictionary of thousands of keys": (
        HEAD + "d = {}\n" + "".join(f"d['{n}'] = queue.arn\n" for n in range(1500)) + MISTAKE).encode(),
    "classes that are their own bases": (
        HEAD + "class A(A):\n    pass\nclass B(C):\n    pass\nclass C(B):\n    pass\nC().x\n" + MISTAKE
    ).encode(),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_a_strange_file_is_read_to_its_end(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "strange.py").write_bytes(READ[name])
    findings, missed = read(capsys, tmp_path)
    assert missed == {}
    finding = findings["strange.py"]
    text = READ[name].decode("latin-1" if b"latin-1" in READ[name] else "utf-8-sig")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (finding["message"], finding["line"]) == (FOUND, lines.index(MISTAKE.strip()) + 1)
    assert finding["column"] == MISTAKE.index("queue") + 1


REFUSED = {
    "UTF-16": ((HEAD + MISTAKE).encode("utf-16"), "invalid or missing encoding declaration", 1),
    "a NUL": ((HEAD + "x = '\0'\n").encode(), "null bytes", 1),
    "any bytes": (bytes(range(256)), "can't decode byte 0x80", 1),
    "a declaration that lies": (b"# coding: ascii\nx = '\xc3\xa9'\n", "'ascii' codec can't decode", 1),
    "an encoding that does not exist": (b"# coding: klingon\n", "unknown encoding: klingon", 1),
    "an encoding that is none of texts": (b"# coding: rot13\n", "not a text encoding", 1),
    "10,000 brackets": (f"x = 1\nx = {'[' * 10_000}{']' * 10_000}\n".encode(), "too many nested", 2),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_python_refuses_is_an_error_that_says_why(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, says, line = REFUSED[name]
    (tmp_path / "refused.py").write_bytes(content)
    findings, _ = read(capsys, tmp_path)
    finding = findings["refused.py"]
    assert (finding["rule"], finding["severity"], finding["line"]) == ("syntax-error", "error", line)
    assert says in finding["message"]
    assert str(tmp_path) not in finding["message"]


@pytest.mark.parametrize(
    "text", ["x = a" + ".b" * 100_000, "x = " + "-" * 100_000 + "1", "x = 1" + "+1" * 20_000]
)
def test_what_is_too_deep_for_the_parser_is_not_evaluated(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep.py").write_text(f"{HEAD}{text}\n{MISTAKE}")
    findings, missed = read(capsys, tmp_path)
    assert findings == {}
    assert missed == {"deep.py": "it is nested too deeply to be parsed"}


def test_what_is_no_file_or_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "circular.py").symlink_to(tmp_path / "circular.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder.py" / "inside.py").write_text(HEAD + MISTAKE)
    (tmp_path / "closed.py").write_text(HEAD + MISTAKE)
    opened = tokenize.open

    def refusing(path: str) -> Any:
        if path.endswith("closed.py"):
            raise PermissionError(13, "Permission denied", path)
        return opened(path)

    # Whoever runs the tests may be allowed to read everything.
    monkeypatch.setattr(tokenize, "open", refusing)
    findings, missed = read(capsys, tmp_path)
    assert findings.keys() == {"inside.py"}
    assert missed.pop("circular.py").startswith("Too many levels of symbolic links")
    assert missed == {"dangling.py": "No such file or directory", "closed.py": "Permission denied"}


@pytest.mark.parametrize("before", ["é = 1; ", "x = '🚀'; ", "x = 'e\u0301'; ", "\f", "x = '日本'; \t"])
def test_columns_count_characters(before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wide.py").write_text(HEAD + before + MISTAKE, encoding="utf-8")
    findings, _ = read(capsys, tmp_path)
    line = before + MISTAKE
    finding = findings["wide.py"]
    place = (finding["line"], finding["column"], finding["end_column"])
    assert place == (4, line.index("queue") + 1, line.index("queue.arn") + len("queue.arn") + 1)


FACTS = Facts(Catalogs(), datetime.date(2026, 11, 22), region="eu-west-1")
RULES: list[Rule] = list(filter(is_about_source, registry.load_all()))
TEXTS = {
    path.relative_to(STACK).as_posix(): path.read_text()
    for path in sorted(STACK.rglob("*.py"))
    if "fraud_detection" in path.parts or path.name == "__main__.py"
}
PIECES = st.sampled_from(
    ["", "\n", "    ", "(", ")", "[", "'", '"""', "f'{", "}", ":", ",", "*", "**", "lambda: ", "await ",
     "yield ", "self.", "pulumi.Output", ".apply(", "import ", "from . import *\n", "global x\n",
     "class A(A): pass\n", "x = x, x\n", "return", "é", "\0", "\f", "# preflight: ignore"]
)  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), PIECES), min_size=1, max_size=4)


def edited(text: str, edits: list[tuple[float, int, str]]) -> str:
    """A text of which some stretches are replaced; each edit says where, how much, and by what."""
    for where, length, piece in edits:
        start = int(where * len(text))
        text = text[:start] + piece + text[start + length :]
    return text


def facts_for(rule: Rule) -> Facts:
    parameters = {name: parameter.default for name, parameter in rule.parameters.items()}
    return Facts(FACTS.catalogs, FACTS.today, region=FACTS.region, parameters=parameters)


@pytest.mark.slow
@settings(max_examples=8)
@given(st.sampled_from(sorted(TEXTS)), EDITS)
def test_a_program_edited_at_random_breaks_no_rule(name: str, edits: list[tuple[float, int, str]]) -> None:
    texts = TEXTS | {name: edited(TEXTS[name], edits)}
    outcome = run_source_rules(program_of(texts), RULES, facts_for)
    assert outcome.crashes == {}
    for hit in outcome.hits:
        span = hit.problem.span
        assert span is not None
        lines = texts[span.path.removeprefix("/").partition("/")[2]].split("\n")
        assert 1 <= span.line <= (span.end_line or span.line) <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
