"""Which changes make a provider replace a resource, as far as its package's documentation says so."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

_SUBJECT = r"(?:this(?: \w+)?|it|the \w+|any (?:value|argument)|an argument in this block)"
_VERB = r"(?:will )?(?:force|create|require|result in|cause|trigger)s?"
_FORCED = (
    rf"(?:chang|modify|updat)(?:e|es|ing) (?:to )?{_SUBJECT} {_VERB}(?: terraform to)?"
    r"(?: creat(?:e|ing|ion)(?: of)?)? ?(?:an? |the )?(?:new|replac\w+|re-?creat\w+)"
)
_FORCES = r"forces? (?:an? |the )?(?:new resource|replacement|re-?creation)(?! of the (?!resource|instance))"
_REPLACING = re.compile(rf"\b(?:{_FORCED}|{_FORCES})\b", re.IGNORECASE)
# "Forces replacement if changed" holds for every change; other conditions are not decided here.
_ALWAYS = re.compile(r"\b(?:if|when) (?:it is )?(?:changed|modified|updated)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:if|when|unless|only|except\w*|lower|higher|existing|not|empty|some|with|from|between|version|(?:en|dis)abling)\b"
    r"|- \(",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<wire>\w+)"\))?\s+def (?P<name>\w+)\(self\)[^\n]*:\n'
    r'\s+"""(?P<text>.*?)"""',
    re.DOTALL,
)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Replacements:
    """Reads the documentation of provider packages below the given directories; nothing is imported."""

    def __init__(self, search_path: Sequence[str]) -> None:
        self._search_path = tuple(search_path)

    def __call__(self, token: str, name: str) -> bool:
        """Whether a change of a property is documented to replace the resource of a type."""
        return name in _documented(self._search_path, token)


@functools.lru_cache(maxsize=1024)
def _documented(search_path: tuple[str, ...], token: str) -> frozenset[str]:
    file = _file(search_path, token)
    if file is None:
        return frozenset()
    text = file.read_text(encoding="utf-8", errors="replace")
    found = _GETTER.finditer(text)
    return frozenset(match["wire"] or match["name"] for match in found if is_replacing(match["text"]))


def is_replacing(documentation: str) -> bool:
    """Whether a property's documentation says that each change of it replaces the resource."""
    for sentence in _SENTENCE.split(documentation):
        flat = " ".join(sentence.split())
        if _REPLACING.search(flat) and not _CONDITION.search(_ALWAYS.sub("", flat)):
            return True
    return False


def _file(search_path: tuple[str, ...], token: str) -> Path | None:
    """The module of a type: `aws:rds/cluster:Cluster` lies in `pulumi_aws/rds/cluster.py`."""
    package, _, rest = token.partition(":")
    module, _, kind = rest.partition(":")
    folder, _, name = module.partition("/")
    file = _WORD.sub("_", name or kind).lower() + ".py"
    folders = ("",) if folder == "index" else (folder, f"{folder}_")
    for directory in search_path:
        root = Path(directory, "pulumi_" + package.replace("-", "_"))
        for each in folders:
            if (root / each / file).is_file():
                return root / each / file
    return None
