"""Reviews the findings of each plan by what AWS answers now."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from policy_pack.linter.checking import Scope
from policy_pack.linter.running import Outcome
from policy_pack.live.asking import Asker, Aws
from policy_pack.live.needs import needed
from policy_pack.live.questions import State
from policy_pack.live.verdicts import Witness, judged
from policy_pack.model import Plan

_TAKES = "; it takes "


class LiveReview:
    """A review for one run, which asks no question twice. `profile` is the one whose credentials ask."""

    def __init__(self, aws: Aws, profile: str | None, today: datetime.date) -> None:
        self._asker = Asker(aws)
        self._profile = profile
        self._today = today

    def __call__(self, plan: Plan, scope: Scope, outcome: Outcome) -> Outcome:
        """What the rules said of a plan, and AWS after them."""
        needs = needed(plan, scope, self._profile)
        answers = self._asker.answers(use.question for use in needs.uses)
        asked = replace(outcome, not_evaluated=[*outcome.not_evaluated, *needs.missed])
        return judged(asked, needs.uses, answers, Witness(self._asker.account, self._today))

    def summary(self) -> str:
        """How many facts were asked for, and whether AWS told all of them."""
        answers = self._asker.asked.values()
        silent = [each.detail for each in answers if each.state is State.UNANSWERED]
        asked = f"AWS asked for {len(answers)} fact{'s' * (len(answers) != 1)}"
        return f"{asked}, {len(silent)} not told ({'; '.join(_grouped(silent))})" if silent else asked


def _grouped(reasons: Iterable[str]) -> Iterator[str]:
    """Each reason once, with all actions that it takes."""
    actions: dict[str, dict[str, None]] = {}
    for reason in reasons:
        why, _, action = reason.partition(_TAKES)
        actions.setdefault(why, {}).update({action: None} if action else {})
    for why, taken in actions.items():
        yield why + (_TAKES + ", ".join(taken) if taken else "")
