"""Which functions and modules make resources, themselves or through what they call."""

from __future__ import annotations

import pytest

from policy_pack.linter.source_examples import DIRECTORY, program_of
from policy_pack.source.inference import Inference

NETWORK = """\
import pulumi
import pulumi_aws as aws

def vpc():
    return aws.ec2.Vpc("main")

def network():
    return [subnet for subnet in [vpc()]]

def cidr(number):
    return f"10.0.{number}.0/24"

class Component(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("a:b:C", name)
        self.vpc = vpc()

class Plain:
    def __init__(self):
        network()

def components():
    Component("main")
    Plain()
"""


def makers(**modules: str) -> tuple[set[str], set[str]]:
    """The functions and the files that make resources, by their names."""
    texts = {f"{name}.py": text for name, text in {"network": NETWORK, **modules}.items()}
    found = Inference(program_of(texts)).makers
    names = {getattr(node, "name", "") for node in found.functions}
    return names, {path.removeprefix(f"{DIRECTORY}/") for path in found.files}


def test_a_function_makes_what_the_functions_that_it_calls_make() -> None:
    assert makers() == ({"vpc", "network", "__init__", "components"}, set())


@pytest.mark.parametrize(
    ("text", "makes"),
    [
        ("import network\nnetwork.network()\n", True),
        ("from network import Plain\nPlain()\n", True),
        ("import network\n\nclass Settings:\n    vpc = network.vpc()\n", True),
        ("import network\nnetwork.cidr(1)\n", False),
        ("import network\n\ndef main():\n    network.vpc()\n", False),
        ("import network\n\nif __name__ == '__main__':\n    network.vpc()\n", False),
        ("import pulumi_aws as aws\naws.ec2.Vpc.get('main', 'vpc-1')\n", False),
    ],
)
def test_a_module_makes_what_its_own_statements_make(text: str, makes: bool) -> None:
    assert makers(stack=text)[1] == ({"stack.py"} if makes else set())


def test_tests_make_nothing_of_the_program() -> None:
    assert makers(test_network="import network\nnetwork.vpc()\n")[1] == set()
