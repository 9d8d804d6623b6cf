"""The plan for people: a tree of what would be created, in the manner of `pulumi preview`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policy_pack.model import ABSENT
from policy_pack.model.changes import Operation, PropertyChange, Step
from policy_pack.report.plan_view import PlanView, short_type
from policy_pack.report.style import BOLD, FAINT, cells, painted, printable

GREEN, YELLOW, RED, MAGENTA = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[35m"
SIGNS = {
    Operation.CREATE: ("+ ", GREEN),
    Operation.IMPORT: ("= ", GREEN),
    Operation.UPDATE: ("~ ", YELLOW),
    Operation.REPLACE: ("+-", MAGENTA),
    Operation.DELETE: ("- ", RED),
    Operation.SAME: ("  ", ""),
    Operation.UNCLEAR: ("? ", FAINT),
}
_HEADINGS = ("Type", "Name", "Plan", "Where", "Info")
_MORE = {"option": "`replace_on_changes`", "documented": "documented"}


@dataclass(frozen=True)
class _Row:
    step: Step | None
    cells: tuple[str, ...]


def render(view: PlanView, color: bool, *, inputs: bool = False) -> str:
    """One stack's plan; with `inputs` every resource's own too."""
    region = f", {view.run.region}" if view.run.region else ""
    lines = [painted(printable(f"{view.plan.project}, stack {view.plan.stack}{region}"), BOLD, color), ""]
    lines += _table(list(_rows(view)), color)
    for title, part in (
        ("Inputs", _inputs(view, color) if inputs else ()),
        ("Changes", _changes(view, color)),
        ("Exports", _exports(view, color)),
        ("Resources", _counts(view, color)),
    ):
        found = list(part)
        if found:
            lines += ["", painted(f"{title}:", BOLD, color), *found]
    return "\n".join(lines) + "\n"


def _rows(view: PlanView) -> Iterator[_Row]:
    name = view.mask(f"{view.plan.project}-{view.plan.stack}")
    yield _Row(None, ("pulumi:pulumi:Stack", name, "", "", ""))
    yield from _below(view, view.root, "")


def _below(view: PlanView, urn: str, lead: str) -> Iterator[_Row]:
    shown = [step for step in view.children.get(urn, ()) if _is_shown(view, step)]
    for step in shown:
        last = step is shown[-1]
        kind = f"{lead}{'└─' if last else '├─'} {view.mask(short_type(step.resource.type))}"
        plan = "" if step.operation is Operation.SAME else step.operation.value
        place = view.place(step.resource)
        where = f"{place[0]}:{place[1]}" if place else ""
        yield _Row(step, (kind, view.mask(step.resource.name), plan, where, _info(view, step)))
        yield from _below(view, step.resource.urn, lead + ("   " if last else "│  "))


def _is_shown(view: PlanView, step: Step) -> bool:
    """What stays as it is is shown only above what does not."""
    if step.operation is not Operation.SAME:
        return True
    return any(_is_shown(view, below) for below in view.children.get(step.resource.urn, ()))


def _info(view: PlanView, step: Step) -> str:
    parts = []
    if step.changes:
        parts.append("[diff: " + ",".join(dict.fromkeys(map(_top, step.changes))) + "]")
    if any(change.replaces == "documented" for change in step.changes):
        parts.append("may be replaced")
    if step.resource.in_callback:
        parts.append("made inside an apply")
    if step.resource.options.protect:
        parts.append("protected")
    if step.operation is Operation.DELETE and step.resource.options.retain_on_delete:
        parts.append("retained")
    return view.mask(", ".join(parts))


def _top(change: PropertyChange) -> str:
    name = change.path.partition(".")[0].partition("[")[0]
    is_whole = name == change.path
    sign = _sign(change) if is_whole else "~"
    return f"{sign}{name}"


def _sign(change: PropertyChange) -> str:
    return "+" if change.before is ABSENT else "-" if change.after is ABSENT else "~"


def _table(rows: Sequence[_Row], color: bool) -> list[str]:
    texts = [_HEADINGS, *(tuple(map(printable, row.cells)) for row in rows)]
    widths = [max(cells(row[column]) for row in texts) for column in range(len(_HEADINGS))]
    used = [column for column, width in enumerate(widths) if any(row[column] for row in texts[1:])]
    lines = [painted(f"    {_padded(_HEADINGS, widths, used)}", BOLD, color)]
    for row, text in zip(rows, texts[1:], strict=True):
        sign, style = SIGNS[row.step.operation] if row.step else ("  ", "")
        lines.append(f" {painted(sign, style, color and bool(style))} {_padded(text, widths, used)}")
    return lines


def _padded(row: Sequence[str], widths: Sequence[int], used: Sequence[int]) -> str:
    padded = [row[column] + " " * (widths[column] - cells(row[column])) for column in used]
    return "  ".join(padded).rstrip()


def _inputs(view: PlanView, color: bool) -> Iterator[str]:
    for step in view.steps:
        if step.operation is not Operation.DELETE:
            yield _title(view, step, color)
            for key, value in view.members(step.resource.inputs).items():
                yield printable(f"        {view.mask(key)}: {view.text(value)}")


def _title(view: PlanView, step: Step, color: bool) -> str:
    sign, style = SIGNS[step.operation]
    name = printable(view.mask(f"{short_type(step.resource.type)} {step.resource.name}"))
    return f"  {painted(sign, style, color and bool(style))} {name}"


def _changes(view: PlanView, color: bool) -> Iterator[str]:
    for step in view.steps:
        if step.changes:
            yield _title(view, step, color)
            for change in step.changes:
                why = f"  (replaces: {_MORE[change.replaces]})" if change.replaces else ""
                yield _change(view, change, color, "      ") + why


def _change(view: PlanView, change: PropertyChange, color: bool, lead: str) -> str:
    sign = _sign(change)
    style = {"+": GREEN, "-": RED, "~": YELLOW}[sign]
    sides = [
        view.member_text(change.path, side) for side in (change.before, change.after) if side is not ABSENT
    ]
    return (
        printable(lead)
        + painted(sign, style, color)
        + printable(f" {view.mask(change.path)}: {' => '.join(sides)}")
    )


def _exports(view: PlanView, color: bool) -> Iterator[str]:
    if view.deployed is not None:
        yield from (_change(view, change, color, "  ") for change in view.exports)
        return
    for key, value in view.members(view.plan.exports).items():
        yield printable(f"  {view.mask(key)}: {view.text(value)}")


def _counts(view: PlanView, color: bool) -> Iterator[str]:
    words: Mapping[Operation, str] = {
        Operation.CREATE: "to create",
        Operation.IMPORT: "to import",
        Operation.UPDATE: "to update",
        Operation.REPLACE: "to replace",
        Operation.DELETE: "to delete",
        Operation.UNCLEAR: "not clear: their names are decided by the deployment",
        Operation.SAME: "unchanged",
    }
    for operation, said in words.items():
        if number := view.count(operation):
            sign, style = SIGNS[operation]
            yield f"  {painted(sign, style, color and bool(style))} {number} {said}"
