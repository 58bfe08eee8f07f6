"""What a call of the SDK costs the training, beside a bare function call and reading the clock.

    python3 bench/sdk_bench.py [--json]

Medians of nine rounds, CPU time of this process. A folder made for the occasion stands for the run's.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from typing import Callable, Dict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sdk", "python"))

ROUNDS = 9


def microseconds(call: Callable[[], object], times: int) -> float:
    """Per call, the loop's own cost included."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        for _ in range(times):
            call()
        rounds.append((time.process_time_ns() - began) / times / 1000)
    return statistics.median(rounds)


def nothing() -> None:
    pass


def measure(folder: str) -> Dict[str, float]:
    os.makedirs(os.path.join(folder, "marks"))
    os.environ.update(EPOCHCOST_RUN_ID="000000000001", EPOCHCOST_RUN_DIR=folder, EPOCHCOST_STRICT="1")
    from ciuic_sdk import CostMonitor

    monitor = CostMonitor(project_id="bench", budget=5000)

    def update_apart() -> None:
        # As it is where an epoch takes longer than two milliseconds: the meter is woken, totals are read.
        monitor._session._woken_ns = 0  # type: ignore[union-attr]
        monitor._looked_ns = 0
        monitor.update()

    return {
        "bare function call": microseconds(nothing, 200_000),
        "time.time_ns()": microseconds(time.time_ns, 200_000),
        "step()": microseconds(monitor.step, 200_000),
        "step(samples=32)": microseconds(lambda: monitor.step(samples=32), 200_000),
        "update(), each on its own": microseconds(update_apart, 2_000),
        "update(), in a flood": microseconds(monitor.update, 20_000),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        found = measure(os.path.join(home, "run"))
    if "--json" in sys.argv:
        print(json.dumps({"schema_version": 1, "microseconds": found}))
        return
    for name, value in found.items():
        print(f"{name:28} {value:8.3f} µs")


if __name__ == "__main__":
    main()
