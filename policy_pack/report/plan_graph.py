"""The plan as a picture: DOT for Graphviz, and Mermaid. An arrow leads to what is depended on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_pack.report.plan_view import PlanView, short_type
from policy_pack.report.style import printable


def dot(views: Sequence[PlanView]) -> str:
    """A directed graph; dotted edges lead from a child to its parent."""
    lines = ["digraph plan {", "  rankdir=LR;", "  node [shape=box];"]
    for number, view in enumerate(views):
        ids = _ids(view, number)
        lines.append(f"  subgraph cluster_{number} {{")
        lines.append(f"    label={_quoted(_title(view))};")
        for name, label in _nodes(view, ids):
            lines.append(f"    {name} [label={_quoted(label)}];")
        lines.append("  }")
        for start, end, label in _edges(view, ids):
            lines.append(f"  {start} -> {end}" + (f" [label={_quoted(label)}];" if label else ";"))
        lines += [f"  {start} -> {end} [style=dotted];" for start, end in _parents(view, ids)]
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(views: Sequence[PlanView]) -> str:
    """A flow chart; dotted arrows lead from a child to its parent."""
    lines = ["flowchart LR"]
    for number, view in enumerate(views):
        ids = _ids(view, number)
        lines.append(f'  subgraph s{number}["{_escaped(_title(view))}"]')
        lines += [f'    {name}["{_escaped(label)}"]' for name, label in _nodes(view, ids)]
        lines.append("  end")
        for start, end, label in _edges(view, ids):
            lines.append(f'  {start} -->|"{_escaped(label)}"| {end}' if label else f"  {start} --> {end}")
        lines += [f"  {start} -.-> {end}" for start, end in _parents(view, ids)]
    return "\n".join(lines) + "\n"


def _ids(view: PlanView, number: int) -> dict[str, str]:
    urns = dict.fromkeys(step.resource.urn for step in view.steps)
    return {urn: f"r{number}_{index}" for index, urn in enumerate(urns)}


def _title(view: PlanView) -> str:
    return view.mask(f"{view.plan.project}/{view.plan.stack}")


def _nodes(view: PlanView, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    shown: set[str] = set()
    for step in view.steps:
        resource = step.resource
        if resource.urn not in shown:
            shown.add(resource.urn)
            said = "" if view.deployed is None else f"\n{step.operation.value}"
            yield ids[resource.urn], view.mask(f"{resource.name}\n{short_type(resource.type)}") + said


def _edges(view: PlanView, ids: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Dependencies, those between the same two resources as one with all properties."""
    found: dict[tuple[str, str], list[str]] = {}
    for urn, other, name in view.dependencies():
        if urn in ids and other in ids:
            found.setdefault((ids[urn], ids[other]), []).extend([name] if name else [])
    for (start, end), names in found.items():
        yield start, end, view.mask(", ".join(dict.fromkeys(names)))


def _parents(view: PlanView, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    for step in view.steps:
        parent = step.resource.parent
        if parent in ids:
            yield ids[step.resource.urn], ids[parent]


def _quoted(text: str) -> str:
    """A text as DOT writes it: a line break stays one."""
    lines = [printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(lines) + '"'


def _escaped(text: str) -> str:
    """A text as Mermaid writes it: what means something in it stands as a numbered character."""
    lines = [
        "".join(each if each.isalnum() or each in " -_.:/," else f"#{ord(each)};" for each in printable(line))
        for line in text.split("\n")
    ]
    return "<br/>".join(lines)
