"""What a Node.js provider package declares, read from the type declarations beside its JavaScript.

A token leads to its file, so nothing is kept from run to run. Types are given in the words of the Python
packages (`Optional[Sequence[str]]`), which is what predictions are made of. A package that is not among the
project's modules is looked for among the Python packages.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policy_pack.simulator.child.typeindex import Properties, TypeIndex

SCOPES = ("@pulumi", "@pulumiverse")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_IMPORT = re.compile(r"\$ pulumi import (\S+) \S+ (.+)")
_PACKAGE = re.compile(r'^import \* as (\w+) from "@pulumi/([\w-]+)"', re.MULTILINE)
_CLASS = re.compile(r"^export declare (?:abstract )?class (\w+) extends .*?^}", re.MULTILINE | re.DOTALL)
_OUTPUT = re.compile(r"^    readonly (\w+)(\??): pulumi\.Output<(.*)>;$", re.MULTILINE)
_INTERFACE = r"^( *)(?:export )?interface {} \{{$(.*?)^\1}}"
_PROPERTY = re.compile(r"^ +(?:readonly )?(\w+)(\??): ([^\n]+);$", re.MULTILINE)
_MAP = re.compile(r"\{\s*\[key: string\]: ([^;{}]*);\s*\}")
_ANSWER = r"function {}\(.*?\): Promise<(\w+)>;"
_MEMBER = re.compile(r': ("[^"]*"|-?[\d.]+);')
_SCALARS = {"string": "str", "number": "float", "boolean": "bool", "any": "Any", "unknown": "Any"}


class NodeIndex(TypeIndex):
    """Answers from the declarations of the packages in some `node_modules` folders, nearest first."""

    def __init__(self, cache: str | None, folders: list[str]) -> None:
        super().__init__(cache)
        self.folders = [Path(folder) for folder in folders]
        self.declared = functools.cache(_declared)
        self.namespace = functools.cache(_namespace)

    def resource(self, token: str) -> dict[str, Any] | None:
        """`{"outputs": {camelCase: type}, "id": import example}` of a resource type, None if unknown."""
        if self._folder(token) is None:
            return super().resource(token)
        text = self._declaration(token)
        kind = token.rpartition(":")[2]
        body = next((match[0] for match in _CLASS.finditer(text) if match[1] == kind), None)
        if body is None:
            return None
        packages = dict(_PACKAGE.findall(text))
        outputs = {
            name: _optional(python_type(kind, packages), optional)
            for name, optional, kind in _OUTPUT.findall(_plain(body))
        }
        example = _IMPORT.search(text)
        return {"outputs": outputs, "id": example[2].strip().strip("\"'") if example else None}

    def result(self, token: str) -> Properties | None:
        """The properties of a function's result."""
        if self._folder(token) is None:
            return super().result(token)
        text = self._declaration(token)
        answer = re.search(_ANSWER.format(re.escape(token.rpartition(":")[2])), text)
        return _interface(_plain(text), answer[1]) if answer else None

    def nested(self, token: str, name: str) -> Properties | None:
        """The properties of an output type such as `ClusterMasterUserSecret` of the token's module."""
        folder = self._folder(token)
        if folder is None:
            return super().nested(token, name)
        for file in ("output.d.ts", "input.d.ts"):
            text = self.namespace(folder / "types" / file, _module(token))
            found = _interface(text, name)
            if found is not None:
                return found
        return None

    def member(self, token: str, name: str) -> Any:
        """The first value of an enumeration of the token's module, None if there is none of that name."""
        folder = self._folder(token)
        if folder is None:
            return super().member(token, name)
        for parts in ((_module(token), "index.d.ts"), ("index.d.ts",)):
            text = self.declared(folder.joinpath("types", "enums", *parts))
            start = text.find(f"export declare const {name}: {{")
            member = _MEMBER.search(text, start) if start >= 0 else None
            if member is not None:
                return json.loads(member[1])
        return None

    def token_of(self, name: str) -> str | None:
        """`pulumi_aws.ec2.Vpc` as the token of that resource type."""
        package, _, rest = name.removeprefix("pulumi_").partition(".")
        module, _, kind = rest.rpartition(".")
        folder = self._folder(f"{package}:")
        if folder is None:
            return super().token_of(name)
        file = folder.joinpath(*module.split("."), kind[:1].lower() + kind[1:] + ".js")
        token = re.search(r"__pulumiType = '([^']+)'", self.declared(file))
        if token is None:
            return None
        # A provider's class only holds the name of its package.
        return token[1] if ":" in token[1] else f"pulumi:providers:{token[1]}"

    def _declaration(self, token: str) -> str:
        """The text of the declarations that a token's class or function stands in."""
        folder = self._folder(token)
        return next(filter(None, map(self.declared, _files(folder, token))), "") if folder else ""

    def _folder(self, token: str) -> Path | None:
        package = token.partition(":")[0]
        places = (folder / scope / package for scope in SCOPES for folder in self.folders)
        return next((place for place in places if place.is_dir()), None)


