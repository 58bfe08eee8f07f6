"""Debian's own torchrun with gloo ranks: uneven, with loaders, dying, joining and leaving. The truth is what the kernel tells each rank
of itself and the workers that it waited for. Takes minutes: EPOCHCOST_TEST_TORCHRUN=1, which `.ci/run torchrun` sets."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import unittest
from typing import Any

from metered import PYTHON, Metered

# A rank: EPOCHS epochs, in each of which it and its loader's workers compute for its share. It appends what it used to OUT.
TRAIN = r"""
import os, resource, sys, time
import torch, torch.distributed as dist
from torch.utils.data import DataLoader, Dataset
share, epochs, workers, kind = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(1)
dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
attempt = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
def compute(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: sum(range(1000))
class Samples(Dataset):
    def __len__(self): return 4
    def __getitem__(self, i):
        compute(share * (1 + rank) / 16)
        return i
def used():
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(sum(each.ru_utime + each.ru_stime for each in spent) * 1e9)
def leave(how):
    with open(os.environ["OUT"], "a") as out: out.write(f"{rank} {world} {attempt} {used()}\n")
    how()
monitor = None
if "sdk" in kind:
    from ciuic_sdk import CostMonitor
    monitor = CostMonitor(project_id="gloo")
for epoch in range(epochs):
    if "printed" in kind and rank == 0: print(f"Epoch {epoch + 1}/{epochs}", flush=True)
    if workers:
        for batch in DataLoader(Samples(), num_workers=workers): pass
    compute(share * (1 + rank) * (3 if rank == world - 1 and "straggler" in kind else 1))
    x = torch.ones(1000); dist.all_reduce(x)
    if monitor: monitor.update()
    if "dies" in kind and attempt == 0 and rank == 1 and epoch == 1: leave(lambda: os.kill(os.getpid(), 9))
dist.barrier()
leave(lambda: os._exit(0))
"""

# Two agents of one elastic job on one machine: the second joins when the first has trained for a while alone, and leaves again.
ELASTIC = r"""
torchrun() { /usr/bin/python3 -m torch.distributed.run --nnodes=1:2 --nproc_per_node=1 --max_restarts=4 --rdzv_backend=c10d \
  --rdzv_endpoint=127.0.0.1:$PORT --rdzv_id=elastic --redirects=9:1 --tee=9:1 "$TRAIN" "$@"; }
count() { cat $SEEN 2>/dev/null | grep -c " $1\$"; }
torchrun & first=$!
while [ $(count 1) -lt 3 ]; do sleep 0.2; done
torchrun & second=$!
while [ $(count 2) -lt 6 ]; do sleep 0.2; done
pkill -TERM -P $second
alone=$(count 1)
while [ $(count 1) -lt $((alone + 3)) ] && kill -0 $first; do sleep 0.2; done
touch $DONE
wait $first
"""
ELASTIC_TRAIN = r"""
import os, time
import torch, torch.distributed as dist
torch.set_num_threads(1)
dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
while True:
    end = time.process_time() + 0.2
    while time.process_time() < end: sum(range(1000))
    stop = torch.tensor([1.0 if os.path.exists(os.environ["DONE"]) else 0.0])
    dist.all_reduce(stop, op=dist.ReduceOp.MIN)
    with open(os.environ["SEEN"], "a") as seen: seen.write(f"{rank} {world}\n")
    if stop.item() > 0: os._exit(0)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Torchrun(Metered):
    @classmethod
    def setUpClass(cls) -> None:
        why = "takes minutes: EPOCHCOST_TEST_TORCHRUN=1" if os.environ.get("EPOCHCOST_TEST_TORCHRUN") != "1" else ""
        if not why and subprocess.run([PYTHON, "-c", "import torch.distributed.run"], capture_output=True).returncode != 0:
            why = "needs python3-torch"
        if why:
            print(f"skipped: {why}", flush=True)
            raise unittest.SkipTest(why)

    def setUp(self) -> None:
        super().setUp()
        self.train = os.path.join(self.home, "train.py")
        pathlib.Path(self.train).write_text(TRAIN)
        self.out = os.path.join(self.home, "out")
        self.environment.update(OUT=self.out, OMP_NUM_THREADS="1")
        for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
            self.environment.pop(name, None)

    def launch(self, ranks: int, *words: str, restarts: int = 0) -> dict[str, Any]:
        # torch 1.13 cannot read "no redirection" under Python 3.11; that of a rank which is not there is none.
        done = self.run_metered(PYTHON, "-m", "torch.distributed.run", f"--nproc_per_node={ranks}", f"--master_port={free_port()}",
                                f"--max_restarts={restarts}", "--redirects=9:1", "--tee=9:1", self.train, *words,
                                options=("--project", "gloo"), timeout=280)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-4000:])
        return self.show()

    def truth(self) -> dict[int, int]:
        sums: dict[int, int] = {}
        for line in pathlib.Path(self.out).read_text().splitlines():
            rank, _, _, used = map(int, line.split())
            sums[rank] = sums.get(rank, 0) + used
        return sums

    def check(self, cost: dict[str, Any], ranks: int, within: float = 0.01) -> dict[int, int]:
        booked = {int(r["replica"]): int(r["cpu_ns"] or 0) for r in cost["replicas"]}
        self.assertEqual(set(booked), {-1, *range(ranks)})
        self.assertEqual(sum(booked.values()), int(cost["total"]["cpu_ns"]))
        for rank, used in sorted(self.truth().items()):
            print(f"rank {rank}: {booked[rank]:,} of {used:,} ns, {100 * (booked[rank] - used) / used:+.3f} %", flush=True)
            # What a rank uses between its own reading and its end is in no truth of its own: some milliseconds.
            self.assertLess(abs(booked[rank] - used), within * used + 10_000_000)
        return booked

    def test_uneven_ranks_with_loaders_and_a_straggler_with_the_sdk(self) -> None:
        cost = self.launch(3, "0.2", "3", "2", "sdk straggler")
        booked = self.check(cost, 3)
        self.assertLess(booked[0], booked[1])
        self.assertLess(booked[1], booked[2])
        self.assertEqual([e["replicas"] for e in cost["epochs"] if e["is_complete"]], [3, 3, 3])

    def test_eight_ranks_without_the_sdk_by_what_the_first_prints(self) -> None:
        cost = self.launch(8, "0.05", "3", "0", "printed")
        self.check(cost, 8)
        self.assertEqual([e["index"] for e in cost["epochs"] if e["is_complete"]], [0, 1, 2])
        self.assertEqual([e["replicas"] for e in cost["epochs"] if e["is_complete"]], [8, 8, 8])

    def test_a_rank_that_is_killed_and_started_again_with_all_is_the_same_replica(self) -> None:
        for kind in ("plain dies", "sdk dies"):
            with self.subTest(kind):
                pathlib.Path(self.out).unlink(missing_ok=True)
                cost = self.launch(2, "0.3", "3", "0", kind, restarts=1)
                booked = {int(r["replica"]): int(r["cpu_ns"] or 0) for r in cost["replicas"]}
                self.assertEqual(set(booked), {-1, 0, 1})
                # Rank 1 tells of both its lives; rank 0's first was ended by torchrun, and is in the sum.
                self.assertLess(abs(booked[1] - self.truth()[1]), 0.01 * booked[1] + 20_000_000)
                self.assertGreater(booked[0], self.truth()[0] + 300_000_000)

    def test_ranks_that_join_and_leave_are_counted_while_they_are_there(self) -> None:
        pathlib.Path(self.train).write_text(ELASTIC_TRAIN)
        seen, done = os.path.join(self.home, "seen"), os.path.join(self.home, "done")
        self.environment.update(PORT=str(free_port()), SEEN=seen, DONE=done, TRAIN=self.train)
        ran = self.run_metered("bash", "-c", ELASTIC, options=("--project", "elastic"), timeout=280)
        self.assertEqual(ran.returncode, 0, ran.stderr.decode()[-4000:])
        worlds = [line.split()[1] for line in pathlib.Path(seen).read_text().splitlines()]
        self.assertEqual([w for i, w in enumerate(worlds) if i == 0 or worlds[i - 1] != w], ["1", "2", "1"], worlds)
        cost = self.show()
        booked = {int(r["replica"]): int(r["cpu_ns"] or 0) for r in cost["replicas"]}
        print(booked, worlds.count("1"), worlds.count("2"), flush=True)
        self.assertEqual(set(booked), {-1, 0, 1})
        self.assertEqual(sum(booked.values()), int(cost["total"]["cpu_ns"]))
        self.assertGreater(booked[1], 0.2e9 * worlds.count("2") / 2)
        self.assertGreater(booked[0], booked[1])


if __name__ == "__main__":
    unittest.main()
