"""Rule: import-of-missing-module."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Fix, Problem
from policy_pack.rules.program._imports import PACKAGES, changes_path, is_guarded, leaves_packages, renamed
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.imports import found_elsewhere
from policy_pack.source.program import Import, Role
from policy_pack.source.view import SourceView

LIB = {"lib/__init__.py": "", "lib/networking.py": "def vpc():\n    pass\n"}
WRONG, RIGHT = "from networking import vpc\n", "from lib.networking import vpc\n"


class ImportOfMissingModule(SourceRule):
    """An import names a module that neither the project nor its environment has.

    ## Why this fails
    The import raises ModuleNotFoundError: the program does not start, a test file is not collected.

    ## What to do instead
    Import a module of the project by the name it has from the directory of the program, `lib.networking`
    for `lib/networking.py`. Install what is missing, and name it in the project's requirements.

    ## What this does not see
    Files that change `sys.path`, imports under a condition, and names that a module does not have. Without a
    virtual environment of the project nothing is known of what is installed: then only modules that the
    project has elsewhere are reported. Packages that only tests need may be installed somewhere else.
    """

    name = "import-of-missing-module"
    nodes = (ast.Module,)
    reads = frozenset({Role.PROGRAM, Role.TEST})
    flagged = (
        Flagged("import pulumi_nowhere as nowhere\n", says="`pulumi_nowhere` is not installed"),
        Flagged(LIB | {"__main__.py": WRONG}, says="no module `networking`", fixed={"__main__.py": RIGHT}),
        Flagged(LIB | {"__main__.py": "import lib.netwerking\n"}, says="no module `lib.netwerking`"),
        Flagged(
            {"__main__.py": "import lib.a\n", "lib/__init__.py": "", "lib/a.py": "from .b import c\n"},
            says="there is no module `.b`",
        ),
        Flagged(
            LIB | {"__main__.py": RIGHT, "tests/test_a.py": f"import lib.networking\n{WRONG}"},
            says="there is no module `networking`",
            fixed={"tests/test_a.py": f"import lib.networking\n{RIGHT}"},
        ),
    )  # fmt: skip
    allowed = (
        Allowed(
            "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n", because="it is guarded"
        ),
        Allowed(
            "import json\nimport yaml\nfrom os import path\n", because="Python or the environment has them"
        ),
        Allowed(LIB | {"__main__.py": RIGHT}, because="the project has it"),
        Allowed(
            LIB | {"__main__.py": f"import sys\nsys.path += ['lib']\n{WRONG}"},
            because="the path is changed",
        ),
        Allowed({"__main__.py": "", "test_a.py": "import moto_nowhere\n"}, because="tests may run elsewhere"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Look at every import of a file."""
        seen: set[tuple[ast.AST, str]] = set()
        for item in source.program.imports.get(source.file.path, ()):
            if (
                not item.found
                and (item.node, item.module) not in seen
                and not is_guarded(item.node, source.file)
                and not leaves_packages(item, source.file, source.program)
            ):
                seen.add((item.node, item.module))
                yield from _missing(item, source)


def _missing(item: Import, source: SourceView) -> Iterable[Problem]:
    program, environment = source.program, source.program.environment
    name = "." * item.level + item.module
    if item.level:
        yield _problem(
            item, source, f"there is no module `{name}`", _closest(item.module, source), certain=True
        )
        return
    if environment.has(item.module) or changes_path(program, source.file):
        return
    elsewhere = found_elsewhere(item.module, program.roots, program.sources)
    if elsewhere is not None:
        fix = renamed(item, elsewhere, source.file, safe=True)
        message, help_text = f"there is no module `{name}`", f"the project has it as `{elsewhere}`"
        certain = environment.certain and source.file.role is Role.PROGRAM
        yield _problem(item, source, message, help_text, fix, certain=certain)
    elif item.files:
        yield _problem(item, source, f"there is no module `{name}`", _closest(name, source), certain=True)
    elif environment.certain and source.file.role is Role.PROGRAM:
        first = item.module.partition(".")[0]
        package = PACKAGES.get(first, first.replace("_", "-"))
        help_text = f"install the package (`{package}`?) into the project's virtual environment"
        yield _problem(item, source, f"the module `{first}` is not installed", help_text, certain=True)


def _closest(name: str, source: SourceView) -> str:
    known = [module for module in source.program.by_module if module != "__main__"]
    import difflib

    similar = difflib.get_close_matches(name, known, n=1)
    return f"a similar one is `{similar[0]}`" if similar else "make the module, or remove the import"


def _problem(
    item: Import, source: SourceView, message: str, help_text: str, fix: Fix | None = None, *, certain: bool
) -> Problem:
    note = "the import raises ModuleNotFoundError"
    return source.failure(item.node, message, certain=certain, fix=fix, help=help_text, note=note)
