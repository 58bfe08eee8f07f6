"""When a project's total crosses its alert threshold or its budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Set

from ciuic_sdk._cost import Cost
from ciuic_sdk._text import say


@dataclass(frozen=True)
class Alert:
    """What a callback is given."""

    kind: str  # "threshold" or "budget"
    project: str
    cost: Cost
    budget: Cost

    def __str__(self) -> str:
        percent = f"{100 * self.cost.nano / self.budget.nano:.0f}"
        return say("project {project} has spent {cost}, {percent} % of its budget {budget}",
                   project=self.project, cost=self.cost, percent=percent, budget=self.budget)


class Watch:
    """Says each crossing once. Where the total falls below again (a larger budget), it is armed again."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._passed: Set[str] = set()

    def look(self, cost: Cost, budget_nano: Optional[int], threshold_ppm: int) -> List[Alert]:
        if not budget_nano or budget_nano < 0:
            self._passed.clear()
            return []
        budget = Cost(budget_nano, cost.currency)
        alerts = []
        for kind, is_passed in (
            ("threshold", cost.nano * 1_000_000 >= budget_nano * threshold_ppm),
            ("budget", cost.nano >= budget_nano),
        ):
            if not is_passed:
                self._passed.discard(kind)
            elif kind not in self._passed:
                self._passed.add(kind)
                alerts.append(Alert(kind, self._project, cost, budget))
        return alerts
