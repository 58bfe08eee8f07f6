#!/usr/bin/env python3
"""How much slower a training is because it is metered.

    bench/influence.py [--pairs 30] [--kind compute|loaders|processes ...] [--bin build/bin/epochcost]

Each pair runs the same training with and without `epochcost run`, in an order drawn by lot, and takes the difference of the
times that the training itself says its work took. Printed: the Hodges-Lehmann estimate of the difference in per cent (the median
of the means of any two pairs) and its 95 % interval by Wilcoxon's signed ranks, which one pair that another program disturbed does
not move. Floor: the interval excludes 2 %; goal: its upper end is at most 0.5 %.
Other work on the machine widens the interval; the load is printed beside it. Standard library only.
"""

from __future__ import annotations

import argparse
import math
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"

KINDS = {
    # One process that computes.
    "compute": """
import time
begin = time.perf_counter()
x = 0
for _ in range(4000): x += sum(i * i for i in range(20_000))
print(time.perf_counter() - begin)
""",
    # A process that waits for what eight workers prepare.
    "loaders": """
import multiprocessing as mp, time
def prepare(seed):
    return bytes((seed + i) & 255 for i in range(20_000))
with mp.Pool(8) as pool:
    pool.map(prepare, range(8))
    begin = time.perf_counter()
    total = 0
    for batch in pool.imap(prepare, range(5400)): total += len(batch)
    print(time.perf_counter() - begin)
""",
    # Sixty-four processes that each compute a little and wait for each other.
    "processes": """
import multiprocessing as mp, time
def work(barrier, out):
    barrier.wait()
    begin = time.perf_counter()
    for _ in range(160):
        sum(range(40_000))
        barrier.wait()
    out.put(time.perf_counter() - begin)
barrier, out = mp.Barrier(64), mp.Queue()
workers = [mp.Process(target=work, args=(barrier, out)) for _ in range(64)]
for each in workers: each.start()
print(max(out.get() for _ in workers))
for each in workers: each.join()
""",
}


def seconds(command: list[str], environment: dict[str, str]) -> float:
    return float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def shift(differences: list[float]) -> tuple[float, float, float]:
    """Lower end, estimate, upper end. Hollander and Wolfe, Nonparametric Statistical Methods, 3.2 and 3.3 (large samples)."""
    n = len(differences)
    means = sorted((a + b) / 2 for i, a in enumerate(differences) for b in differences[i:])
    outside = max(0, math.floor(n * (n + 1) / 4 - 1.96 * math.sqrt(n * (n + 1) * (2 * n + 1) / 24)))
    return means[outside], statistics.median(means), means[len(means) - 1 - outside]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--kind", nargs="*", choices=sorted(KINDS), default=list(KINDS))
    parser.add_argument("--bin", default=str(HERE.parent / "build" / "bin" / "epochcost"))
    chosen = parser.parse_args()
    home = tempfile.mkdtemp(prefix="epochcost-influence-")
    environment = dict(os.environ, EPOCHCOST_HOME=home, PYTHONHASHSEED="0")  # the same work in both
    lot = random.Random(2)
    holds = True
    try:
        for kind in chosen.kind:
            plain = [PYTHON, "-c", KINDS[kind]]
            metered = [chosen.bin, "run", "-q", "--", *plain]
            differences, base = [], []
            seconds(plain, environment)  # what is loaded from disk is loaded for both
            for _ in range(chosen.pairs):
                first = lot.random() < 0.5
                times = {command is metered: seconds(command, environment) for command in ((metered, plain) if first else (plain, metered))}
                differences.append(100 * (times[True] - times[False]) / times[False])
                base.append(times[False])
            low, middle, high = shift(differences)
            holds = holds and high < 2
            mark = "✓✓" if high <= 0.5 else "✓ " if high < 2 else "✗ "
            print(f"{mark} {kind:<10} {len(differences)} pairs of {statistics.median(base):.2f} s: {middle:+.2f} %, "
                  f"within [{low:+.2f}, {high:+.2f}] %, floor below +2 %, goal at most +0.5 %; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
