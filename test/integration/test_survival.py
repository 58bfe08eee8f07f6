"""What is killed, and what goes on: the training always, the meter again, nothing missing, nothing double.

EPOCHCOST_TEST_KILLS says how often the meter is killed at a random instant (3 by default, for CI); EPOCHCOST_TEST_LOCK_S for how
long the ledger is locked or its disk is full (4 by default).
"""

from __future__ import annotations

import json
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import time
import unittest
from typing import Optional

from metered import BINARY, BUSY_NOW_AND_THEN, PYTHON, Metered

KILLS = int(os.environ.get("EPOCHCOST_TEST_KILLS", "3"))
SECONDS = float(os.environ.get("EPOCHCOST_TEST_LOCK_S", "4"))
TICK = "import sys, time\nfor i in range(int(sys.argv[1])):\n    print('line', i, flush=True)\n    end = time.process_time() + 0.05\n    while time.process_time() < end: pass\n"

# Computes for a while with two children, and writes at its end what the kernel counted for its group.
COUNTED = r"""
import os, sys, time
from ciuic_sdk import CostMonitor
monitor = CostMonitor(project_id="killed")
seconds = float(sys.argv[1])
children = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        end = time.monotonic() + seconds
        while time.monotonic() < end: sum(range(500))
        os._exit(0)
    children.append(pid)
for _ in range(8):
    end = time.monotonic() + seconds / 8
    while time.monotonic() < end: sum(range(500))
    monitor.update()
for pid in children: os.waitpid(pid, 0)
own = [l.split("::")[1].strip() for l in open("/proc/self/cgroup") if l.startswith("0::")][0]
for root in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
    try:
        print("usage", int(open(f"{root}{own}/cpu.stat").readline().split()[1]) * 1000, flush=True)
        break
    except OSError:
        pass
os._exit(5)
"""


def parent_of(pid: int) -> int:
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return -1


def meter_of(supervisor: int, patience: float = 10) -> Optional[int]:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and pathlib.Path(f"/proc/{entry}/comm").read_text() == "epochcost-meter\n" \
                        and parent_of(int(entry)) == supervisor:
                    return int(entry)
            except OSError:
                continue
        time.sleep(0.02)
    return None


