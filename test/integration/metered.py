"""What the whole-program tests share: a ledger of their own and the program under test."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from typing import Any, Optional

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("EPOCHCOST_TEST_BIN", str(ROOT / "build" / "bin" / "epochcost"))
PYTHON = "/usr/bin/python3"

# Computes a quarter of the time, for so many seconds; says at last what CPU time it took.
BUSY_NOW_AND_THEN = """
import sys, time
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    stop = time.process_time() + 0.005
    while time.process_time() < stop: pass
    time.sleep(0.015)
print(time.process_time_ns(), flush=True)
"""


class Metered(unittest.TestCase):
    """A test with a home of its own; `run_metered` starts `epochcost run`."""

    def setUp(self) -> None:
        self.home = tempfile.mkdtemp(prefix="epochcost-test-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.environment = dict(os.environ, EPOCHCOST_HOME=self.home, LC_ALL="C.UTF-8", EPOCHCOST_LANG="en",
                                PYTHONPATH=str(ROOT / "sdk" / "python"))
        # PYTHONUNBUFFERED: a program's output is tested as most people's is.
        for name in ("EPOCHCOST_RUN_ID", "EPOCHCOST_RUN_DIR", "PYTHONUNBUFFERED"):
            self.environment.pop(name, None)

    def epochcost(self, *words: str, **more: Any) -> "subprocess.CompletedProcess[bytes]":
        more.setdefault("timeout", 120)
        more.setdefault("env", self.environment)
        return subprocess.run([BINARY, *words], capture_output=True, **more)

    def run_metered(self, *command: str, options: tuple[str, ...] = (), **more: Any) -> "subprocess.CompletedProcess[bytes]":
        return self.epochcost("run", *options, "--", *command, **more)

    def show(self, run: str = "", database: Optional[str] = None) -> dict[str, Any]:
        words = ["show", "--json"] + ([run] if run else []) + (["--db", database] if database else [])
        done = self.epochcost(*words)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost: dict[str, Any] = json.loads(done.stdout)
        self.assert_conserved(cost)
        return cost

    def assert_conserved(self, cost: dict[str, Any]) -> None:
        """Σ epochs + Σ phases = Σ replicas = Σ resources = total, in integers."""
        total = int(cost["total"]["amount_nano"])
        self.assertEqual(total, sum(int(e["amount_nano"]) for e in cost["epochs"] + cost["phases"]))
        self.assertEqual(total, sum(int(r["amount_nano"]) for r in cost["replicas"]))
        self.assertEqual(total, sum(int(r["amount_nano"]) for r in cost["resources"].values() if r))

    def notices(self, cost: dict[str, Any]) -> str:
        return "\n".join(f"{n['kind']}: {n['detail']}" for n in cost["notices"])
