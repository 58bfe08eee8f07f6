"""What a program, a sheet or a mark can be at its worst, beyond what the other files of this folder hold. docs/bad-input.md lists
every case with the test that shows it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import unittest

from metered import PYTHON, Metered

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


class Sheets(Metered):
    def test_sheet_that_is_valid_only_in_the_future_is_refused_or_told(self) -> None:
        sheet = pathlib.Path(self.home, "future.toml")
        sheet.write_text('[[sheet]]\nname = "f"\nprovider = "own"\nregion = "here"\ncurrency = "CNY"\nvalid_from = "2999-01-01"\n'
                         'source = "a test"\ndate = "2026-01-01"\n[sheet.prices]\ncpu = "0.2"\n')
        done = self.run_metered("sh", "-c", "exit 6", options=("--prices", str(sheet)))
        if done.returncode == 125:
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
