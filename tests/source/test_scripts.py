"""Tokens, arguments and statements of TypeScript and JavaScript."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.source.scripts import script, tokens

PROGRAM = """\
import * as aws from "@pulumi/aws";
const engine = `aurora-${kind({ a: "}`" })}`; // "
const cluster = new aws.rds.Cluster("c", {
    engine,
    "engineVersion": "15.4",
    tags: { Name: 'x', "a-b": /[/"]/.test(y) ? 1 : 2 },
    vpcSecurityGroupIds: [one.id, two[0].id,
        three],
}, { protect: true });
const bucket = new aws.s3.Bucket("b")
    .on("x");
/* { ( */ export const id = bucket.id;
"""


@pytest.mark.parametrize(
    ("steps", "text", "place"),
    [
        (["engine"], "engine", (4, 5)),
        (["engineVersion"], '"engineVersion": "15.4"', (5, 5)),
        (["tags", "Name"], "Name: 'x'", (6, 13)),
        (["tags", "a-b"], '"a-b": /[/"]/.test(y) ? 1 : 2', (6, 24)),
        (["vpcSecurityGroupIds", 1], "two[0].id", (7, 35)),
        (["vpcSecurityGroupIds", 2], "three", (8, 9)),
        # As far as the arguments are written out.
        (["engineVersion", "deeper"], '"engineVersion": "15.4"', (5, 5)),
        (["vpcSecurityGroupIds", 9], "vpcSecurityGroupIds: [one.id, two[0].id,\n        three]", (7, 5)),
    ],
)
def test_the_argument_that_a_path_leads_to(steps: list[str | int], text: str, place: tuple[int, int]) -> None:
    found = script(PROGRAM).argument(3, 17, steps)
    assert found is not None
    first, last = found
    lines = PROGRAM.splitlines()[first.line - 1 : last.end_line]
    lines[-1] = lines[-1][: last.end_column - 1]
    lines[0] = lines[0][first.column - 1 :]
    assert "\n".join(lines) == text
    assert (first.line, first.column) == place


def test_what_is_called_at_a_place() -> None:
    found = script(PROGRAM).callee(3, 17)
    assert found is not None
    assert [(token.text, token.line) for token in found] == [("new", 3), ("Cluster", 3)]
    assert script(PROGRAM).callee(12, 30) is None


@pytest.mark.parametrize("steps", [["absent"], [0]])
def test_an_argument_that_is_not_written_has_no_place(steps: list[str | int]) -> None:
    assert script(PROGRAM).argument(3, 17, steps) is None


def test_a_call_without_an_object_has_no_arguments() -> None:
    assert script(PROGRAM).argument(10, 16, ["bucket"]) is None


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (1, (2, 2)),
        # The whole statement, not only its first line.
        (2, (3, 9)),
        # Inside of it, the next argument or element.
        (3, (4, 4)),
        (5, (6, 6)),
        (6, (7, 8)),
        (7, (8, 8)),
        # A statement may end without a semicolon, and go on in the next line.
        (9, (10, 11)),
        (11, (12, 12)),
        (12, (12, 12)),
    ],
)
def test_what_a_comment_after_a_line_is_about(line: int, lines: tuple[int, int]) -> None:
    assert script(PROGRAM).subject(line) == lines


def test_comments_are_told_from_texts_that_look_like_them() -> None:
    comments = [token.text for token in tokens(PROGRAM) if token.kind == "comment"]
    assert comments == ['// "', "/* { ( */"]
    assert [token.kind for token in tokens("a = '// no'; b = `// ${'`'} no`; c = /\\/\\/ no/")].count(
        "comment"
    ) == 0


def test_a_slash_after_a_value_divides() -> None:
    found = [(token.kind, token.text) for token in tokens("a / b / c; (d) / 'e/'")]
    assert ("mark", "/") in found
    assert not [text for kind, text in found if kind == "regular"]


@given(st.text(alphabet="a1 \n\"'`/*(){}[]$\\,;:.="))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = tokens(text)
    places = [(token.line, token.column) for token in found]
    assert places == sorted(places)
    assert "".join("".join(token.text.split()) for token in found) == "".join(text.split())
    script(text).subject(0)
    script(text).argument(1, 1, ["a", 0])
