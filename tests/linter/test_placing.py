from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from policy_pack.linter.placing import Placer
from policy_pack.model import UNKNOWN, Frame, SourceSpan, Value
from policy_pack.source.files import Sources

from .harness import plan, resource


def place(tmp_path: Path, source: str, path: str | None, *lines: int, **inputs: Value) -> SourceSpan:
    """Where a problem of a cluster named `db` is placed."""
    file = tmp_path / "main.py"
    file.write_text(source, encoding="utf-8")
    made = resource(file, *lines, **inputs)
    return Placer(plan(tmp_path, made), Sources()).places(made, path)[0]


def text_at(tmp_path: Path, span: SourceSpan) -> str:
    """What a span marks, by the characters of its first line."""
    line = Path(tmp_path, span.path).read_text(encoding="utf-8").split("\n")[span.line - 1]
    return line[span.column - 1 : span.end_column - 1 if span.end_column else None]


MARKED = {
    "keyword": ('Cluster("db", engine_version="15.3")\n', "engineVersion", 'engine_version="15.3"'),
    "no-such-argument": ('rds.Cluster("db")\n', "engineVersion", "rds.Cluster"),
    "no-property": ('rds.Cluster("db", a=1)\n', None, "rds.Cluster"),
    "nested-args": (
        'Cluster("db", scaling=ScalingArgs(min_capacity=1))\n',
        "scaling.minCapacity",
        "min_capacity=1",
    ),
    "nested-dict": ('Cluster("db", scaling={"min_capacity": 1})\n', "scaling.minCapacity", "1"),
    "missing-in-a-nested-dict": ('Cluster("db", scaling={"max": 1})\n', "scaling.min", 'scaling={"max": 1}'),
    "list-index": ('Cluster("db", zones=["a", "b", x])\n', "zones[2]", "x"),
    "list-of-args": ('Cluster("db", rules=[R(p=1), R(p=2)])\n', "rules[1].p", "p=2"),
    "past-the-list": ('Cluster("db", zones=["a"])\n', "zones[4]", 'zones=["a"]'),
    "comprehension": ('Cluster("db", zones=[z for z in x])\n', "zones[1]", "zones=[z for z in x]"),
    "args-keyword": (
        'Cluster("db", args=ClusterArgs(engine_version=v))\n',
        "engineVersion",
        "engine_version=v",
    ),
    "args-object": ('Cluster("db", ClusterArgs(engine_version=v), o)\n', "engineVersion", "engine_version=v"),
    "args-dict": ('Cluster("db", {"engineVersion": v})\n', "engineVersion", "v"),
    "quoted-key": ('Cluster("db", tags={"a.b": 1, "ab": 2})\n', 'tags["a.b"]', "1"),
    "key-in-another-alphabet": ('Cluster("db", tags={"ü": 1, "é": 2})\n', "tags.é", "2"),
    "key-of-another-case": ('Cluster("db", tags={"name": 1, "Name": 2})\n', "tags.Name", "2"),
    "two-calls-on-a-line": ('Cluster("a", v=1), Cluster("db", v=2)\n', "v", "v=2"),
    "another-call-before": ('keep(Cluster("db", v=2), v=1)\n', "v", "v=2"),
    "after-é": ('é = Cluster("é", v=1)\n', "v", "v=1"),
    "after-emoji": ('x = ["🚀🚀", Cluster("db", v="é🚀")]\n', "v", 'v="é🚀"'),
}


@pytest.mark.parametrize("name", MARKED)
def test_a_problem_is_placed_at_its_argument(name: str, tmp_path: Path) -> None:
    source, path, marked = MARKED[name]
    span = place(tmp_path, source, path, 1, engineVersion=UNKNOWN)
    assert text_at(tmp_path, span) == marked
    assert (span.line, span.end_line) == (1, 1)


def test_an_argument_of_several_lines_keeps_its_end(tmp_path: Path) -> None:
    span = place(tmp_path, 'Cluster(\n    "db",\n    tags={\n        "a": 1,\n    },\n)\n', "tags", 1)
    assert (span.line, span.column, span.end_line, span.end_column) == (3, 5, 5, 6)


