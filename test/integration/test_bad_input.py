"""What a program, a sheet or a mark can be at its worst, beyond what the other files of this folder hold. docs/bad-input.md lists
every case with the test that shows it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import unittest

from metered import BINARY, PYTHON, Metered

SDK = "from ciuic_sdk import CostMonitor\n"
# Writes records into a mark file of its own, as fast as a program can.
RAW = SDK + r"""
import mmap, os, struct, sys, time, zlib
monitor = CostMonitor(project_id="p")
marks = os.path.join(os.environ["EPOCHCOST_RUN_DIR"], "marks")
def record(kind, index, at, name=b""):
    body = struct.pack("<IIqqqqd76s", kind, 0, index, at, 0, 0, 0.0, name)
    return body + struct.pack("<I", zlib.crc32(body))
def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
path = next(os.path.join(marks, f) for f in os.listdir(marks) if f.startswith(f"{os.getpid()}-"))
def append(records):
    with open(path, "r+b") as file:
        blocks = file.read()
        end = max(at for at in range(0, len(blocks), 128) if blocks[at:at + 4] != bytes(4)) + 128
        file.seek(end)
        file.write(b"".join(records))
"""


class Programs(Metered):
    def test_program_that_forks_for_ever_is_metered_and_stopped_by_its_signal(self) -> None:
        program = ("import os, signal, time\n"
                   "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
                   "end = time.monotonic() + 3\n"
                   "while time.monotonic() < end:\n"
                   "    if os.fork() == 0: os._exit(0)\n"
                   "os.kill(os.getpid(), signal.SIGKILL)\n")
        done = self.run_metered(PYTHON, "-c", program)
        self.assertEqual(done.returncode, 137, done.stderr.decode())
        self.assertGreater(int(self.show()["total"]["cpu_ns"]), 300_000_000)

    def test_read_only_home_is_told_and_the_run_kept_elsewhere(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount a read-only folder")
        place = os.path.join(self.home, "readonly")
        os.mkdir(place)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", place], check=True)
        self.addCleanup(subprocess.run, ["umount", place])
        done = self.run_metered("sh", "-c", "exit 7", env=dict(self.environment, EPOCHCOST_HOME=os.path.join(place, "home")))
        self.assertEqual(done.returncode, 7, done.stderr.decode())
        self.assertIn(place.encode(), done.stderr)


class Commands(Metered):
    def test_a_command_that_cannot_be_is_2_whatever_is_wrong_with_it(self) -> None:
        marker = pathlib.Path(self.home, "ran")
        for words in (["run", "--budget", "abc"], ["run", "--hz", "0"], ["run", "--source", "nope"], ["run", "--project", "a b/.."],
                      ["run", "--alert-threshold", "2"], ["run", "--nope"]):
            with self.subTest(words):
                done = self.epochcost(*words, "--", "touch", str(marker))
                self.assertEqual(done.returncode, 2, done.stderr.decode())
                self.assertTrue(done.stderr.startswith(b"error: "), done.stderr)
                self.assertFalse(marker.exists(), "the program ran although the command could not be")
        for words in (["run"], ["attach", "1"], ["attach", "4711", "--hz", "101"], ["show", "--nope"], ["record", "--seconds", "-1"],
                      ["report", "--format", "pdf"], ["export", "--format", "x"], ["price", "set", "reference", "cpu", "abc", "CNY/h"],
                      ["calc"], ["calc", "--preset", "nope"], ["estimate", "--preset", "nope"], ["compare"], ["runs", "--limit", "0"],
                      ["serve", "--port", "99999999"], ["serve", "--listen", "abc"], ["completion", "xx"], ["doctor", "x"], ["nope"]):
            with self.subTest(words):
                self.assertEqual(self.epochcost(*words).returncode, 2)

    def test_what_a_good_command_names_and_is_not_there_is_1_and_of_run_125(self) -> None:
        for words in (["show", "nope"], ["watch", "nope"], ["report", "nope"], ["forecast", "nope"], ["attach", "nope"],
                      ["price", "import", "/no/such/sheet"], ["token", "remove", "nope"]):
            with self.subTest(words):
                self.assertEqual(self.epochcost(*words).returncode, 1)
        for words in (["--prices", "/no/such/sheet"], ["--sheet", "nope"]):
            with self.subTest(words):
                self.assertEqual(self.run_metered("true", options=tuple(words)).returncode, 125)

    def test_an_error_of_run_is_json_on_stderr_where_json_is_asked_for(self) -> None:
        for form in ("--json", "--ndjson"):
            done = self.run_metered("true", options=("--budget", "abc", form))
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stdout, b"", "stdout is the program's")
            self.assertIn("abc", json.loads(done.stderr)["error"]["what"])


class Hidden(Metered):
    """What the machine does not show. The program is started in a mount namespace of its own; nothing of the machine's is changed."""

    def setUp(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, for a mount namespace and control groups")
        super().setUp()

    COMPUTE = "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: sum(range(1000))\n"

    def apart(self, before: str, *words: str, **more: object) -> "subprocess.CompletedProcess[bytes]":
        # Of /proc alone, because / is no mount point in a changed root.
        script = f"mount --make-rprivate /proc && {before} && exec \"$@\""
        return subprocess.run(["unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script, "apart", *words],
                              env=self.environment, capture_output=True, timeout=120, **more)  # type: ignore[call-overload,no-any-return]

    def test_a_proc_that_shows_a_user_only_his_own_processes(self) -> None:
        home = os.path.join(self.home, "nobody")
        os.mkdir(home)
        os.chmod(self.home, 0o755)
        os.chown(home, 65534, 65534)
        self.environment["EPOCHCOST_HOME"] = home
        as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        hidepid = "mount -t proc -o hidepid=invisible proc /proc"
        done = self.apart(hidepid, *as_user, BINARY, "run", "-q", "--", PYTHON, "-c", self.COMPUTE + "raise SystemExit(4)")
        self.assertEqual(done.returncode, 4, done.stderr.decode())
        cost = self.show()
        self.assertGreater(int(cost["total"]["cpu_ns"]), 580_000_000)
        self.assertGreater(int(cost["resources"]["memory"]["memory_byte_ms"]), 0)
        refused = self.apart(hidepid, *as_user, BINARY, "attach", str(os.getpid()))
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"no such process", refused.stderr)

    def test_a_proc_that_is_hidden_whole(self) -> None:
        done = self.apart("mount -t tmpfs none /proc", BINARY, "run", "-q", "--", PYTHON, "-c", self.COMPUTE + "raise SystemExit(4)")
        self.assertEqual(done.returncode, 4, done.stderr.decode())
        runs = json.loads(self.epochcost("runs", "--json").stdout)["runs"]
        self.assertEqual(len(runs), 1, done.stderr.decode())
        cost = self.show()
        text = self.notices(cost)
        # Booked in full, or its absence told; never a silent 0.
        if cost["total"]["cpu_ns"] is None or int(cost["total"]["cpu_ns"]) < 580_000_000:
            self.assertRegex(text, r"cpu: no source|cpu.* does not answer|gap")
        if not int(cost["total"]["memory_byte_ms"] or 0):
            self.assertRegex(text, r"memory: no source|memory.* does not answer|gap")

    def test_a_control_group_that_is_removed_under_the_meter(self) -> None:
        program = self.COMPUTE + """
import os, sys
for line in open("/proc/self/cgroup").read().split():
    number, names, own = line.split(":", 2)
    if "epochcost-" not in own: continue
    mounts = [l.split() for l in open("/proc/self/mounts")]
    for m in mounts:
        if m[2] != ("cgroup2" if not names else "cgroup") or (names and names.split(",")[0] not in m[3].split(",")): continue
        place = m[1] + own
        if not os.path.isdir(place): continue
        open(os.path.join(os.path.dirname(place), "cgroup.procs"), "w").write(str(os.getpid()))
        for _ in range(50):
            try:
                os.rmdir(place)
                print("removed", place, flush=True)
                break
            except OSError: time.sleep(0.02)
""" + self.COMPUTE + "sys.exit(4)\n"
        done = self.run_metered(PYTHON, "-c", program)
        self.assertEqual(done.returncode, 4, done.stderr.decode())
        self.assertIn(b"removed", done.stdout, done.stderr.decode())
        cost = self.show()
        self.assertGreater(int(cost["total"]["cpu_ns"]), 500_000_000, "what was read before it was removed stays")
        text = self.notices(cost)
        self.assertRegex(text, r"cgroup-cpu-stat does not answer|gap", text)


class Sheets(Metered):
    def test_sheet_that_is_valid_only_in_the_future_is_refused_or_told(self) -> None:
        sheet = pathlib.Path(self.home, "future.toml")
        sheet.write_text('[[sheet]]\nname = "f"\nprovider = "own"\nregion = "here"\ncurrency = "CNY"\nvalid_from = "2999-01-01"\n'
                         'source = "a test"\ndate = "2026-01-01"\n[sheet.prices]\ncpu = "0.2"\n')
        done = self.run_metered("sh", "-c", "exit 6", options=("--prices", str(sheet)))
        if done.returncode == 2:
            self.assertIn("2999", done.stderr.decode())
            return
        self.assertEqual(done.returncode, 6, done.stderr.decode())
        cost = self.show()
        self.assertGreater(int(cost["total"]["cpu_ns"]), 0)
        self.assertIn("degraded", self.notices(cost))


class Marks(Metered):
    def epochs(self, program: str, **more: object) -> dict:  # type: ignore[type-arg]
        done = self.run_metered(PYTHON, "-c", RAW + program, timeout=240, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return self.show()

    def test_marks_repeated_and_out_of_order_are_told(self) -> None:
        cost = self.epochs("""
t = now()
append([record(1, 5, t), record(1, 5, t + 1000), record(2, 3, t + 2000), record(1, 2, t + 3000), record(2, 5, t - 10**9)])
time.sleep(0.5)
""")
        self.assertIn("mark_rejected", self.notices(cost))
        self.assertIn(5, [e["index"] for e in cost["epochs"]])

    def test_an_epoch_that_is_never_closed_ends_with_the_run(self) -> None:
        cost = self.epochs("monitor.update()\nt = time.process_time()\nwhile time.process_time() - t < 0.4: sum(range(1000))\nos._exit(0)\n")
        last = cost["epochs"][-1]
        self.assertFalse(last["is_complete"])
        self.assertGreater(int(last["cpu_ns"]), 200_000_000)

    def test_a_million_marks_within_a_second_or_so_harm_nothing(self) -> None:
        cost = self.epochs("""
block = [record(1, 10 + i, now()) for i in range(20_000)]
began = time.monotonic()
with open(path, "r+b") as file:
    held = file.read()
    file.seek(next(at for at in range(128, len(held), 128) if held[at:at + 4] == bytes(4)))
    data = b"".join(block)
    for _ in range(50): file.write(data)
print(1_000_000 / (time.monotonic() - began))
t = time.process_time()
while time.process_time() - t < 0.5: sum(range(1000))
""")
        self.assertGreater(int(cost["total"]["cpu_ns"]), 500_000_000)
        text = self.notices(cost)
        self.assertTrue("mark_rejected" in text or "marks_folded" in text, text)

    def test_mark_times_far_in_the_future_are_told(self) -> None:
        cost = self.epochs("append([record(1, 7, now() + 3600 * 10**9)])\ntime.sleep(0.4)\n")
        self.assertIn("mark_rejected", self.notices(cost))


if __name__ == "__main__":
    unittest.main()
