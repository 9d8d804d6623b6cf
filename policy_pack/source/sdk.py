"""What the project's interpreter has installed: packages, and the classes of providers' packages.

Everything is read from the packages' own source with regular expressions: importing five classes of a
provider takes a second, reading them a few milliseconds.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from policy_pack.source.kinds import ANY, PLAIN, DictKind, Kind, ListKind, ObjectKind, OutputKind, PlainKind

_GETTER = re.compile(
    r"@(?:pulumi|_pulumi)\.getter(?:\(name=\"\w+\"\))?\s+def (?P<name>\w+)\(self\) -> (?P<type>[^\n]+):\n"
)
# Begun with a text, it is looked for ten times as fast as with `^`.
_TOP_LEVEL = re.compile(r"\n(?=[^\s#)])")
_REQUIRED = re.compile(r"Missing required property '(\w+)'")
_BUILTIN = re.compile(r"\b_?builtins\.|['\" ]")
_PLAIN = frozenset({"str", "int", "float", "bool", "None"})
_RESOURCES = ("CustomResource", "ComponentResource", "ProviderResource")
_OWN_PARAMETERS = frozenset({"resource_name", "opts", "__props__"})


class Signature(Struct, frozen=True):
    """What a class or function takes by name: every parameter with its type as written, and what it needs."""

    parameters: Mapping[str, str]
    required: frozenset[str] = frozenset()


class ProviderClass(Struct, frozen=True):
    """A class of a provider's package. `attributes` are its properties with their types as written.

    `takes` is what its constructor accepts by name, None when that cannot be read. A resource's own
    parameters (`resource_name`, `opts`) are left out.
    """

    name: str
    is_resource: bool
    attributes: Mapping[str, str] = field(default_factory=dict)
    takes: Signature | None = None


class ProviderFunction(Struct, frozen=True):
    """A function of a provider's package, with the type it returns as written."""

    name: str
    takes: Signature
    returns: str


class Sdk:
    """Answers from the directories that the project's interpreter imports from; imports nothing itself."""

    def __init__(self, search_path: Sequence[str]) -> None:
        self.search_path = tuple(search_path)
        self._texts: dict[Path, str] = {}
        self._members: dict[str, ProviderClass | ProviderFunction | None] = {}

    @functools.cache  # noqa: B019 - one instance a run
    def directory(self, module: str) -> Path | None:
        """The directory of a package such as `pulumi_aws.ec2`, None when it is not installed."""
        parts = module.split(".")
        for entry in self.search_path:
            found = Path(entry or ".", *parts)
            if (found / "__init__.py").is_file():
                return found
        return None

    def is_provider(self, module: str) -> bool:
        """Whether a dotted name lies in a provider's package that is installed."""
        package = module.partition(".")[0]
        return package.startswith("pulumi_") and self.directory(package) is not None

    def is_module(self, name: str) -> bool:
        """Whether a dotted name of a provider's package is a package in it."""
        return self.is_provider(name) and self.directory(name) is not None

    def member(self, name: str) -> ProviderClass | ProviderFunction | None:
        """The class or function of a dotted name such as `pulumi_aws.ec2.Vpc`, None when there is none."""
        if name not in self._members:
            self._members[name] = self._read(name) if self.is_provider(name) else None
        return self._members[name]

    def attribute(self, class_name: str, attribute: str) -> Kind | None:
        """What an attribute of an instance of a provider's class is, None when it has none of that name."""
        member = self.member(class_name)
        if not isinstance(member, ProviderClass):
            return None
        if member.is_resource and attribute in ("id", "urn"):
            return OutputKind(PlainKind("str"))
        written = member.attributes.get(attribute)
        return None if written is None else self.kind(written, class_name)

    def result(self, name: str) -> Kind:
        """What a provider's function returns."""
        member = self.member(name)
        if not isinstance(member, ProviderFunction):
            return ANY
        return self.kind(member.returns.replace("Awaitable", ""), name)

    def kind(self, written: str, owner: str) -> Kind:
        """A type as the package writes it, such as `pulumi.Output[Sequence['outputs.Rule']]`, as a kind."""
        return _kind(_BUILTIN.sub("", written).removeprefix("pulumi."), owner.rpartition(".")[0])

    def _read(self, name: str) -> ProviderClass | ProviderFunction | None:
        module, _, member = name.rpartition(".")
        is_outputs = module.endswith(".outputs")
        directory = self.directory(module.removesuffix(".outputs"))
        if directory is None:
            return None
        files = [directory / "outputs.py"] if is_outputs else _candidates(directory, member)
        for file in files:
            text = self._text(file)
            if member in text:
                found = _class(text, name, member) or _function(text, name, member)
                if found is not None:
                    return found
        return None

    def _text(self, file: Path) -> str:
        if file not in self._texts:
            try:
                # What is asked for is ASCII; beside it, UTF-8 takes ten times as long to decode.
                self._texts[file] = file.read_bytes().decode("latin-1").replace("\r\n", "\n")
            except OSError:
                self._texts[file] = ""
        return self._texts[file]