class Survival(Metered):
    def start(self, *command: str, options: tuple[str, ...] = (), **more: object) -> "subprocess.Popen[bytes]":
        started = subprocess.Popen([BINARY, "run", "-q", *options, "--", *command], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)  # type: ignore[call-overload]
        self.addCleanup(lambda: [stream.close() for stream in (started.stdout, started.stderr) if stream])
        return started

    def test_a_meter_killed_at_random_instants_misses_and_doubles_nothing(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, for the control group that counts the truth")
        seed = random.SystemRandom().randrange(1 << 32)
        chance = random.Random(seed)
        for number in range(KILLS):
            with self.subTest(seed=seed, number=number):
                self.kill_once(chance.uniform(0.0, 1.2))

    def kill_once(self, after: float) -> None:
        started = self.start(PYTHON, "-c", COUNTED, "1.2", options=("--project", "killed"))
        meter = meter_of(started.pid)
        assert meter is not None
        time.sleep(after)
        try:
            os.kill(meter, signal.SIGKILL)
        except ProcessLookupError:
            pass
        out, err = started.communicate(timeout=60)
        self.assertEqual(started.returncode, 5, err.decode())
        usage = int(re.search(rb"usage (\d+)", out)[1])  # type: ignore[index]
        cost = self.show()
        booked = int(cost["total"]["cpu_ns"])
        # What the program uses between its own reading of the counter and its end is in no truth.
        self.assertGreaterEqual(booked, usage - 1_000_000)
        self.assertLess(booked, usage * 1.01 + 20_000_000)
        self.assertEqual([e["index"] for e in cost["epochs"] if e["is_complete"]], list(range(8)))

    def test_a_meter_keeps_few_rights(self) -> None:
        started = self.start("sleep", "3")
        meter = meter_of(started.pid)
        self.assertIsNotNone(meter)
        time.sleep(1)
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{meter}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        kept = int(status["CapEff"], 16)
        few = (1 << 39) | (1 << 38) | (1 << 19) | (1 << 1)  # BPF, PERFMON, SYS_PTRACE, DAC_OVERRIDE
        self.assertEqual(kept & ~few, 0, status["CapEff"])
        self.assertEqual(started.wait(timeout=60), 0)

    def test_a_killed_supervisor_leaves_the_output_and_is_told(self) -> None:
        started = self.start(PYTHON, "-c", TICK, "40")
        assert started.stdout is not None
        first = started.stdout.readline()
        self.assertEqual(first, b"line 0\n")
        meter = meter_of(started.pid)
        self.assertIsNotNone(meter)
        time.sleep(0.5)
        started.kill()
        rest = started.stdout.read()  # to the end, through whoever carries it now
        self.assertEqual(first + rest, b"".join(b"line %d\n" % i for i in range(40)))
        cost = self.until_ended()
        self.assertEqual(cost["run"]["state"], "interrupted")
        self.assertIsNone(cost["run"]["exit_code"])
        self.assertIn("the supervisor was killed", self.notices(cost))
        self.assertGreater(int(cost["total"]["cpu_ns"]), 1_900_000_000)

    def until_ended(self, run: str = "") -> dict:  # type: ignore[type-arg]
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            cost = self.show(run)
            if cost["run"]["ended"]:
                return cost
            time.sleep(0.1)
        self.fail("the meter did not end the run")

    def test_a_reader_that_leaves_breaks_the_programs_pipe_as_without_us(self) -> None:
        done = subprocess.run(f"{BINARY} run -q -- yes | head -n 1", shell=True, env=self.environment, capture_output=True, timeout=60)
        self.assertEqual(done.stdout, b"y\n")
        self.assertEqual(self.until_ended()["run"]["exit_code"], 128 + signal.SIGPIPE)

    def test_supervisor_and_meter_killed_then_attached_continue_one_run(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, for the control group that goes on counting")
        started = self.start(PYTHON, "-c", "import time\nend = time.process_time() + 3\nwhile time.process_time() < end: pass\n")
        meter = meter_of(started.pid)
        assert meter is not None
        time.sleep(1.0)
        run = self.show()["run"]["id"]
        training = [int(p) for p in os.listdir("/proc") if p.isdigit() and parent_of(int(p)) == started.pid and int(p) != meter]
        started.kill()  # first: it would start another meter
        started.wait()
        os.kill(meter, signal.SIGKILL)
        self.assertTrue(training)
        time.sleep(0.3)
        done = self.epochcost("attach", run)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show(run)
        self.assertIn("meter_restarted", self.notices(cost))
        self.assertGreater(int(cost["total"]["cpu_ns"]), 2_950_000_000)
        self.assertLess(int(cost["total"]["cpu_ns"]), 3_300_000_000)
        again = self.epochcost("attach", run)
        self.assertEqual(again.returncode, 1)
        self.assertIn(b"its program has ended", again.stderr)

    def test_attach_to_a_running_process_meters_it_from_then_on(self) -> None:
        program = "import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: sum(range(500))\n"
        training = subprocess.Popen([PYTHON, "-c", program], env=self.environment)
        time.sleep(0.5)
        began = time.monotonic()
        done = self.epochcost("attach", str(training.pid), "--project", "beside")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        seen = time.monotonic() - began
        training.wait()
        cost = self.show()
        self.assertEqual(cost["run"]["project"], "beside")
        booked = int(cost["total"]["cpu_ns"])
        self.assertGreater(booked, 0)
        self.assertLessEqual(booked, int(seen * 1.05e9))

    def test_attach_refuses_with_a_reason(self) -> None:
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.assertEqual(self.run_metered("true").returncode, 0)
        for target, word in (("1", "init"), (str(ended.pid), "no such process"), ("999999999", "no such process"),
                             ("2", "kernel" if os.geteuid() == 0 else "user 0"), ("nonsense", "nonsense")):
            with self.subTest(target):
                done = self.epochcost("attach", target)
                if target == "2" and not os.path.exists("/proc/2"):
                    continue
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(word, done.stderr.decode())

    def test_attach_to_a_process_that_ends_in_that_instant_ends_with_a_reason_or_a_run(self) -> None:
        runs = 0
        for i in range(12):
            ending = subprocess.Popen([PYTHON, "-S", "-c", f"import time; time.sleep({0.004 * i})"])
            done = self.epochcost("attach", str(ending.pid), timeout=30)
            ending.wait()
            runs += done.returncode == 0
            if done.returncode != 0:
                self.assertEqual(done.returncode, 1 if b"no such process" in done.stderr else 2, done.stderr.decode())
                self.assertRegex(done.stderr.decode(), r"no such process|just ending")
        listed = json.loads(self.epochcost("runs", "--json").stdout)["runs"] if runs else []
        self.assertEqual(len(listed), runs)
        self.assertTrue(all(run["ended"] for run in listed), listed)

    def test_attach_to_itself_is_refused(self) -> None:
        done = subprocess.run(["sh", "-c", f"exec {BINARY} attach $$"], env=self.environment, capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"this program itself", done.stderr)

    def test_attach_to_another_users_process_is_refused(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, to become another user")
        mine = subprocess.Popen(["sleep", "30"])
        self.addCleanup(mine.wait)
        self.addCleanup(mine.kill)
        home = os.path.join(self.home, "nobody")
        os.mkdir(home)
        os.chmod(self.home, 0o755)
        os.chown(home, 65534, 65534)
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BINARY, "attach", str(mine.pid)],
                              env=dict(self.environment, EPOCHCOST_HOME=home), capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"belongs to user 0", done.stderr)

    def test_attach_to_what_is_metered_already_is_refused(self) -> None:
        started = self.start("sleep", "4")
        self.assertIsNotNone(meter_of(started.pid))
        time.sleep(0.3)
        child = [int(p) for p in os.listdir("/proc") if p.isdigit() and parent_of(int(p)) == started.pid
                 and pathlib.Path(f"/proc/{p}/comm").read_text() == "sleep\n"][0]
        done = self.epochcost("attach", str(child))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"metered already", done.stderr)
        started.terminate()
        started.wait()

    def test_ledger_locked_for_a_while_loses_nothing_and_is_told(self) -> None:
        self.assertEqual(self.run_metered("true").returncode, 0)
        started = self.start(PYTHON, "-c", BUSY_NOW_AND_THEN, str(SECONDS + 2))
        time.sleep(1)
        lock = sqlite3.connect(os.path.join(self.home, "ledger.db"), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        time.sleep(SECONDS)
        lock.execute("ROLLBACK")
        lock.close()
        out, err = started.communicate(timeout=60 + 2 * SECONDS)
        self.assertEqual(started.returncode, 0, err.decode())
        cost = self.show()
        self.assertGreaterEqual(int(cost["total"]["cpu_ns"]), int(out))
        self.assertLess(int(cost["total"]["cpu_ns"]), int(out) * 1.1 + 200_000_000)
        self.assertIn("commit_failed", self.notices(cost))


if __name__ == "__main__":
    unittest.main()
