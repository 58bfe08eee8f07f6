"""Marks as they come: in order, out of order, forged, flooding."""

from __future__ import annotations

import os
import pathlib
import unittest

from metered import PYTHON, Metered

SDK = "from ciuic_sdk import CostMonitor\n"


class Marks(Metered):
    def test_the_published_program_runs_unchanged(self) -> None:
        program = """
budget = 5000
def train_one_epoch(): sum(range(20000))
from ciuic_sdk import CostMonitor
monitor = CostMonitor(project_id="proj_123", budget=5000, alert_threshold=0.8)   # 元
for epoch in range(100):
    train_one_epoch()
    current_cost = monitor.update()
    if current_cost > budget: break
"""
        done = self.run_metered(PYTHON, "-c", program)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        self.assertEqual([e["index"] for e in cost["epochs"] if e["is_complete"]], list(range(100)))
        self.assertEqual(cost["run"]["project"], "proj_123")

    def test_the_published_program_runs_on_its_own(self) -> None:
        program = """
budget = 5000
def train_one_epoch(): sum(range(200000))
from ciuic_sdk import CostMonitor
monitor = CostMonitor(project_id="proj_123", budget=5000, alert_threshold=0.8)   # 元
for epoch in range(100):
    train_one_epoch()
    current_cost = monitor.update()
    if current_cost > budget: break
monitor.close()
print(repr(str(current_cost)), monitor.summary().total)
"""
        import subprocess
        binary_folder = os.path.dirname(os.environ.get("EPOCHCOST_TEST_BIN", "")) or str(pathlib.Path(__file__).resolve().parents[2] / "build" / "bin")
        done = subprocess.run([PYTHON, "-c", program], capture_output=True, timeout=120,
                              env=dict(self.environment, EPOCHCOST_BIN=os.path.join(binary_folder, "epochcost")))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.wait_until_ended()
        cost = self.show()
        self.assertEqual(cost["run"]["project"], "proj_123")
        self.assertEqual(len([e for e in cost["epochs"] if e["is_complete"]]), 100, done.stderr.decode())

    def wait_until_ended(self) -> None:
        import time
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.show()["run"]["ended"]:
                return
            time.sleep(0.1)
        self.fail("the meter did not end the run")

    def test_total_after_close_is_the_ledgers(self) -> None:
        program = SDK + """
m = CostMonitor(project_id="exact")
for _ in range(5):
    sum(range(300000)); m.update()
m.close()
s = m.summary()
print(s.total, flush=True)
import os, time
os._exit(0)
"""
        done = self.run_metered(PYTHON, "-c", program, options=("--project", "exact"))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        from decimal import Decimal
        closed = Decimal(done.stdout.decode().split()[-1])
        cost = self.show()
        # What comes after close() is the phase idle; everything before it was sealed.
        idle = sum(int(p["amount_nano"]) for p in cost["phases"] if p["kind"] == "idle")
        self.assertLessEqual(int(cost["total"]["amount_nano"]) - idle, int(closed * 10**9))
        self.assertGreater(closed, 0)

    def test_epochs_are_recognised_from_output(self) -> None:
        program = "import time\nfor e in range(1, 5):\n    print(f'Epoch {e}/4', flush=True)\n    time.sleep(0.25)"
        done = self.run_metered(PYTHON, "-c", program)
        self.assertEqual(done.stdout.count(b"Epoch"), 4)
        cost = self.show()
        self.assertEqual([(e["index"], e["is_complete"]) for e in cost["epochs"]], [(i, True) for i in range(4)])
        self.assertTrue(cost["run"]["epochs_from"].startswith("printed"))

    def test_marks_out_of_order_are_told_and_harm_nothing(self) -> None:
        program = SDK + """
import os, struct, sys, time, zlib
m = CostMonitor(project_id="p")
d = os.path.join(os.environ["EPOCHCOST_RUN_DIR"], "marks")
m.update(); m.update()
name = os.path.join(d, "1-1.marks")                      # a foreign process: init
with open(name, "wb") as f:
    f.write(struct.pack("<8sIIqiiqqq72x", b"ECMARKS1", 1, 1, 1, 0, 0, 0, 0, 0))
    body = struct.pack("<IIqqqqd76s", 2, 0, 10**15, 5, 0, 0, 0.0, b"")
    f.write(body + struct.pack("<I", zlib.crc32(body)))
    f.write(b"garbage" * 1000)
open(os.path.join(d, "oversized.marks"), "wb").truncate(1 << 40)
os.symlink("/dev/zero", os.path.join(d, "9-9.marks"))
time.sleep(0.5)
for _ in range(3): m.update()
"""
        done = self.run_metered(PYTHON, "-c", program)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        self.assertEqual(len([e for e in cost["epochs"] if e["is_complete"]]), 5)
        self.assertIn("mark_rejected", self.notices(cost))

    def test_a_flood_of_marks_harms_nothing(self) -> None:
        program = SDK + """
m = CostMonitor(project_id="p")
for _ in range(200_000): m.update()
"""
        done = self.run_metered(PYTHON, "-c", program, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        self.assertIn("marks_folded", self.notices(cost))
        self.assertGreater(int(cost["total"]["cpu_ns"]), 100_000_000)

    def test_two_meters_on_one_run_count_once(self) -> None:
        program = SDK + """
import os, subprocess, sys, time
m = CostMonitor(project_id="p")
end = time.monotonic() + 1.5
second = subprocess.Popen([sys.argv[1], "meter", "--run-dir", os.environ["EPOCHCOST_RUN_DIR"], "--root-pid", str(os.getpid()),
                           "--root-start", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
while time.monotonic() < end: sum(range(1000))
m.update()
out = second.communicate(timeout=20)[0]
assert second.returncode != 0, out
"""
        from metered import BINARY
        done = self.run_metered(PYTHON, "-c", program, BINARY)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertLess(int(self.show()["total"]["cpu_ns"]), 2_500_000_000)


if __name__ == "__main__":
    unittest.main()
