"""What this package writes, read by the meter's own reader. Needs marks_tool from the C++ build:
EPOCHCOST_MARKS_TOOL, or build/bin/marks_tool."""

from __future__ import annotations

import os
import subprocess
import unittest

from tests.support import PACKAGE, SdkTest

from ciuic_sdk import CostMonitor

TOOL = os.environ.get("EPOCHCOST_MARKS_TOOL") or os.path.join(PACKAGE, "..", "..", "build", "bin", "marks_tool")


@unittest.skipUnless(os.access(TOOL, os.X_OK), f"{TOOL} is not built")
class Wire(SdkTest):
    def test_the_meters_reader_reads_every_mark_as_it_was_meant(self) -> None:
        with CostMonitor(project_id="项目", budget="12.5", alert_threshold=0.75, planned_epochs=4) as monitor:
            monitor.step(samples=32)
            with monitor.phase("eval"):
                monitor.log(loss=0.5)
            monitor.update()
        text = subprocess.run([TOOL, os.path.join(self.folder, "marks")], capture_output=True, text=True,
                              check=True).stdout
        rows = [line.split("\t") for line in text.splitlines()]
        marks = [(int(r[1]), int(r[4]), int(r[6]), int(r[7]), float(r[8]), r[9]) for r in rows if r[0] == "mark"]
        self.assertEqual(marks, [
            (8, 12_500_000_000, 750_000, 0, 0.0, "项目|CNY"),
            (6, 4, 0, 0, 0.0, ""),
            (1, 0, 0, 0, 0.0, ""),
            (3, 0, 1, 32, 0.0, "eval"),
            (5, 0, 1, 32, 0.5, "loss"),
            (4, 0, 1, 32, 0.0, "eval"),
            (2, 0, 1, 32, 0.0, ""),
            (1, 1, 1, 32, 0.0, ""),
            (7, 0, 1, 32, 0.0, ""),
        ])
        self.assertEqual([r for r in rows if r[0] == "rejected"], [])
        self.assertEqual([r[1:] for r in rows if r[0] == "writer"], [[str(os.getpid()), "0", "0", "1", "32"]])


if __name__ == "__main__":
    unittest.main()
