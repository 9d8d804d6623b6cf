"""Rule: secret-in-plain-text."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Confidence, Edit, Fix, Problem, Severity, SourceSpan
from policy_pack.rules.program._arguments import sdk_call
from policy_pack.rules.program._secrets import READERS, is_secret_name, literal_secret, plain_reading
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = "import pulumi\nimport pulumi_aws as aws\n\nconfig = pulumi.Config()\n"
CLUSTER = 'aws.rds.Cluster("main", engine="aurora-postgresql", master_password={})\n'


class SecretInPlainText(SourceRule):
    """A secret stands in the program, or is read from the configuration as plain text.

    ## Why this fails
    What stands in a program stands in its repository. A setting read by `get` or `require` is plain text from
    there on: Pulumi stores it unencrypted in the state and prints it in previews.

    ## What to do instead
    `pulumi config set --secret dbPassword` and `config.require_secret("dbPassword")`, which gives an `Output`
    that stays encrypted; or let AWS keep it (`manage_master_user_password=True`).

    ## What it cannot see
    A secret whose name does not say that it is one.
    """

    name = "secret-in-plain-text"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/secrets/"
    nodes = (ast.Call,)
    flagged = (
        Flagged(HEAD + CLUSTER.format('"correct-horse"'), says="`master_password`"),
        Flagged(f'{HEAD}PASSWORD = "correct-horse"\n' + CLUSTER.format("PASSWORD"), says="`master_password`"),
        Flagged(
            f'{HEAD}password = config.require("dbPassword")\n',
            says="`dbPassword`",
            fixed=f'{HEAD}password = config.require_secret("dbPassword")\n',
        ),
    )
    allowed = (
        Allowed(HEAD + CLUSTER.format('config.require_secret("dbPassword")'), because="it stays encrypted"),
        Allowed(
            f"{HEAD}def make(password):\n    " + CLUSTER.format("password"), because="nobody says what it is"
        ),
        Allowed(f'{HEAD}size = config.require("passwordLength")\n', because="a length is no secret"),
        Allowed(f'{HEAD}arn = config.require("secretArn")\n', because="an ARN is no secret"),
        Allowed(HEAD + CLUSTER.format("None"), because="there is none"),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a literal that a resource takes as its secret, and a secret setting read in plain."""
        key = plain_reading(node, source)
        if key is not None:
            yield source.problem(
                node,
                f"the secret setting `{key}` is read as plain text",
                note="Pulumi then stores it unencrypted in the state, and prints it",
                help="read it with `get_secret` or `require_secret`",
                confidence=Confidence.LIKELY,
                fix=_fix(node, source),
            )
        elif sdk_call(node, source) is not None:
            for keyword in node.keywords:
                if keyword.arg and is_secret_name(keyword.arg) and literal_secret(keyword.value, source):
                    yield source.problem(
                        keyword.value,
                        f"the value of `{keyword.arg}` is written in the program",
                        note="whoever reads the repository or the state knows it",
                        help="keep it in the configuration (`pulumi config set --secret`) and read it with "
                        "`require_secret`",
                    )


def _fix(node: ast.Call, source: SourceView) -> Fix | None:
    """Not safe: what was a text becomes an `Output`."""
    if not isinstance(node.func, ast.Attribute):
        return None
    reader, owner = READERS[node.func.attr], source.span(node.func)
    end_line, end = owner.end_line or owner.line, owner.end_column or owner.column
    place = SourceSpan(owner.path, end_line, end - len(node.func.attr), end_line, end)
    return Fix(f"use `{reader}`", (Edit(place, reader),), safe=False)