def _files(folder: Path, token: str) -> Iterator[Path]:
    """Where `aws:ec2/vpc:Vpc`, `awsx:ec2:Vpc` or `random:index/randomId:RandomId` may be declared."""
    _, module, kind = [*token.split(":"), "", ""][:3]
    file = kind[:1].lower() + kind[1:] + ".d.ts"
    path = [part for part in module.split("/") if part != "index"]
    # A Java-like module path as Kubernetes has one, `apps/v1`, else a module and a file.
    yield folder.joinpath(*path, file)
    yield folder.joinpath(*path[:-1], file)
    if path:
        yield folder.joinpath(*path[:-1], path[-1] + ".d.ts")


def _module(token: str) -> str:
    """`ec2` of `aws:ec2/vpc:Vpc`, empty where a package has no modules."""
    module = token.split(":")[1].partition("/")[0]
    return "" if module == "index" else module


def _declared(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _namespace(path: Path, module: str) -> str:
    """What the output types' file declares of one module, the whole of a file without modules."""
    text = _declared(path)
    start = text.find(f"export declare namespace {module} {{") if module else 0
    if start < 0:
        return ""
    end = text.find("\nexport declare namespace ", start + 1) if module else -1
    return _plain(text[start:end] if end > 0 else text[start:])


def _plain(text: str) -> str:
    """Declarations without comments, each property in one line."""
    text = _COMMENT.sub("", text)
    while True:
        shorter = _MAP.sub(lambda match: f"Map<{' '.join(match[1].split())}>", text)
        if shorter == text:
            return text
        text = shorter


def _interface(text: str, name: str) -> Properties | None:
    match = re.search(_INTERFACE.format(re.escape(name)), text, re.MULTILINE | re.DOTALL)
    if match is None:
        return None
    packages = dict(_PACKAGE.findall(text))
    return {
        key: _optional(python_type(kind, packages), optional)
        for key, optional, kind in _PROPERTY.findall(match[2])
    }


def _optional(kind: str, mark: str) -> str:
    return f"Optional[{kind}]" if mark and not kind.startswith("Optional[") else kind


def python_type(kind: str, packages: dict[str, str] | None = None) -> str:
    """`outputs.ec2.Rule[] | undefined` as `Optional[Sequence[Rule]]`.

    `packages` are other packages by the names that they are imported under.
    """
    kind = kind.strip()
    members = [part for part in _split(kind, "|") if part]
    known = [part for part in members if part not in ("undefined", "null")]
    if len(members) > len(known):
        return f"Optional[{python_type(' | '.join(known) or 'any', packages)}]"
    if len(known) > 1:
        return python_type(known[0], packages)
    if kind.endswith("[]"):
        return f"Sequence[{python_type(kind[:-2], packages)}]"
    generic = re.fullmatch(r"([\w.]+)<(.*)>", kind, re.DOTALL)
    if generic:
        inner = python_type(generic[2], packages)
        return {"Map": f"Mapping[str,{inner}]", "Array": f"Sequence[{inner}]"}.get(generic[1], inner)
    if kind.startswith("(") and kind.endswith(")"):
        return python_type(kind[1:-1], packages)
    if kind.startswith('"'):
        return "str"
    first, _, rest = kind.partition(".")
    if packages and rest and first != "pulumi" and first in packages:
        return f"pulumi_{packages[first]}.{rest}"
    return _SCALARS.get(kind) or (kind.rpartition(".")[2] if re.fullmatch(r"[\w.]+", kind) else "Any")


def _split(text: str, mark: str) -> list[str]:
    """The parts of a text between marks that stand in no brackets."""
    depth, parts, start = 0, [], 0
    for position, character in enumerate(text):
        depth += (character in "<([{") - (character in ">)]}")
        if character == mark and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]
