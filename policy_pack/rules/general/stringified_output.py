"""Rule: stringified-output."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Predicted, Problem
from policy_pack.model.values import leaves
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, View

# What the Python and Node SDKs put into a text in place of the value, and the object's own `repr`.
TEXTS = re.compile(
    r"Calling (__str__|\[toString\]|\[toJSON\]) on an \[?Output<?\[?T|<pulumi\.output\.Output object at 0x"
)
PYTHON_TEXT = "Calling __str__ on an Output[T] is not supported."
NODE_TEXT = "Calling [toString] on an [Output<T>] is not supported."
# By what the text says was called: how it came about, and what to write.
REMEDIES = {
    "[toString]": (
        "a template literal and `+` put the SDK's own warning text in the place of an `Output`",
        "write pulumi.interpolate`…${output}…`, or use the value in an `apply`",
    ),
    "[toJSON]": (
        "`JSON.stringify` puts the SDK's own warning text in the place of an `Output`",
        "write `pulumi.jsonStringify(…)`, or `pulumi.all([…]).apply(…)` around `JSON.stringify`",
    ),
}
PYTHON_REMEDY = (
    "`str()` and f-strings on an `Output` give the SDK's own warning text",
    'write `pulumi.Output.format("…{0}…", output)`, or use the value in an `apply`',
)


class StringifiedOutput(ResourceRule):
    """An input holds the text of an `Output` object in place of its value.

    ## Why this fails
    `f"…{bucket.arn}…"`, `str(bucket.arn)` and `"…".format(bucket.arn)` do not wait for the value: they write
    the SDK's own warning text (`Calling __str__ on an Output[T] is not supported…`) into the input, and so do
    a template literal and `JSON.stringify` in TypeScript. Preview and deployment both succeed or fail later,
    with a document, name or address that is no such thing.

    ## What to do instead
    Build the text from the value: `pulumi.Output.format("…{0}…", bucket.arn)`, `pulumi.Output.concat(…)` or
    `bucket.arn.apply(lambda arn: f"…{arn}…")`; in TypeScript with `pulumi.interpolate` and
    `pulumi.jsonStringify`.
    """

    name = "stringified-output"
    resource_types = (ANY_TYPE,)
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    flagged = (
        Flagged({"description": f"for {PYTHON_TEXT} To get"}, says="`description`", at="description"),
        Flagged({"policy": '{"Resource": "' + PYTHON_TEXT + '"}'}, says="`policy`", at="policy"),
        Flagged(
            {"environment": {"variables": {"URL": "<pulumi.output.Output object at 0x7f2a>"}}},
            says="`environment.variables.URL`",
            at="environment.variables.URL",
        ),
        Flagged({"name": f"for-{NODE_TEXT}"}, says="`name`", at="name"),
        Flagged({"policy": Predicted(f'["{PYTHON_TEXT}"]')}, says="`policy`", at="policy"),
    )
    allowed = (
        Allowed({"description": "reads Output[T] values"}, because="it only speaks of outputs"),
        Allowed({"description": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="there is nothing to look at"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look at every text, those inside predicted documents too: no prediction makes this one."""
        for key, value in resource.inputs():
            for path, leaf in leaves(value, key, into_predicted=True):
                found = TEXTS.search(leaf) if isinstance(leaf, str) else None
                if found is not None:
                    note, remedy = REMEDIES.get(found[1], PYTHON_REMEDY)
                    yield Problem(
                        f"`{path}` holds the text of an `Output` object, not its value",
                        note=note,
                        help=remedy,
                        property_path=path,
                    )
