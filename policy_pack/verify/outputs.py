"""Reads what a deployment left behind: its outputs, flat or as `pulumi stack output --json` prints them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from policy_pack.model import SourceSpan
from policy_pack.verify import names, shapes
from policy_pack.verify.subjects import Deployment, Kind, Mention, Subject

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_REGION_KEYS = frozenset({"awsregion", "region"})
_INDEX = re.compile(r"\[\d+\]")
_LINE = re.compile(r'\s*(?:"(?P<key>[^"\\]+)"\s*:\s*)?(?P<value>"[^"\\]*")\s*,?\s*')


@dataclass(frozen=True)
class Output:
    """One text among the outputs, and the path that it stands under."""

    key: str
    text: str

    @property
    def name(self) -> str:
        """The last name on its path, without indices."""
        return _INDEX.sub("", self.key).rpartition(".")[2]


def deployment(outputs: Mapping[str, Any], source: str = "", text: str = "") -> Deployment:
    """The resources that outputs name. `source` is the file that they stand in, and `text` what it holds."""
    flat = list(_texts(outputs, ""))
    places = [shapes.arn_place(output.text) for output in flat]
    spans = _spans(source, text)
    mentions = [_mention(output, spans) for output in flat]
    named = [mention for mention in mentions if mention is not None]
    unknown = [
        output.key
        for output, mention in zip(flat, mentions, strict=True)
        if mention is None and shapes.is_arn(output.text)
    ]
    return Deployment(
        tuple(_with_parents(_with_gateways(named))),
        _region(flat) or _only(region for region, _ in places),
        _most(account for _, account in places),
        tuple(unknown),
    )


def _texts(value: Any, path: str) -> Iterator[Output]:
    """Every text, those of lists inside texts too: CloudFormation and flat files have no others."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        inner = _document(value)
        if inner is None:
            yield Output(path, value.strip())
        else:
            yield from _texts(inner, path)


def _document(text: str) -> list[Any] | dict[str, Any] | None:
    """The list or mapping that a text holds, as JSON or as resources between commas."""
    if text.lstrip()[:1] in ("[", "{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, list | dict) else None
    parts = [part.strip() for part in text.split(",")]
    return list(parts) if len(parts) > 1 and all(map(shapes.recognised, parts)) else None


def _mention(output: Output, spans: Mapping[tuple[str, str], SourceSpan]) -> Mention | None:
    found = _named(output)
    if found is None:
        return None
    span = spans.get((output.name, output.text)) or spans.get(("", output.text))
    return Mention(found[0], output.key, found[1], span)


def _named(output: Output) -> tuple[Subject, bool] | None:
    """The resource that an output names, and whether that is sure."""
    subject = shapes.recognised(output.text)
    if subject is not None:
        return subject, shapes.is_sure(output.text, subject)
    return None if shapes.is_arn(output.text) else names.named(output.name, output.text)


def _spans(source: str, text: str) -> dict[tuple[str, str], SourceSpan]:
    """The places of texts by key, or by none in a list: of lines that hold nothing else.

    What else a line holds may be a secret, and a finding shows its line.
    """
    spans: dict[tuple[str, str], SourceSpan] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match:
            first, last = match.span("value")
            span = SourceSpan(source, number, first + 1, number, last + 1)
            spans.setdefault((match["key"] or "", match["value"][1:-1]), span)
    return spans


def _with_gateways(mentions: Iterable[Mention]) -> Iterator[Mention]:
    """Outputs rarely name NAT gateways: those of their VPCs are looked for."""
    for mention in mentions:
        yield mention
        if mention.subject.kind is Kind.VPC:
            yield replace(mention, subject=replace(mention.subject, kind=Kind.GATEWAYS))


def _with_parents(mentions: Iterable[Mention]) -> Iterator[Mention]:
    """A service is looked for in its cluster: one that is only named, in that of its ARN, or the only one."""
    found = list(mentions)
    clusters = {each.subject.name for each in found if each.subject.kind is Kind.ECS_CLUSTER}
    for mention in found:
        subject = mention.subject
        if subject.kind is not Kind.ECS_SERVICE or subject.parent:
            yield mention
            continue
        of_same = {each.subject.parent for each in found if each.subject.name == subject.name} - {""}
        parent = _only(of_same or clusters)
        if parent:
            yield replace(mention, subject=replace(subject, parent=parent))


def _region(flat: Iterable[Output]) -> str:
    """The region that an output called `region` gives."""
    regions = (output.text for output in flat if re.sub(r"[^a-z]", "", output.name.lower()) in _REGION_KEYS)
    return _only(region for region in regions if _REGION.fullmatch(region))


def _only(values: Iterable[str]) -> str:
    found = {value for value in values if value}
    return found.pop() if len(found) == 1 else ""


def _most(values: Iterable[str]) -> str:
    counts = Counter(value for value in values if value)
    return counts.most_common(1)[0][0] if counts else ""
