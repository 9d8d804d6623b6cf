"""One JSON object a line for each finding, with the keys that it has in the JSON report."""

from __future__ import annotations

import json

from policy_pack.linter.report import Report
from policy_pack.report.json_format import as_object


def render(report: Report, color: bool) -> str:
    """Every finding, silenced ones among them; `color` makes no difference."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in as_object(report)["findings"])
