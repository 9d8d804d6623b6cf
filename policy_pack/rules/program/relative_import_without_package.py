"""Rule: relative-import-without-package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Edit, Fix, Problem, SourceSpan
from policy_pack.rules.program._imports import is_guarded, leaves_packages
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.imports import find_module
from policy_pack.source.program import Import
from policy_pack.source.view import SourceView

LIB = {"lib/__init__.py": "", "lib/networking.py": "def vpc():\n    pass\n"}
BESIDE = {"networking.py": "def vpc():\n    pass\n"}
USED = "import lib.networking\n"


class RelativeImportWithoutPackage(SourceRule):
    """A relative import stands where there is no package for it to start from.

    ## Why this fails
    Pulumi runs `__main__.py` as a script, which is in no package, and what stands beside it is imported by
    its bare name. `from .networking import vpc` raises `ImportError: attempted relative import with no known
    parent package`; so does one with more dots than there are packages around the module.

    ## What to do instead
    Import by the name that the module has from the directory of the program: `from networking import vpc`.

    ## What this does not see
    Imports under a condition, files that are given without their project, and what a changed `sys.path` makes
    of modules other than the one that Pulumi runs.
    """

    name = "relative-import-without-package"
    url = "https://docs.python.org/3/tutorial/modules.html#intra-package-references"
    nodes = (ast.Module,)
    flagged = (
        Flagged(
            BESIDE | {"__main__.py": "from .networking import (\n    vpc,\n)\n"},
            says="`.networking` is relative to no package",
            fixed={"__main__.py": "from networking import (\n    vpc,\n)\n"},
        ),
        Flagged(
            BESIDE | {"__main__.py": "from . import networking as net\n"},
            says="`.networking` is relative to no package",
            fixed={"__main__.py": "import networking as net\n"},
        ),
        Flagged({"__main__.py": "from .gone import x\n"}, says="`.gone`"),
        Flagged(
            {"__main__.py": "import a\n", "a.py": "from .b import c\n", "b.py": "c = 1\n"},
            says="`.b` is relative to no package",
            fixed={"a.py": "from b import c\n"},
        ),
        Flagged(
            LIB | BESIDE | {"__main__.py": USED, "lib/networking.py": "from ..networking import vpc\n"},
            says="`..networking` has more dots than there are packages",
        ),
    )
    allowed = (
        Allowed(BESIDE | {"__main__.py": "from networking import vpc\n"}, because="it is absolute"),
        Allowed(
            LIB | {"__main__.py": USED, "lib/__init__.py": "from .networking import vpc\n"},
            because="the file is a package",
        ),
        Allowed(
            {"__main__.py": "import a.b.c\n", "a/b/c.py": "from ..d import x\n", "a/d.py": "x = 1\n"},
            because="packages need no `__init__.py`",
        ),
        Allowed(
            BESIDE
            | {"__main__.py": "try:\n    from .networking import vpc\nexcept ImportError:\n    pass\n"},
            because="it is guarded",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Look at every relative import of a file, each statement once."""
        seen: set[ast.AST] = set()
        for item in source.program.imports.get(source.file.path, ()):
            if (
                item.node not in seen
                and leaves_packages(item, source.file, source.program)
                and not is_guarded(item.node, source.file)
            ):
                seen.add(item.node)
                yield _problem(item, source)


def _problem(item: Import, source: SourceView) -> Problem:
    name = "." * item.level + (item.module or item.name or "")
    wanted = name.lstrip(".")
    known = item.level == 1 and find_module(wanted, source.program.roots, source.program.sources)[1]
    what = "is relative to no package" if item.level == 1 else "has more dots than there are packages around"
    return source.failure(
        item.node,
        f"`{name}` {what}",
        note="Python raises ImportError: Pulumi runs the program as a script, not as a part of a package",
        help=f"import `{wanted}`" if known else "import it by its name from the directory of the program",
        fix=_absolute(item, wanted, source) if known else None,
    )


def _absolute(item: Import, wanted: str, source: SourceView) -> Fix | None:
    """The same import without its dot, where the start of the statement is all that changes."""
    pattern = r"from\s+\.\s*[\w.]+\s+import\b" if item.module else r"from\s+\.\s*import\b(?!\s*\()"
    place, path = source.span(item.node), source.file.path
    found = re.compile(pattern).match(source.file.sources.line(path, place.line), place.column - 1)
    if found is None or not (item.module or len(item.node.names) == 1):
        return None
    text = f"from {wanted} import" if item.module else "import"
    edit = Edit(SourceSpan(path, place.line, place.column, place.line, found.end() + 1), text)
    return Fix(f"import `{wanted}`", (edit,))
