"""What is known of a value without running the program: certain, or nothing."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.linter.source_examples import program_of
from policy_pack.source import expressions
from policy_pack.source.definitions import MOST_CALLS
from policy_pack.source.inference import Inference
from policy_pack.source.kinds import (
    ANY,
    NOTHING,
    PLAIN,
    AnyKind,
    DictKind,
    Kind,
    ListKind,
    OutputKind,
    PlainKind,
    element_of,
    joined,
    manageable,
    outputs_within,
    resolved,
)
from policy_pack.source.program import SourceFile

HEAD = """\
import dataclasses, json
import pulumi
import pulumi_aws as aws
from pulumi import Output
vpc = aws.ec2.Vpc("main")
bucket = aws.s3.Bucket("logs")
config = pulumi.Config()
"""


def last_expression(code: str, **modules: str) -> tuple[Inference, SourceFile, ast.expr]:
    program = program_of(
        {"__main__.py": HEAD + code, **{f"{name}.py": text for name, text in modules.items()}}
    )
    file = program.by_module["__main__"]
    statement = file.tree.body[-1]
    assert isinstance(statement, ast.Expr)
    return Inference(program), file, statement.value


def kind_of(code: str, **modules: str) -> Kind:
    """What the last expression of a program is."""
    inference, _, node = last_expression(code, **modules)
    [kind] = inference.kinds(node)
    return kind


OUTPUTS = {
    "an attribute of a resource": "vpc.id",
    "every resource's URN": "vpc.urn",
    "an attribute of an output": "vpc.id.anything",
    "an element of an output": "vpc.cidr_block[0]",
    "the result of apply": "vpc.id.apply(lambda id: id)",
    "apply with a function": "def use(id):\n    return id + '!'\nvpc.id.apply(use)",
    "all": "Output.all(vpc.id, 1)",
    "concat": "pulumi.Output.concat('a', vpc.id)",
    "a secret setting": "config.require_secret('password')",
    "another stack's output": "pulumi.StackReference('a/b/c').get_output('vpc')",
    "a look-up that waits": "aws.ec2.get_ami_output(owners=['amazon'])",
    "a field of such a look-up": "aws.ec2.get_ami_output(owners=['amazon']).id",
    "a name": "x = vpc.id\nx",
    "both branches": "if config.get('a'):\n    x = vpc.id\nelse:\n    x = bucket.arn\nx",
    "a conditional expression": "vpc.id if config.get('a') else bucket.id",
    "unpacked": "a, b = vpc.id, 1\na",
    "an item of a dictionary": "d = {'a': vpc.id}\nd['a']",
    "an item stored later": "d = {}\nd['a'] = vpc.id\nd['a']",
    "an element of a list": "l = [vpc.id]\nl[0]",
    "appended in a loop": "l = []\nfor i in range(3):\n    l.append(vpc.id)\nl[0]",
    "a comprehension": "l = [v.id for v in [vpc]]\nl[0]",
    "a function's result": "def make():\n    return vpc.id\nmake()",
    "a parameter": "def same(x):\n    return x\nsame(vpc.id)",
    "a keyword": "def same(*, x):\n    return x\nsame(x=vpc.id)",
    "a default": "def same(x=vpc.id):\n    return x\nsame()",
    "a resource made by a function": "def make(name):\n    return aws.ec2.Vpc(name)\nmake('a').id",
    "an attribute of an object": (
        "class Network:\n    def __init__(self):\n        self.vpc = aws.ec2.Vpc('a')\nNetwork().vpc.id"
    ),
    "an inherited attribute": (
        "class A:\n    def __init__(self):\n        self.x = vpc.id\nclass B(A):\n    pass\nB().x"
    ),
    "a property": "class N:\n    @property\n    def id(self):\n        return vpc.id\nN().id",
    "a method": "class N:\n    def id(self):\n        return vpc.id\nN().id()",
    "a field of a dataclass": (
        "@dataclasses.dataclass\nclass N:\n    id: object\nN(id=vpc.id).id"
    ),
    "an annotated field": (
        "@dataclasses.dataclass\nclass N:\n    id: pulumi.Output[str]\n"
        "def f(n: N):\n    return n\nf(eval('x')).id"
    ),
    "a closure": "def f():\n    x = vpc.id\n    def inner():\n        return x\n    return inner()\nf()",
    "a walrus": "(y := vpc.id)\ny",
    "through try": "try:\n    x = vpc.id\nexcept ValueError:\n    x = bucket.id\nx",
    "a component's URN": "class C(pulumi.ComponentResource):\n    pass\nC('a').urn",
    "an existing resource": "aws.ec2.Vpc.get('a', 'vpc-1').id",
}  # fmt: skip


@pytest.mark.parametrize("code", OUTPUTS.values(), ids=list(OUTPUTS))
def test_an_output_is_known_as_one(code: str) -> None:
    assert isinstance(kind_of(code), OutputKind)


NOT_CERTAIN = {
    "only one branch": "x = 'a'\nif config.get('a'):\n    x = vpc.id\nx",
    "asked for": "def f(x):\n    if isinstance(x, Output):\n        return 1\n    return x\nf(vpc.id)",
    "a loop may have changed it": "x = 1\nfor i in range(2):\n    x = vpc.id\nx",
    "a secret that may be missing": "config.get_secret('a')",
    "a value in a callback": "x = []\nvpc.id.apply(lambda id: x.append(id))\nx",
    "a look-up": "aws.ec2.get_ami(owners=['amazon']).id",
    "a text made of it": "f'{vpc.id}'",
    "json_loads is not json": "json.loads('{}')",
    "an unknown function's result": "import other\nother.make(vpc.id)",
    "an overwritten name": "x = vpc.id\nx = 'a'\nx",
    "deleted": "x = vpc.id\ndel x\nx",
    "a parameter of either": "def f(x: pulumi.Input[str]):\n    return x\nf(eval('a'))",
    "a generator": "def f():\n    yield vpc.id\nf()",
    "an async function": "async def f():\n    return vpc.id\nf()",
    "a decorated function": "@open('x')\ndef f():\n    return vpc.id\nf()",
    "an attribute set twice": (
        "class N:\n    def __init__(self):\n        self.x = None\n"
        "    def fill(self):\n        self.x = vpc.id\nn = N()\nn.fill()\nn.x"
    ),
    "recursion": "def f(x):\n    return f(x)\nf(vpc.id)",
}  # fmt: skip


@pytest.mark.parametrize("code", NOT_CERTAIN.values(), ids=list(NOT_CERTAIN))
def test_what_is_not_certain_is_not_called_an_output(code: str) -> None:
    inference, _, node = last_expression(code)
    assert not any(isinstance(kind, OutputKind) for kind in inference.kinds(node))


def test_a_callback_is_given_the_values() -> None:
    code = "Output.all(vpc.id, [bucket.arn], 3).apply(lambda values: values)"
    inference, file, _ = last_expression(code)
    [function] = [node for node in ast.walk(file.tree) if isinstance(node, ast.Lambda)]
    [kind] = inference.kinds(function.body)
    text = PlainKind("str")
    assert kind == ListKind((text, ListKind((text,)), PlainKind("int", 3)))
    assert inference.callback_calls(function)


def test_values_pass_between_modules() -> None:
    module = "import pulumi_aws as aws\n\n\ndef make():\n    return aws.ec2.Vpc('a')\n\n\nvpc = make()\n"
    assert isinstance(kind_of("import network\nnetwork.vpc.id", network=module), OutputKind)
    assert isinstance(kind_of("from network import make as m\nm().id", network=module), OutputKind)
    assert isinstance(kind_of("from network import *\nmake().id", network=module), OutputKind)


def test_modules_that_import_each_other_end() -> None:
    first, second = "import second\nx = 1\n", "import first\nfrom first import x\n"
    assert kind_of("import first\nfirst.x", first=first, second=second) == PlainKind("int", 1)


def test_names_are_known_by_where_they_come_from() -> None:
    for code, name in {
        "from json import dumps as d\nd": "json.dumps",
        "import json as j\nj.dumps": "json.dumps",
        "from pulumi.output import Output as O\nO.all": "pulumi.Output.all",
        "aws.ec2.Vpc": "pulumi_aws.ec2.Vpc",
        "from pulumi_aws import ec2\nec2.Vpc": "pulumi_aws.ec2.Vpc",
        "len": "builtins.len",
    }.items():
        inference, file, node = last_expression(code)
        assert inference.qualified(file, node) == name
    inference, file, node = last_expression("def json(): pass\njson.dumps")
    assert inference.qualified(file, node) is None


def test_what_nothing_calls_is_followed_but_not_reached() -> None:
    code = "def unused(x: Output[str]):\n    return x.y\ndef used():\n    return vpc.id\nused()"
    inference, file, _ = last_expression(code)
    attributes = {node.attr: node for node in ast.walk(file.tree) if isinstance(node, ast.Attribute)}
    assert [type(kind) for kind in inference.kinds(attributes["y"])] == [OutputKind]
    assert not inference.is_reached(attributes["y"])
    assert inference.is_reached(attributes["id"])


@pytest.mark.parametrize(
    "code",
    [
        "x" + ".y" * 900,
        "(" * 80 + "1" + ")" * 80,
        "[" * 80 + "]" * 80,
        "1" + "+1" * 900,
        "f(" * 80 + ")" * 80,
    ],
    ids=["attributes", "brackets", "lists", "sums", "calls"],
)
def test_deep_expressions_end(code: str) -> None:
    inference, _, node = last_expression(code)
    assert inference.kinds(node) is not None


def test_many_files_are_followed_as_far_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "STEPS", 0)
    assert isinstance(kind_of("import network\nnetwork.vpc.id", network=HEAD), OutputKind)
    monkeypatch.setattr(expressions, "STEPS_OF_A_FILE", 0)
    inference, _, node = last_expression("import network\nnetwork.vpc.id", network=HEAD)
    assert not inference.kinds(node)


KINDS = st.recursive(
    st.sampled_from([ANY, NOTHING, PLAIN, PlainKind("str", "a"), PlainKind("int", 1)]),
    lambda inner: (
        inner.map(OutputKind)
        | st.lists(inner, max_size=3).map(lambda items: ListKind(tuple(items)))
        | inner.map(lambda each: ListKind(None, each))
        | st.dictionaries(st.sampled_from("ab"), inner).map(
            lambda items: DictKind(tuple(sorted(items.items(), key=str)))
        )
        | inner.map(lambda rest: DictKind((), rest))
    ),
    max_leaves=6,
)


@given(first=KINDS, second=KINDS)
def test_joining_forgets_and_never_invents(first: Kind, second: Kind) -> None:
    both = joined(first, second)
    assert joined(first, first) == first
    assert isinstance(both, OutputKind) <= all(
        isinstance(kind, OutputKind) or kind == NOTHING for kind in (first, second)
    )
    assert outputs_within(both) <= (outputs_within(first) or outputs_within(second))
    assert joined(first, NOTHING) == first == joined(NOTHING, first)


@given(kind=KINDS)
def test_a_resolved_value_holds_no_output(kind: Kind) -> None:
    assert not outputs_within(resolved(kind))
    assert resolved(resolved(kind)) == resolved(kind)
    assert not isinstance(element_of(resolved(kind)), OutputKind)


def test_nothing_is_known_of_nothing() -> None:
    assert isinstance(element_of(ANY), AnyKind)
    assert element_of(ListKind(())) == NOTHING


@pytest.mark.parametrize(("depth", "known"), [(4, True), (5, False)])
def test_in_loops_deep_inside_of_loops_what_is_assigned_is_not_known(depth: int, known: bool) -> None:
    loops = "".join(f"{' ' * level}for item{level} in [1]:\n" for level in range(depth))
    code = f"value = vpc.id\n{loops}{' ' * depth}print(value); value = vpc.arn\n"
    program = program_of({"__main__.py": HEAD + code})
    printed = program.by_module["__main__"].nodes[ast.Call][-1]
    assert isinstance(printed, ast.Call)
    assert (ANY not in Inference(program).kinds(printed.args[0])) is known


def test_a_function_is_followed_for_as_many_arguments_as_are_reasonable() -> None:
    calls = "".join(f"same({number})\n" for number in range(MOST_CALLS))
    assert kind_of(
        f"def same(value):\n    return value\n{calls[: calls.rindex('same')]}same(vpc.id)"
    ) == kind_of("vpc.id")
    assert kind_of(f"def same(value):\n    return value\n{calls}same(vpc.id)") == ANY


def test_what_is_too_large_or_too_deep_is_not_known() -> None:
    assert manageable(ListKind((PLAIN,) * 4998)) != ANY
    assert manageable(ListKind((PLAIN,) * 5000)) == ANY
    kind: Kind = PLAIN
    for _ in range(29):
        kind = DictKind((("a", kind),))
    assert manageable(kind) == kind
    assert manageable(ListKind(None, ListKind((kind,)))) == ANY
