"""Ranks on one machine: told apart, the sum exact, the project's cost counted once. test_torchrun.py has torch's own launcher."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import unittest
from typing import Any

from metered import BINARY, PYTHON, Metered

# A rank: computes for its share in CPU time, a quarter of it in a worker; at its end it says what its control group used.
RANK = r"""
import os, sys, time
seconds, use_sdk = float(sys.argv[1]), sys.argv[2] == "sdk"
monitor = None
if use_sdk:
    from ciuic_sdk import CostMonitor
    monitor = CostMonitor(project_id="ranks")
def compute(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: sum(range(500))
cost = None
for epoch in range(2):
    worker = os.fork()
    if worker == 0:
        compute(seconds / 8)
        os._exit(0)
    compute(seconds * 3 / 8)
    os.waitpid(worker, 0)
    if monitor: cost = monitor.update()
own = [l.split("::")[1].strip() for l in open("/proc/self/cgroup") if l.startswith("0::")][0]
for root in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
    try:
        usage = int(open(f"{root}{own}/cpu.stat").readline().split()[1]) * 1000
        break
    except OSError:
        usage = -1
print("rank", os.environ.get("RANK"), "usage", usage, "cost", cost, flush=True)
os._exit(0)
"""

# Starts ranks as a launcher does, each in a control group of its own below the run's: sh writes itself in and becomes the rank.
LAUNCHER = r"""
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
for root in /sys/fs/cgroup/unified /sys/fs/cgroup; do [ -f $root$own/cgroup.procs ] && break; done
n=$1; shift
for rank in $(seq 0 $((n - 1))); do
  mkdir $root$own/rank$rank 2>/dev/null
  RANK=$rank LOCAL_RANK=$rank WORLD_SIZE=$n sh -c "echo \$\$ > $root$own/rank$rank/cgroup.procs 2>/dev/null; exec /usr/bin/python3 $RANK_PROGRAM \"\$@\"" rank "$(eval echo \$$((rank + 2)))" "$1" &
done
wait
"""


class Ranks(Metered):
    def setUp(self) -> None:
        super().setUp()
        self.program = os.path.join(self.home, "rank.py")
        pathlib.Path(self.program).write_text(RANK)
        self.environment["RANK_PROGRAM"] = self.program
        for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
            self.environment.pop(name, None)

    def launch(self, kind: str, shares: list[float], options: tuple[str, ...] = ()) -> tuple[dict[str, Any], dict[int, int], str]:
        done = self.run_metered("sh", "-c", LAUNCHER, "launcher", str(len(shares)), kind, *map(str, shares), options=options, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        said = done.stdout.decode()
        truth = {int(rank): int(usage) for rank, usage in re.findall(r"rank (\d+) usage (-?\d+)", said)}
        self.assertEqual(len(truth), len(shares), said + done.stderr.decode())
        return self.show(), truth, said

    def by_rank(self, cost: dict[str, Any]) -> dict[int, int]:
        return {int(r["replica"]): int(r["cpu_ns"] or 0) for r in cost["replicas"]}

    def check(self, cost: dict[str, Any], truth: dict[int, int], within: float) -> None:
        booked = self.by_rank(cost)
        self.assertEqual(set(booked) - {-1}, set(truth))
        self.assertEqual(sum(booked.values()), int(cost["total"]["cpu_ns"]))
        for rank, usage in truth.items():
            error = (booked[rank] - usage) / usage
            print(f"rank {rank}: {booked[rank]:,} of {usage:,} ns, {100 * error:+.3f} %", flush=True)
            # A millisecond or two lie between the rank's own reading and its end.
            self.assertLess(abs(booked[rank] - usage), within * usage + 2_000_000)

    def test_four_uneven_ranks_without_the_sdk_are_told_apart(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, for control groups that count the truth")
        cost, truth, _ = self.launch("plain", [0.5, 1.0, 1.5, 2.0])
        self.check(cost, truth, 0.01)

    def test_four_uneven_ranks_with_the_sdk_count_the_project_once(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, for control groups that count the truth")
        cost, truth, said = self.launch("sdk", [0.5, 0.8, 1.1, 1.4], options=("--project", "ranks"))
        self.check(cost, truth, 0.01)
        epochs = [e for e in cost["epochs"] if e["is_complete"]]
        self.assertEqual([e["index"] for e in epochs], [0, 1])
        self.assertEqual([e["replicas"] for e in epochs], [4, 4])
        total = int(cost["total"]["amount_nano"])
        for told in re.findall(r"cost ([0-9.]+)", said):
            self.assertLessEqual(float(told) * 1e9, total + 1)

    def test_ranks_as_an_ordinary_user_are_told_apart_by_their_processes(self) -> None:
        shares = [0.6, 1.2]
        done = self.run_metered("sh", "-c", LAUNCHER, "launcher", "2", "plain", *map(str, shares),
                                options=("--source", "process-clocks,proc-memory,proc-net-dev"), timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        booked = self.by_rank(self.show())
        self.assertLess(booked[0], booked[1])
        self.assertAlmostEqual(booked[1] / booked[0], 2, delta=0.5)

    def test_a_rank_that_dies_and_comes_again_is_one_replica(self) -> None:
        dying = "import os, time\nwhile time.process_time() < 0.6: sum(range(500))\nos.kill(os.getpid(), 9)"
        program = ("RANK=0 WORLD_SIZE=2 /usr/bin/python3 $RANK_PROGRAM 0.4 plain & "
                   f"RANK=1 WORLD_SIZE=2 /usr/bin/python3 -c '{dying}'; "
                   "RANK=1 WORLD_SIZE=2 /usr/bin/python3 $RANK_PROGRAM 0.4 plain; wait")
        done = self.run_metered("sh", "-c", program, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        booked = self.by_rank(cost)
        self.assertEqual(set(booked) - {-1}, {0, 1})
        # Without a control group, what the killed one used after its last reading is no rank's.
        self.assertGreater(booked[1], 980_000_000 if os.geteuid() == 0 else 880_000_000)

    def test_two_ranks_of_one_number_are_added_and_told(self) -> None:
        program = "for i in 1 2; do RANK=1 WORLD_SIZE=2 /usr/bin/python3 $RANK_PROGRAM 0.5 plain & done; wait"
        done = self.run_metered("sh", "-c", program, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        self.assertIn("both say that they are rank 1", self.notices(cost))
        self.assertGreater(self.by_rank(cost)[1], 900_000_000)

    def test_a_rank_that_lies_about_its_world_is_told(self) -> None:
        program = "RANK=9 WORLD_SIZE=2 /usr/bin/python3 $RANK_PROGRAM 0.5 plain; exit 0"
        self.assertEqual(self.run_metered("sh", "-c", program, timeout=240).returncode, 0)
        cost = self.show()
        self.assertIn("rank 9 of 2", self.notices(cost))
        self.assertGreater(self.by_rank(cost)[9], 400_000_000)

    def test_eight_copies_started_by_hand_are_one_run_of_the_project(self) -> None:
        environment = dict(self.environment, EPOCHCOST_BIN=BINARY, WORLD_SIZE="8", MASTER_ADDR="127.0.0.1", MASTER_PORT="29531")
        copies = [subprocess.Popen([PYTHON, self.program, "0.5", "sdk"], env=dict(environment, RANK=str(rank)),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE) for rank in range(8)]
        for copy in copies:
            _, err = copy.communicate(timeout=240)
            self.assertEqual(copy.returncode, 0, err.decode())
        runs = json.loads(self.epochcost("runs", "--json").stdout)["runs"]
        self.assertEqual(len(runs), 1, runs)
        cost = self.until_ended()
        self.assertEqual(set(self.by_rank(cost)) - {-1}, set(range(8)))

    def until_ended(self) -> dict[str, Any]:
        import time
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            cost = self.show()
            if cost["run"]["ended"]:
                return cost
            time.sleep(0.1)
        self.fail("the meter did not end the run")


if __name__ == "__main__":
    unittest.main()