def _candidates(directory: Path, member: str) -> Iterator[Path]:
    """Where a member may stand: the file of its name first, then those that every package has."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", member).lower()
    for ending in ("", "_args", "_output", "_result"):
        stem = snake.removesuffix(ending)
        yield directory / f"{stem}.py"
        yield directory / f"{stem}_.py"
    yield directory / "_inputs.py"
    squeezed = snake.replace("_", "").removesuffix("args")
    for file in sorted(directory.glob("*.py")):
        if file.stem.replace("_", "") == squeezed:
            yield file


def _class(text: str, name: str, member: str) -> ProviderClass | None:
    head, body = _definition(text, f"class {member}")
    if not head:
        return None
    attributes = {getter["name"]: getter["type"] for getter in _GETTER.finditer(body)}
    is_resource = any(base in head for base in _RESOURCES)
    return ProviderClass(name, is_resource, attributes, _takes(body, is_resource))


def _definition(text: str, start: str) -> tuple[str, str]:
    """The first line of a definition at the top level, and the lines below it; both empty without one."""
    for ending in "(:":
        begin = text.find(f"\n{start}{ending}") + 1
        if begin:
            body = text.find("\n", begin) + 1
            end = _TOP_LEVEL.search(text, body - 1)
            return text[begin:body], text[body : end.end() if end else len(text)]
    return "", ""


def _takes(body: str, is_resource: bool) -> Signature | None:
    """A constructor's parameters; of a resource, of the method that all its constructors end in."""
    _, found, rest = body.partition("    def _internal_init(" if is_resource else "    def __init__(")
    if not found:
        return None
    parameters = _parameters(rest.partition("):\n")[0])
    if is_resource:
        names = {key: kind for key, (kind, _) in parameters.items() if key not in _OWN_PARAMETERS}
        return Signature(names, frozenset(_REQUIRED.findall(rest)) & names.keys())
    return _signature(parameters)


def _parameters(text: str) -> dict[str, tuple[str, bool]]:
    """Each parameter's type, and whether it has a default."""
    found = {}
    for line in text.split("\n"):
        name, colon, rest = line.partition(":")
        if colon and name.strip().isidentifier():
            written, equals, _ = rest.partition("=")
            found[name.strip()] = (written.strip().removesuffix(","), bool(equals))
    return found


def _signature(parameters: Mapping[str, tuple[str, bool]]) -> Signature:
    names = {key: kind for key, (kind, _) in parameters.items()}
    return Signature(names, frozenset(key for key, (_, default) in parameters.items() if not default))


def _function(text: str, name: str, member: str) -> ProviderFunction | None:
    head, body = _definition(text, f"def {member}")
    parameters, found, rest = (head + body).partition(f"def {member}(")[2].partition(") -> ")
    if not found:
        return None
    return ProviderFunction(name, _signature(_parameters(parameters)), rest.partition(":\n")[0])


def _kind(written: str, module: str) -> Kind:
    head, bracket, rest = written.partition("[")
    inner = rest.removesuffix("]") if bracket else ""
    head = head.removeprefix("pulumi.")
    if head == "Output":
        return OutputKind(_kind(inner, module))
    if head == "Optional":
        return _kind(inner, module)
    if head in ("Sequence", "List", "list"):
        return ListKind(None, _kind(inner, module))
    if head in ("Mapping", "Dict", "dict"):
        return DictKind((), _kind(inner.partition(",")[2], module))
    if head in _PLAIN:
        return PlainKind(head)
    if head.startswith("outputs."):
        return ObjectKind(f"{module}.{head}")
    if head.endswith("Result"):
        return ObjectKind(f"{module}.{head}")
    return PLAIN if head.startswith("_enums.") else ANY
