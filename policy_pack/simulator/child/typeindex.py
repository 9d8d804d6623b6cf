"""What a provider package declares: output properties, result types and import ids, read from its source.

The package is never imported. One shard per module of the package is made when first used and kept in
the cache directory under the package's version; a shard that cannot be read is made again.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from typing import Any

FORMAT = 3
SECTIONS = ("resources", "functions", "types", "enums")
_CLASS = re.compile(r"^class (\w+)\((.*?)\):|^class (\w+):", re.MULTILINE)
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<wire>\w+)"\))?\s+def (?P<name>\w+)\(self\) -> (?P<type>[^\n]+):\n'
)
_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'([^']+)'")
_IMPORT = re.compile(r"\$ pulumi import (\S+) \S+ (.+)")
# "Using `pulumi import`, import Node Groups using the `cluster_name` and `node_group_name` separated by …"
_IMPORTED_BY = re.compile(r"Using `pulumi import`, import .*? (?:using|with|by) (.*?)For example", re.DOTALL)
_NAMED = re.compile(r"`([A-Za-z][\w-]*(?:[/:,|+#][A-Za-z][\w-]*)*)`")
_MEMBER = re.compile(r"^    \w+ = (.+)$", re.MULTILINE)
_INVOKE = re.compile(r"pulumi\.runtime\.invoke\('([^']+)'[^\n]*typ=(\w+)\)")

Properties = dict[str, str]
Shard = dict[str, Any]


class TypeIndex:
    """Answers from the source of the packages that the project has installed."""

    def __init__(self, cache: str | None) -> None:
        self.cache = cache
        self.shards: dict[str, Shard] = {}
        self.modules: dict[tuple[str, str], Shard] = {}
        self.packages: dict[str, str | None] = {}

    def resource(self, token: str) -> dict[str, Any] | None:
        """`outputs` with their types, `id` as the import has it and its `names`, `maps`; None if unknown."""
        found: dict[str, Any] | None = self._shard(token).get("resources", {}).get(token)
        return found

    def result(self, token: str) -> Properties | None:
        """The properties of a function's result."""
        found: Properties | None = self._shard(token).get("functions", {}).get(token)
        return found

    def nested(self, token: str, name: str) -> Properties | None:
        """The properties of an output type such as `ClusterMasterUserSecret` of the token's module."""
        found: Properties | None = self._shard(token).get("types", {}).get(name.rpartition(".")[2])
        return found

    def home(self, token: str, name: str) -> str:
        """The token to ask about an output type: another module's where the name says so, as `_meta.v1.X`."""
        module, _, _ = name.rpartition(".")
        package = token.partition(":")[0]
        return f"{package}:{module.lstrip('_').replace('.', '/')}:" if module.startswith("_") else token

    def member(self, token: str, name: str) -> Any:
        """The first value of an enumeration of the token's module, None if there is none of that name."""
        return self._shard(token).get("enums", {}).get(name)

    def token_of(self, name: str) -> str | None:
        """`pulumi_aws.ec2.Vpc` as the token of that resource type."""
        package, _, rest = name.removeprefix("pulumi_").partition(".")
        module, _, kind = rest.rpartition(".")
        if not name.startswith("pulumi_") or not kind:
            return None
        tokens = self._shard(f"{package}:{module.rstrip('_')}").get("resources", {})
        return next((token for token in tokens if token.endswith(":" + kind)), None)

    def _shard(self, token: str) -> Shard:
        package, _, rest = token.partition(":")
        module = rest.partition(":")[0]
        if (package, module) not in self.modules:
            root = self._package_root(package)
            path = _module_path(root, module) if root else module
            key = package + ":" + path
            if key not in self.shards:
                self.shards[key] = self._load(package, path)
            self.modules[package, module] = self.shards[key]
        return self.modules[package, module]

    def _load(self, package: str, module: str) -> Shard:
        root = self._package_root(package)
        if root is None:
            return {}
        file = self._cache_file(root, package, module)
        if file is not None:
            kept = _read_shard(file)
            if kept is not None:
                return kept
        shard = build_shard(_module_directory(root, module))
        if file is not None:
            _write_shard(file, shard)
        return shard

    def _package_root(self, package: str) -> str | None:
        if package not in self.packages:
            self.packages[package] = _find_package("pulumi_" + package.replace("-", "_"))
        return self.packages[package]

    def _cache_file(self, root: str, package: str, module: str) -> str | None:
        version = _package_version(root)
        if self.cache is None or version is None:
            return None
        return os.path.join(self.cache, f"types-{FORMAT}", f"{package}-{version}", f"{module}.json")


def build_shard(directory: str) -> Shard:
    """Read every Python file of one module of a package. Missing directories give an empty shard."""
    shard: Shard = {section: {} for section in SECTIONS}
    if not os.path.isdir(directory):
        return shard
    for name in sorted(os.listdir(directory)):
        if name.endswith(".py") and name not in ("__init__.py", "_inputs.py", "_utilities.py"):
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                read_source(file.read(), shard)
    return shard


