"""Rule: unknown-argument."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Edit, Fix, Problem, Severity, SourceSpan
from policy_pack.rules.program._arguments import SdkCall, sdk_call
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = "import pulumi_aws as aws\n\n"


class UnknownArgument(SourceRule):
    """A resource, an arguments class or a look-up is given an argument that it does not have.

    ## Why this fails
    Python raises `TypeError: … got an unexpected keyword argument` when the program gets there. The names are
    those of the provider's package that the project has installed: examples of other versions, of Terraform
    and of CloudFormation use others.

    ## What to do instead
    Use the name of the installed version. The closest one is in the help.
    """

    name = "unknown-argument"
    nodes = (ast.Call,)
    flagged = (
        Flagged(
            f'{HEAD}aws.ec2.Vpc("main", cidrBlock="10.0.0.0/16")\n',
            says="`cidrBlock`",
            severity=Severity.ERROR,
            fixed=f'{HEAD}aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")\n',
        ),
        Flagged(
            f'{HEAD}def unused():\n    aws.rds.Cluster("db", engine="aurora-mysql", size=3)\n',
            says="`size`",
            severity=Severity.WARNING,
        ),
        Flagged(
            f'{HEAD}aws.ec2.get_ami(owner=["amazon"])\n',
            says="`owner`",
            fixed=f'{HEAD}aws.ec2.get_ami(owners=["amazon"])\n',
        ),
    )
    allowed = (
        Allowed(f'{HEAD}aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")\n', because="it has that argument"),
        Allowed(f'{HEAD}aws.ec2.Vpc(resource_name="main", opts=None)\n', because="every resource has these"),
        Allowed(f'{HEAD}aws.ec2.NoSuchThing("main", size=3)\n', because="nothing is known of the class"),
        Allowed(
            f'{HEAD}given = {{"size": 3}}\naws.ec2.Vpc("main", **given)\n',
            because="the names are not written",
        ),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report every name that the signature does not have."""
        call = sdk_call(node, source)
        if call is None or source.is_guarded(node):
            return
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg not in call.allowed:
                closest = _closest(keyword.arg, call)
                yield source.failure(
                    keyword,
                    f"`{_short(call)}` has no argument `{keyword.arg}`",
                    note=f"in the installed version of `{call.package}`; Python raises TypeError",
                    help=f"the closest name is `{closest}`" if closest else "leave it out",
                    fix=_renamed(keyword, closest, source) if closest and closest not in call.given else None,
                )


def _short(call: SdkCall) -> str:
    return call.name.partition(".")[2]


def _closest(name: str, call: SdkCall) -> str | None:
    import difflib

    names = list(call.takes.parameters)
    same = [item for item in names if _folded(item) == _folded(name)]
    return next(iter(same or difflib.get_close_matches(name, names, n=1, cutoff=0.6)), None)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _renamed(keyword: ast.keyword, name: str, source: SourceView) -> Fix:
    span, old = source.span(keyword), keyword.arg or ""
    place = SourceSpan(span.path, span.line, span.column, span.line, span.column + len(old))
    return Fix(f"rename it to `{name}`", (Edit(place, name),), safe=_folded(old) == _folded(name))
