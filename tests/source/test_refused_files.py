"""What Python parses and then does not compile."""

from __future__ import annotations

import sys

import pytest

from policy_pack.source.files import Fault, Sources


def refusal(text: str) -> Fault | None:
    return Sources({"/p/a.py": text}).refusal("/p/a.py")


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("x = 1\nreturn x\n", "'return' outside function", 2, 1),
        ("class A:\n    'é'; return 1\n", "'return' outside function", 2, 10),
        ("'🚀'; yield 1\n", "'yield' outside function", 1, 6),
        ("'🚀'; await 1\n", "'await' outside function", 1, 6),
        ("def f():\n    async with a:\n        pass\n", "'async with' outside async function", 2, 5),
        ("'🚀'; break\n", "'break' outside loop", 1, 6),
        ("for x in y:\n    pass\nelse:\n    continue\n", "'continue' not properly in loop", 4, 5),
        ("def é(a, a):\n    pass\n", "duplicate argument 'a'", 1, 10),
        ("nonlocal x\n", "nonlocal declaration not allowed at module level", 1, 1),
        ("def f():\n    x = 1; global x\n", "assigned to before global declaration", 2, 12),
        ("import os\nfrom __future__ import annotations\n", "must occur at the beginning of the file", 2, 1),
        ("'é'; x = *a\n", "can't use starred expression here", 1, 10),
        ("def f():\n    from os import *\n", "import * only allowed at module level", 2, 20),
        ("Queue(\n    'a',\n    é=1,\n    é=2,\n)\n", "keyword argument repeated: é", 4, 5),
    ],
)
def test_what_the_compiler_refuses_is_placed_in_characters(
    text: str, message: str, line: int, column: int
) -> None:
    fault = refusal(text)
    assert fault is not None
    assert message in fault.message
    assert (fault.kind, fault.line) == ("compile", line)
    # Some interpreters know less about the place of an import.
    assert fault.column == column or "import *" in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def f():\n    return 1\n",
        "for x in y:\n    break\n",
        "async def f():\n    await x\n",
        "def f() -> X | None: ...\nX: int\n",
        "assert (1, 'always true')\nx is 1\n",
    ],
)
def test_what_python_compiles_is_not_refused(text: str) -> None:
    assert refusal(text) is None


def test_a_file_without_a_tree_has_another_fault() -> None:
    sources = Sources({"/p/a.py": "x = (\n"})
    assert sources.refusal("/p/a.py") is None
    assert sources.fault("/p/a.py") is not None
    assert sources.refusal("/p/gone.py") is None


def test_what_is_nested_deeper_than_the_compiler_follows_is_not_known() -> None:
    fault = refusal("a" + ".b" * 2_500 + "\n") or refusal("a" + ".b" * 80_000 + "\n")
    assert fault is None or fault.kind == "depth"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="annotations are deferred in every file")
def test_the_future_of_our_own_files_is_not_that_of_others() -> None:
    assert refusal("def f(x: (y := 1)): ...\n") is None