def read_source(text: str, shard: Shard) -> None:
    """Add what one source file declares to a shard."""
    classes = list(_CLASS.finditer(text))
    results: dict[str, Properties] = {}
    arguments: Properties = {}
    for index, match in enumerate(classes):
        end = classes[index + 1].start() if index + 1 < len(classes) else len(text)
        body = text[match.start() : end]
        name, base = match[1] or match[3], match[2] or ""
        if "CustomResource" in base or "ComponentResource" in base:
            _read_resource(body, shard, arguments)
        elif name.endswith("Args") and not base:
            arguments.update(_properties(body))
        elif base.endswith("Enum"):
            _read_enumeration(name, body, shard)
        elif base == "dict":
            shard["types"][name] = _properties(body)
        elif name.endswith("Result"):
            results[name] = _properties(body)
    for invoke in _INVOKE.finditer(text):
        if invoke[2] in results:
            shard["functions"][invoke[1]] = results[invoke[2]]


def _read_resource(body: str, shard: Shard, arguments: Properties) -> None:
    token = _TOKEN.search(body)
    if token is None:
        return
    outputs = {key: kind for key, kind in _properties(body).items() if kind.startswith("Output[")}
    example = _IMPORT.search(body)
    shard["resources"][token[1]] = {
        "outputs": {key: kind[len("Output[") : -1] for key, kind in outputs.items()},
        "id": example[2].strip().strip("\"'") if example else None,
        "names": _id_parts(body) if example else [],
        # Maps that only the cloud fills: nobody can tell their keys.
        "maps": [key for key, kind in outputs.items() if "[Mapping[" in kind and key not in arguments],
    }


def _id_parts(body: str) -> list[str]:
    """The names of an id's parts, as the documentation of the import has them."""
    sentence = _IMPORTED_BY.search(body)
    names = _NAMED.findall(sentence[1]) if sentence else []
    return re.split(r"[/:,|+#]", names[0]) if len(names) == 1 else names


def _read_enumeration(name: str, body: str, shard: Shard) -> None:
    member = _MEMBER.search(body)
    if member is not None:
        try:
            shard["enums"][name] = ast.literal_eval(member[1])
        except ValueError:
            return


def _properties(body: str) -> Properties:
    return {match["wire"] or match["name"]: _plain_type(match["type"]) for match in _GETTER.finditer(body)}


def _plain_type(annotation: str) -> str:
    """`pulumi.Output[Optional['outputs.X']]` as `Output[Optional[X]]`."""
    return re.sub(r"\b_?builtins\.|\bpulumi\.|outputs\.|_enums\.|_\w*outputs\.|['\" ]", "", annotation)


def _find_package(name: str) -> str | None:
    """Where a package lies, without importing it."""
    for entry in sys.path:
        root = os.path.join(entry or ".", name)
        if os.path.isfile(os.path.join(root, "__init__.py")):
            return root
    return None


def _module_path(root: str, module: str) -> str:
    """`ec2/vpc` lies in `ec2`, but `networking.k8s.io/v1` in `networking/v1`."""
    head, _, rest = module.partition("/")
    below = os.path.join(head.partition(".")[0], rest)
    return below if rest and os.path.isdir(os.path.join(root, below)) else head


def _module_directory(root: str, module: str) -> str:
    if module == "index":
        return root
    plain = os.path.join(root, module)
    return plain if os.path.isdir(plain) else plain + "_"


def _package_version(root: str) -> str | None:
    try:
        with open(os.path.join(root, "pulumi-plugin.json"), encoding="utf-8") as file:
            version = json.load(file).get("version")
    except (OSError, ValueError, AttributeError):
        return None
    return version if isinstance(version, str) and re.fullmatch(r"[\w.+-]+", version) else None


def _read_shard(file: str) -> Shard | None:
    try:
        with open(file, encoding="utf-8") as stream:
            shard = json.load(stream)
    except (OSError, ValueError):
        return None
    complete = isinstance(shard, dict) and all(isinstance(shard.get(section), dict) for section in SECTIONS)
    return shard if complete else None


def _write_shard(file: str, shard: Shard) -> None:
    """Write atomically; a cache that cannot be written is no reason to fail."""
    partial = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(partial, "w", encoding="utf-8") as stream:
            json.dump(shard, stream, separators=(",", ":"))
        os.replace(partial, file)
    except OSError:
        return


def type_arguments(kind: str) -> list[str]:
    """The arguments of `Mapping[str,Sequence[int]]`: `["str", "Sequence[int]"]`."""
    inner = kind[kind.index("[") + 1 : -1] if "[" in kind else ""
    depth, start, found = 0, 0, []
    for position, character in enumerate(inner):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            found.append(inner[start:position])
            start = position + 1
    return [*found, inner[start:]] if inner else []
