"""Whether it is worth to go on: the chance that a validation curve improves once more.

A logistic model of what a curve has done so far, fitted on 1,540 validation curves of AlgoPerf
(mlcommons/submissions_algorithms, Apache-2.0); bench/accuracy/early_stop fits and scores it.
"""

from __future__ import annotations

import math
from typing import List, Optional, Sequence, Tuple

# An improvement that counts, as a share of the best value.
DELTA = 0.003

# Below this chance it is advised to stop.
CHANCE = 0.26

# Of the constant and of each feature, in the order of Curve.features().
WEIGHTS: Tuple[float, ...] = (8.8950, -1.0590, -0.5183, -1.6084, 0.5440, -0.8388, 0.4328, 0.1031, 0.1105)

_FEWEST = 17  # evaluations, before anything is said
_LEAST_GAIN = 0.1  # a curve that has gained less has not begun to learn
_MOST_UNREST = 0.05  # a curve that jumps by more from one evaluation to the next is told nothing by its best


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


class Curve:
    """The values of one metric as they come. `mode` is "min" where lower is better, or "max"."""

    def __init__(self, mode: str = "min") -> None:
        self._sign = -1.0 if mode == "max" else 1.0
        self.values: List[float] = []
        self.bests: List[float] = []  # the best so far, after each value
        self._best_at = 0
        self._longest_wait = 0

    def add(self, value: float) -> None:
        """The value of one more evaluation; one that is not finite counts as no improvement."""
        value = self._sign * float(value)
        index = len(self.values)
        if not self.values:
            self.values.append(value)
            self.bests.append(value)
            return
        if not math.isfinite(value):
            value = self.values[-1]
        self.values.append(value)
        if value < self.bests[-1] or not math.isfinite(self.bests[-1]):
            self._longest_wait = max(self._longest_wait, index - self._best_at)
            self._best_at = index
        self.bests.append(min(self.bests[-1], value))

    def unrest(self) -> float:
        """The median step between the last ten evaluations, as a share of the best."""
        return _median(self._steps(10)) / self._size()

    def gain(self) -> float:
        """How much of the first value, or of the best, has been gained since the start."""
        first, best = self.bests[0], self.bests[-1]
        return abs(first - best) / max(abs(first), abs(best), 1e-300)

    def features(self) -> Optional[List[float]]:
        """What the model looks at; None while the best is younger than two evaluations, or too few came."""
        index = len(self.values) - 1
        waited = index - self._best_at
        if index < 4 or waited < 2:
            return None
        best, size = self.bests[-1], self._size()
        noise = _median(self._steps(20)) + 1e-12
        above = _median(self.values[self._best_at + 1:][-10:]) - best
        return [
            math.log(waited),
            math.log(index),
            waited / index,
            math.log(waited / (self._longest_wait + 1)),
            math.sqrt(min(20.0, max(0.0, above / noise))),
            math.log(1e-4 + min(1.0, max(0.0, above / size))),
            math.log(1e-4 + max(0.0, (self.bests[max(1, index // 2)] - best) / size)),
            math.log(1e-4 + max(0.0, (self.bests[max(1, index * 3 // 4)] - best) / size)),
        ]

    def chance(self, weights: Sequence[float] = WEIGHTS) -> float:
        """The chance that a later evaluation improves on the best by more than DELTA; 1 where nothing
        can be said, because too few came, or the curve has not begun to learn, or jumps about."""
        features = self.features()
        if features is None or len(self.values) < _FEWEST:
            return 1.0
        if self.gain() < _LEAST_GAIN or self.unrest() > _MOST_UNREST:
            return 1.0
        logit = weights[0] + sum(w * f for w, f in zip(weights[1:], features))
        return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))

    def _size(self) -> float:
        return max(abs(self.bests[-1]), 1e-300)

    def _steps(self, last: int) -> List[float]:
        recent = self.values[-last - 1:]
        return [abs(b - a) for a, b in zip(recent, recent[1:])] or [0.0]
