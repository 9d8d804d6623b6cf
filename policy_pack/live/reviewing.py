"""Reviews the findings of each plan by what AWS answers now."""

from __future__ import annotations

import datetime
from dataclasses import replace

from policy_pack.linter.checking import Scope
from policy_pack.linter.running import Outcome
from policy_pack.live.asking import Asker, Aws
from policy_pack.live.needs import needed
from policy_pack.live.questions import State
from policy_pack.live.verdicts import Witness, judged
from policy_pack.model import Plan


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
        reasons = dict.fromkeys(each.detail for each in answers if each.state is State.UNANSWERED)
        silent = sum(each.state is State.UNANSWERED for each in answers)
        asked = f"AWS asked for {len(answers)} fact{'s' * (len(answers) != 1)}"
        return f"{asked}, {silent} not told ({'; '.join(reasons)})" if silent else asked
