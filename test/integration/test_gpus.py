"""A run with GPUs, on a machine without one: a library that plays a recording stands in for the driver's."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from metered import BINARY, PYTHON, ROOT, Metered
from test_survival import meter_of

FAKE = os.path.join(os.environ.get("EPOCHCOST_TEST_BUILD", str(ROOT / "build")), "lib", "fake", "libnvidia-ml.so.1")
GPU = "gpu index {0} memory 80000000000 power_limit_mw 400000 uuid GPU-{0}{0}{0}{0} name A board of ours\n"
NANO = 10**9

# Says which processes the recording is about, then trains for a while.
PROGRAM = """
import os, sys, time
with open(os.environ["EPOCHCOST_FAKE_GPU_PIDS"], "w") as pids:
    print(os.getpid(), file=pids)
time.sleep(float(sys.argv[1]))
"""


# Two ranks. The first sleeps; the second computes, and a worker of its own is on the GPU. Each rank's line of the file of processes
# says who that is.
RANKS = """
import os, sys, time
place = os.environ["EPOCHCOST_FAKE_GPU_PIDS"]
def note(rank, pid):
    with open(f"{place}.{rank}", "w") as file: print(pid, file=file)
if "RANK" in os.environ:
    rank, seconds = int(os.environ["RANK"]), float(sys.argv[1])
    worker = os.fork() if rank == 1 else 0
    if rank == 1 and worker == 0:
        time.sleep(seconds)
        os._exit(0)
    note(rank, worker or os.getpid())
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if rank == 1: sum(range(1000))
        else: time.sleep(0.01)
    sys.exit(0)
ranks = []
for rank in range(2):
    pid = os.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", os.environ["SELF"], *sys.argv[1:]], dict(os.environ, RANK=str(rank), WORLD_SIZE="2"))
    ranks.append(pid)
time.sleep(0.5)  # the ranks are known before they are on a GPU, as with any training
with open(place + ".new", "w") as pids:
    for rank in range(2): pids.write(open(f"{place}.{rank}").read())
