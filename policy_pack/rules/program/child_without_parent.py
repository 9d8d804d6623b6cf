"""Rule: child-without-parent."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Confidence, Problem, Severity
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = """\
import pulumi
import pulumi_aws as aws


class Network(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("team:net:Network", name, None, opts)
"""
CHILD = '        self.vpc = aws.ec2.Vpc(f"{name}-vpc"%s)\n        self.register_outputs({})\n'


class ChildWithoutParent(SourceRule):
    """A component makes a resource that is not its child.

    ## Why this fails
    The resource stands beside the component instead of below it: providers, protection and transforms given
    to the component do not reach it, and its name must be unique in the whole stack.

    ## What to do instead
    Give it `opts=pulumi.ResourceOptions(parent=self)`.

    ## What it cannot see
    Options that are made elsewhere and passed on are believed to hold a parent.
    """

    name = "child-without-parent"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/options/parent/"
    nodes = (ast.Call,)
    flagged = (
        Flagged(HEAD + CHILD % "", says="`aws.ec2.Vpc`"),
        Flagged(HEAD + CHILD % ", opts=pulumi.ResourceOptions(protect=True)", says="`aws.ec2.Vpc`"),
    )
    allowed = (
        Allowed(HEAD + CHILD % ", opts=pulumi.ResourceOptions(parent=self)", because="it is a child"),
        Allowed(HEAD + CHILD % ", opts=opts", because="nobody says what the options hold"),
        Allowed('import pulumi_aws as aws\n\nvpc = aws.ec2.Vpc("main")\n', because="no component makes it"),
        Allowed(
            'import pulumi_aws as aws\n\n\nclass Plain:\n    def __init__(self):\n        aws.ec2.Vpc("a")\n',
            because="the class is no component",
        ),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a resource made in a method of a component without a parent."""
        if not source.makes_resource(node) or not _in_component(node, source) or _has_parent(node, source):
            return
        yield source.problem(
            node.func,
            f"`{named(node.func, source)}` is made by a component, but is not its child",
            note="it does not inherit the component's provider, protection and transforms",
            help="give it `opts=pulumi.ResourceOptions(parent=self)`",
            confidence=Confidence.LIKELY,
        )


def _in_component(node: ast.AST, source: SourceView) -> bool:
    around = list(source.around(node))
    return any(isinstance(item, ast.ClassDef) and source.is_component(item) for item in around)


def _has_parent(node: ast.Call, source: SourceView) -> bool:
    """Whether options are given that hold a parent, or may."""
    if any(keyword.arg is None for keyword in node.keywords) or any(
        isinstance(item, ast.Starred) for item in node.args
    ):
        return True
    options = [keyword.value for keyword in node.keywords if keyword.arg in ("opts", "__opts__")]
    options += [
        item for item in node.args[1:] if "ResourceOptions" in source.text(item) or isinstance(item, ast.Name)
    ]
    return any(
        not isinstance(item, ast.Call)
        or source.qualified(item.func) != "pulumi.ResourceOptions"
        or any(keyword.arg in ("parent", None) for keyword in item.keywords)
        for item in options
    )