def test_a_byte_order_mark_and_another_encoding_are_read_as_python_does(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    for head, encoding in (("", "utf-8-sig"), ("# coding: latin-1\n", "latin-1")):
        file.write_text(f'{head}é = Cluster("é", v=1)\n', encoding=encoding)
        line = head.count("\n") + 1
        made = resource(file, line)
        span = Placer(plan(tmp_path, made), Sources()).places(made, "v")[0]
        assert (span.line, span.column, span.end_column) == (line, 18, 21)


def test_a_form_feed_or_a_line_separator_ends_no_line(tmp_path: Path) -> None:
    source = 'x = "a\x0cb\u2028c"\n\x0c\né = "é"; Cluster("db", v=1)\n'
    span = place(tmp_path, source, "v", 3)
    assert (span.line, text_at(tmp_path, span)) == (3, "v=1")


TRACED = {
    "constant": ('OLD = "15.3"\nCluster("db", engine_version=OLD)\n', 2, (1, '"15.3"')),
    "default": ('def make(version="15.3"):\n    Cluster("db", engine_version=version)\n', 2, (1, '"15.3"')),
    "fallback": (
        'version = get() or "15.3"\nprint("15.3")\nCluster("db", engine_version=version)\n',
        3,
        (1, '"15.3"'),
    ),
    "dictionary": ('all = {"version": "15.3"}\nCluster("db", engine_version=all["v"])\n', 2, (1, '"15.3"')),
    "class-attribute": (
        'class Settings:\n    version: str = "15.3"\nCluster("db", engine_version=Settings().version)\n',
        3,
        (2, '"15.3"'),
    ),
    "alike-by-name": (
        'note = "15.3"\nengine_version = "15.3"\nCluster("db", engine_version=engine_version)\n',
        3,
        (2, '"15.3"'),
    ),
    "ambiguous": (
        'old_version = "15.3"\nnew_version = "15.3"\nCluster("db", engine_version=choose())\n',
        3,
        (3, "engine_version=choose()"),
    ),
    "at-the-argument": (
        'version = "15.3"\nCluster("db", engine_version=get("15.3"))\n',
        2,
        (2, 'engine_version=get("15.3")'),
    ),
    "only-in-a-docstring": (
        '"""15.3"""\nCluster("db", engine_version=get())\n',
        2,
        (2, "engine_version=get()"),
    ),
}


@pytest.mark.parametrize("name", TRACED)
def test_a_value_is_followed_to_the_only_literal_that_gives_it(name: str, tmp_path: Path) -> None:
    source, line, (at, marked) = TRACED[name]
    span = place(tmp_path, source, "engineVersion", line, engineVersion="15.3")
    assert (span.line, text_at(tmp_path, span)) == (at, marked)


def test_a_value_is_followed_into_another_module_and_the_configuration(tmp_path: Path) -> None:
    source = 'import config\n\nCluster("db", engine_version=config.version)\n'
    (tmp_path / "config.py").write_text('x = 1\nversion = "15.3"\n')
    span = place(tmp_path, source, "engineVersion", 3, engineVersion="15.3")
    assert (Path(span.path).name, span.line, span.column) == ("config.py", 2, 11)
    (tmp_path / "config.py").write_text("version = load()\n")
    (tmp_path / "Pulumi.yaml").write_text('name: é\nconfig:\n  version:\n    default: "15.3"\n')
    span = place(tmp_path, source, "engineVersion", 3, engineVersion="15.3")
    assert (Path(span.path).name, span.line, span.column, span.end_column) == ("Pulumi.yaml", 4, 14, 20)
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  small:version: 15.3\n")
    span = place(tmp_path, source, "engineVersion", 3, engineVersion="15.3")
    assert (Path(span.path).name, span.line) == ("main.py", 3)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: [}\n")
    span = place(tmp_path, source, "engineVersion", 3, engineVersion="15.3")
    assert Path(span.path).name == "Pulumi.yaml"


def test_a_wrapper_is_looked_through(tmp_path: Path) -> None:
    source = 'def make(name, **kwargs):\n    return Cluster(name, **kwargs)\n\nmake("db", engine_version=v)\n'
    span = place(tmp_path, source, "engineVersion", 2, 4, engineVersion=UNKNOWN)
    assert (span.line, text_at(tmp_path, span)) == (4, "engine_version=v")


def test_a_stringified_output_is_placed_where_it_became_text(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_text('if True:\n    url = f"{bucket.arn}"\nCluster("db", v=url)\n')
    made = replace(resource(file, 3), origins={"v": Frame(str(file), 2)})
    first, *others = Placer(plan(tmp_path, made), Sources()).places(made, "v")
    assert (first.line, text_at(tmp_path, first)) == (2, 'url = f"{bucket.arn}"')
    assert [text_at(tmp_path, span) for span in others] == ["v=url", "Cluster"]


def test_an_argument_that_turns_an_output_into_text_is_marked_itself(tmp_path: Path) -> None:
    file = tmp_path / "__main__.py"
    file.write_text('Cluster("é", v=f"{bucket.arn}", w=1)\n', encoding="utf-8")
    made = replace(resource(file, 1), origins={"v": Frame(str(file), 1)})
    first = Placer(plan(tmp_path, made), Sources()).places(made, "v")[0]
    assert text_at(tmp_path, first) == 'v=f"{bucket.arn}"'


@pytest.mark.parametrize("source", ["x = (\n", "", "\0", 'exec("…")\n'])
def test_what_cannot_be_read_is_placed_at_its_line(source: str, tmp_path: Path) -> None:
    span = place(tmp_path, source, "v", 1)
    assert span.line == 1
    assert span.end_column
    assert span.end_column > span.column
    gone = resource(tmp_path / "gone.py", 7)
    span = Placer(plan(tmp_path, gone), Sources()).places(gone, "v")[0]
    assert (span.line, span.column) == (7, 1)
    nowhere = replace(gone, frames=())
    assert Placer(plan(tmp_path, nowhere), Sources()).places(nowhere, "v") == []
