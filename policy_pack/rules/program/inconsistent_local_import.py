"""Rule: inconsistent-local-import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Fix, Problem, Severity
from policy_pack.rules.program._imports import changes_path, renamed
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import ProgramRule
from policy_pack.source.imports import find_module, found_elsewhere
from policy_pack.source.program import Import, SourceFile, SourceProgram
from policy_pack.source.view import ProgramView

Site = tuple[SourceFile, Import, str]
LIB = {
    "lib/__init__.py": "",
    "lib/networking.py": "def create_vpc():\n    pass\n",
    "tests/test_a.py": "from lib.networking import create_vpc\n\n\ndef test_it():\n    create_vpc()\n",
}
MAIN = "import sys\n\nsys.path.insert(0, 'lib')\n\nfrom lib import component\n"
BARE, WHOLE = "from networking import create_vpc\n", "from lib.networking import create_vpc\n"


class InconsistentLocalImport(ProgramRule):
    """The project's modules are imported under two names, by luck of `sys.path`.

    ## Why this fails
    `from networking import …` works as long as the package's own directory happens to be on `sys.path`; where
    it is not, in the tests or in another tool, it raises ModuleNotFoundError. Where both names work, Python
    loads the module twice: its resources are declared twice, and its classes are not equal to themselves.

    ## What to do instead
    Import each module by one name, the one from the project's directory: `lib.networking`.

    ## What this does not see
    Relative imports, which are right wherever the package is, and imports by `importlib`.
    """

    name = "inconsistent-local-import"
    severity = Severity.WARNING
    flagged = (
        Flagged(
            LIB | {"__main__.py": MAIN, "lib/component.py": BARE},
            says="`networking` is `lib.networking` elsewhere",
            fixed={"lib/component.py": WHOLE},
        ),
        Flagged(
            LIB | {"__main__.py": MAIN, "lib/component.py": "import networking  # the VPC\n"},
            says="`networking` is `lib.networking` elsewhere",
            fixed={"lib/component.py": "from lib import networking  # the VPC\n"},
        ),
    )
    allowed = (
        Allowed(LIB | {"__main__.py": MAIN, "lib/component.py": WHOLE}, because="there is one name"),
        Allowed(
            LIB | {"__main__.py": MAIN, "lib/component.py": "from .networking import create_vpc\n"},
            because="a relative import is right wherever the package is",
        ),
        Allowed({"__main__.py": "import networking\n", "networking.py": ""}, because="it is no package"),
    )

    def check(self, program: ProgramView, facts: Facts) -> Iterable[Problem]:
        """Compare the names under which the modules of each directory are imported."""
        for styles in _styles(program.program).values():
            if len(styles) > 1:
                # Of two styles that are as common, the one through the package works from everywhere.
                dominant = max(styles, key=lambda prefix: (len(styles[prefix]), len(prefix)))
                for prefix, sites in styles.items():
                    for file, item, name in sites if prefix != dominant else ():
                        wanted = dominant + name.removeprefix(prefix)
                        yield program.view(file).problem(
                            item.node,
                            f"`{name}` is `{wanted}` elsewhere in the project",
                            fix=_fix(item, name, wanted, file, program.program),
                            help=f"import `{wanted}`",
                            note="one of the names works only by luck of `sys.path`",
                        )


def _styles(program: SourceProgram) -> dict[str, dict[str, list[Site]]]:
    """The directories of modules, with what stands before the modules' own names and where."""
    found: dict[str, dict[str, list[Site]]] = defaultdict(lambda: defaultdict(list))
    for file in program.files:
        nodes = set()
        for item in program.imports.get(file.path, ()):
            for name, path in _targets(item, file, program):
                directory, _, own = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")
                if item.node not in nodes and (name == own or name.endswith(f".{own}")):
                    nodes.add(item.node)
                    found[directory][name.removesuffix(own)].append((file, item, name))
    return found


def _targets(item: Import, file: SourceFile, program: SourceProgram) -> Iterator[tuple[str, str]]:
    """The project's module that an absolute import is about, by the name it has there."""
    if item.level:
        return
    if item.submodule:
        yield f"{item.module}.{item.name}", item.submodule
    elif item.file:
        yield item.module, item.file
    elif not item.found and changes_path(program, file) and not program.environment.has(item.module):
        elsewhere = found_elsewhere(item.module, program.roots, program.sources)
        chain = find_module(elsewhere, program.roots, program.sources)[0] if elsewhere else []
        if chain:
            yield item.module, chain[-1][1]


def _fix(item: Import, name: str, wanted: str, file: SourceFile, program: SourceProgram) -> Fix | None:
    if name != item.module:
        return None
    return renamed(item, wanted, file, safe=find_module(wanted, program.roots, program.sources)[1])
