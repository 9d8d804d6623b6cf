"""Comments in the program that silence what its preview shows.

The engine knows no lines. Where the program was simulated, its record of a resource says which; else the
comment must stand at the one call that makes a resource of that type and name.
"""

from __future__ import annotations

import ast
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy_pack.crossguard.judging import Violation
from policy_pack.linter.placing import Placer
from policy_pack.linter.suppression import Directive
from policy_pack.model import Frame, Plan, Resource, SourceSpan
from policy_pack.source.files import Sources


@dataclass(frozen=True)
class Silencer:
    """The comments of some files. `simulated` waits for the plan of the simulation; None without one."""

    comments: tuple[Directive, ...]
    files: tuple[str, ...]
    sources: Sources
    today: datetime.date
    simulated: Callable[[], Plan | None]

    def silences(self, violation: Violation, resource: Resource | None) -> bool:
        """Whether a comment silences what was found of a resource; waits only where one names the rule."""
        comments = [item for item in self.comments if violation.policy in item.rules]
        if not comments:
            return False
        places = list(self._places(violation, resource))
        return any(item.silences(violation.policy, places, self.today) for item in comments)

    def _places(self, violation: Violation, resource: Resource | None) -> Iterator[SourceSpan]:
        if violation.span is not None:
            yield violation.span
        if resource is None:
            return
        plan = self.simulated()
        if plan is not None and resource.urn in plan.by_urn:
            yield from Placer(plan, self.sources).places(plan.by_urn[resource.urn], violation.path)
            return
        calls = list(self._calls(resource))
        if len(calls) == 1:
            found = Resource(resource.urn, resource.type, resource.name, resource.inputs, frames=(calls[0],))
            about = Plan("", "", "", files=self.files)
            yield from Placer(about, self.sources).places(found, violation.path)

    def _calls(self, resource: Resource) -> Iterator[Frame]:
        """The calls that make a resource of a type under a name that is written there."""
        kind = resource.type.rpartition(":")[2]
        for path in self.files:
            tree = self.sources.tree(path)
            for node in ast.walk(tree) if tree else ():
                if isinstance(node, ast.Call) and _names(node) == (kind, resource.name):
                    yield Frame(path, node.lineno)


def _names(call: ast.Call) -> tuple[str | None, object]:
    """What a call calls, and the text that it gives as the name of what it makes."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    named = [item.value for item in call.keywords if item.arg == "resource_name"]
    first = next(iter([*call.args, *named]), None)
    return called, first.value if isinstance(first, ast.Constant) else None