os.rename(place + ".new", place)
for pid in ranks: os.waitpid(pid, 0)
"""


class Gpus(Metered):
    def record(self, gpus: int, lines: str) -> None:
        folder = tempfile.mkdtemp(dir=self.home)
        recording = os.path.join(folder, "gpus")
        with open(recording, "w", encoding="utf-8") as file:
            file.write("epochcost-gpus 1\n" + "".join(GPU.format(i) for i in range(gpus)) + lines)
        self.environment.update(EPOCHCOST_NVML=FAKE, EPOCHCOST_FAKE_GPUS=recording,
                                EPOCHCOST_FAKE_GPU_PIDS=os.path.join(folder, "pids"))

    def train(self, seconds: float) -> dict:
        done = self.run_metered(PYTHON, "-c", PROGRAM, str(seconds))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return self.show()

    def test_prices_the_time_in_use_and_keeps_the_energy_of_the_board(self) -> None:
        # Half busy at 200 W, the board's counter running on evenly for a minute.
        self.record(1, "at 0 gpu 0 busy_ppm 500000 energy_uj 0 power_mw 200000 processes 1\nat 0 process 0 pid 0\n"
                       "at 60000 gpu 0 busy_ppm 500000 energy_uj 12000000000 power_mw 200000 processes 1\n"
                       "at 60000 process 0 pid 0\n")
        cost = self.train(3)
        gpu = cost["resources"]["gpu"]
        held = int(cost["resources"]["gpu_held"]["gpu_held_ns"])
        busy = int(gpu["gpu_ns"])
        self.assertEqual(gpu["source"], "nvml")
        self.assertGreater(held, 2.0 * NANO)
        self.assertLess(held, 4.5 * NANO)
        self.assertAlmostEqual(busy / held, 0.5, delta=0.02)
        self.assertLessEqual(abs(int(gpu["amount_nano"]) - 5 * NANO * busy // (3600 * NANO)), 1)
        watts = int(cost["resources"]["gpu_energy"]["gpu_energy_uj"]) / 1e6 / (held / NANO)
        self.assertAlmostEqual(watts, 200, delta=6)

    def test_tells_foreign_gpus_from_the_runs_own(self) -> None:
        # Eight GPUs, six of them the run's; a process of somebody else's is on the other two.
        lines = "".join(f"at 0 gpu {i} busy_ppm 1000000 energy_uj 0 processes 1\nat 0 process {i} pid {0 if i < 6 else 1234567}\n"
                        for i in range(8))
        self.record(8, lines)
        cost = self.train(2)
        held = int(cost["resources"]["gpu_held"]["gpu_held_ns"])
        busy = int(cost["resources"]["gpu"]["gpu_ns"])
        self.assertGreater(held, 6 * 1.0 * NANO)
        self.assertLess(held, 6 * 3.5 * NANO)
        self.assertAlmostEqual(busy / held, 1, delta=0.15)

    def train_ranks(self) -> tuple[dict, dict]:
        done = self.run_metered(PYTHON, "-c", RANKS, "4", env=dict(self.environment, SELF=RANKS))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        ranks = {int(r["replica"]): r for r in cost["replicas"]}
        for of in ("gpu_ns", "gpu_held_ns", "gpu_energy_uj"):
            self.assertEqual(sum(int(r[of] or 0) for r in ranks.values()), int(cost["total"][of]), of)
        return cost, ranks

    def test_gives_each_gpu_to_the_rank_whose_process_is_on_it(self) -> None:
        # Rank 0 keeps a GPU all busy and computes nothing; rank 1's worker a quarter busy; nobody is on the third.
        self.record(3, "at 0 gpu 0 busy_ppm 1000000 energy_uj 0 power_mw 300000 processes 1\nat 0 process 0 pid 0 memory 30000000000\n"
                       "at 0 gpu 1 busy_ppm 250000 energy_uj 0 power_mw 100000 processes 1\nat 0 process 1 pid 1 memory 10000000000\n"
                       "at 0 gpu 2 busy_ppm 0 energy_uj 0 power_mw 60000 processes 0\n")
        self.environment["CUDA_VISIBLE_DEVICES"] = "0,1,2"
        cost, ranks = self.train_ranks()
        self.assertLess(int(ranks[0]["cpu_ns"]), int(ranks[1]["cpu_ns"]))
        self.assertGreater(int(ranks[0]["gpu_ns"]), 1.5 * NANO)
        self.assertAlmostEqual(int(ranks[1]["gpu_ns"]) / int(ranks[0]["gpu_ns"]), 0.25, delta=0.1)
        self.assertGreater(int(ranks[-1]["gpu_held_ns"]), 1.5 * NANO, "the third, and all before the ranks were on theirs")
        self.assertLess(int(ranks[-1]["gpu_ns"] or 0), 0.1 * int(ranks[0]["gpu_ns"]))
        self.assertEqual(ranks[0]["resources"]["gpu"]["quality"], "measured")
        shown = pathlib.Path(self.home, "runs", cost["run"]["id"], "gpus").read_text(encoding="utf-8")
        self.assertRegex(shown, r"process 0 pid \d+ memory 30000000000 rank 0\n")
        self.assertRegex(shown, r"process 1 pid \d+ memory 10000000000 rank 1\n")

    def test_a_meter_that_is_killed_goes_on_with_each_ranks_gpu(self) -> None:
        self.record(2, "at 0 gpu 0 busy_ppm 1000000 energy_uj 0 power_mw 300000 processes 1\nat 0 process 0 pid 0\n"
                       "at 0 gpu 1 busy_ppm 250000 energy_uj 0 power_mw 100000 processes 1\nat 0 process 1 pid 1\n")
        started = subprocess.Popen([BINARY, "run", "-q", "--", PYTHON, "-c", RANKS, "6"], env=dict(self.environment, SELF=RANKS),
                                   stderr=subprocess.PIPE)
        time.sleep(3)
        meter = meter_of(started.pid)
        assert meter is not None
        os.kill(meter, signal.SIGKILL)
        _, err = started.communicate(timeout=60)
        self.assertEqual(started.returncode, 0, err.decode())
        cost = self.show()
        self.assertIn("meter_restarted", self.notices(cost))
        ranks = {int(r["replica"]): r for r in cost["replicas"]}
        # As long as the ranks were on their GPUs, less the moment in which there was no meter; nothing twice.
        self.assertGreater(int(ranks[0]["gpu_ns"]), 3.0 * NANO)
        self.assertLess(int(ranks[0]["gpu_ns"]), 6.5 * NANO)
        self.assertAlmostEqual(int(ranks[1]["gpu_ns"]) / int(ranks[0]["gpu_ns"]), 0.25, delta=0.1)
        # The model of power goes on from before: four watts for each CPU second, not for each meter.
        self.assertAlmostEqual(int(cost["total"]["cpu_energy_uj"]) / 1e6, 4 * int(cost["total"]["cpu_ns"]) / NANO, delta=0.2)

    def test_splits_a_gpu_that_ranks_share_by_the_time_of_their_kernels(self) -> None:
        self.record(1, "at 0 gpu 0 busy_ppm 800000 energy_uj 0 power_mw 300000 processes 2\nat 0 process 0 pid 0 busy_ppm 600000\n"
                       "at 0 process 0 pid 1 busy_ppm 200000\n")
        _, ranks = self.train_ranks()
        self.assertGreater(int(ranks[1]["gpu_ns"]), 0.3 * NANO)
        self.assertAlmostEqual(int(ranks[0]["gpu_ns"]) / int(ranks[1]["gpu_ns"]), 3, delta=0.5)
        self.assertEqual(ranks[0]["resources"]["gpu"]["quality"], "modelled")

    def test_follows_the_allocation_that_the_environment_names(self) -> None:
        self.record(4, "".join(f"at 0 gpu {i} busy_ppm 0 energy_uj 0 processes 0\n" for i in range(4)))
        self.environment["CUDA_VISIBLE_DEVICES"] = "1,2"
        cost = self.train(2)
        held = int(cost["resources"]["gpu_held"]["gpu_held_ns"])
        self.assertGreater(held, 2 * 1.5 * NANO)
        self.assertLess(held, 2 * 3.5 * NANO)
        self.assertEqual(int(cost["resources"]["gpu"]["gpu_ns"]), 0)

    def test_keeps_every_other_source_while_the_driver_hangs(self) -> None:
        self.record(1, "at 0 gpu 0 busy_ppm 1000000 energy_uj 0 processes 1\nat 0 process 0 pid 0\n"
                       "at 500 trouble hang 5000\n")
        began = time.monotonic()
        cost = self.train(3)
        self.assertLess(time.monotonic() - began, 8, "the end of the run waits for no driver")
        self.assertIn("nvml does not answer: the GPU driver does not answer", self.notices(cost))
        self.assertNotIn("gap", [n["kind"] for n in cost["notices"] if "cpu" in n["detail"]])
        self.assertGreater(int(cost["resources"]["memory"]["memory_byte_ms"]), 0)

    def test_goes_on_when_the_library_is_none(self) -> None:
        for name in ("text", "folder"):
            path = os.path.join(self.home, name)
            if name == "text":
                with open(path, "w", encoding="utf-8") as file:
                    file.write("no library")
            else:
                os.mkdir(path)
            self.environment.update(EPOCHCOST_NVML=path, EPOCHCOST_FAKE_GPU_PIDS=os.path.join(self.home, "pids"))
            cost = self.train(0.3)
            self.assertIsNone(cost["resources"]["gpu"])
            self.assertIn(f"cannot load {path}", self.notices(cost))


if __name__ == "__main__":
    if not os.path.exists(FAKE):
        sys.exit(f"{FAKE} is not built")
    unittest.main()
