"""Rule: placeholder-implementation."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Confidence, Problem, Severity
from policy_pack.rules.program._placeholders import admission, does_nothing, flags
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = "import pulumi\nimport pulumi_aws as aws\n\n"
BRANCH = """\
def make(enable_global_table, regions):
    table = aws.dynamodb.Table("rules", hash_key="id", attributes=[{"name": "id", "type": "S"}])
    if enable_global_table and regions:
        # Placeholder: replicas are added later.
        pulumi.log.info(f"replicas would be created in {regions}")
    return table


make(True, ["eu-central-1"])
"""


class PlaceholderImplementation(SourceRule):
    """A branch for a feature, or a whole function, does nothing but say so.

    ## Why this fails
    It deploys without a complaint, and without the feature: a table without its replicas, a backup that is
    never made. The log message reads as if it had been done.

    ## What to do instead
    Make the resources, or refuse the setting: `raise NotImplementedError("…")` ends the program before
    anything is created.

    ## What it cannot see
    A branch that makes something, but too little; a flag whose name does not say that it is one.
    """

    name = "placeholder-implementation"
    severity = Severity.WARNING
    nodes = (ast.If, ast.FunctionDef)
    flagged = (
        Flagged(HEAD + BRANCH, says="`enable_global_table`"),
        Flagged(f"{HEAD}settings = pulumi.Config()\nif settings.use_waf:\n    pass\n", says="`use_waf`"),
        Flagged(
            f'{HEAD}def add_backups(vault):\n    """Add backups."""\n    # TODO\n    return None\n',
            says="`add_backups`",
        ),
    )
    allowed = (
        Allowed(
            f'{HEAD}def make(enable_logs):\n    if enable_logs:\n        aws.cloudwatch.LogGroup("tasks")\n',
            because="the branch makes something",
        ),
        Allowed(
            f'{HEAD}if pulumi.runtime.is_dry_run():\n    pulumi.log.info("a preview")\n', because="no feature"
        ),
        Allowed(
            f'{HEAD}enable_debug = True\nif enable_debug:\n    print("on")\n', because="it is about telling"
        ),
        Allowed(
            f'{HEAD}def make(enable_waf):\n    if enable_waf:\n        raise NotImplementedError("waf")\n',
            because="the setting is refused",
        ),
        Allowed(
            f'{HEAD}def make(use_nat):\n    if use_nat:\n        pass\n    else:\n        aws.ec2.Vpc("a")\n',
            because="the other branch makes something",
        ),
        Allowed("def add_backups(vault):\n    # TODO\n    return None\n", because="it is no infrastructure"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report a branch on a feature flag, or a function that admits it, without any effect."""
        if not isinstance(node, ast.If | ast.FunctionDef) or not does_nothing(node.body, source):
            return
        if not any(name.startswith("pulumi") for name in source.file.names):
            return
        admitted = admission(node, source)
        if isinstance(node, ast.If):
            feature = next(iter(flags(node.test)), None)
            if does_nothing(node.orelse, source) and (feature or admitted):
                what = (
                    f"the branch on `{feature}`" if feature else f"the branch on `{source.text(node.test)}`"
                )
                yield _problem(node.test, what, admitted, source)
        elif admitted and not node.decorator_list:
            yield _problem(node, f"the function `{node.name}`", admitted, source)


def _problem(node: ast.AST, what: str, admitted: str | None, source: SourceView) -> Problem:
    said = f"it says so itself: `{admitted}`; " if admitted else ""
    return source.problem(
        node,
        f"{what} makes nothing",
        note=f"{said}the deployment succeeds without the feature",
        help="make the resources there, or raise an error for a setting that is not supported",
        confidence=Confidence.LIKELY,
    )
