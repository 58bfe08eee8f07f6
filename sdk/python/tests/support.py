"""A run's folder of its own for each test, a meter that is only a file, and a look into mark files."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from typing import List, NamedTuple, Optional
from unittest import mock

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, PACKAGE)

from ciuic_sdk import _faults, _session  # noqa: E402

NANO = 1_000_000_000
BEGIN, END, PHASE_BEGIN, PHASE_END, METRIC, HORIZON, CLOSE, BUDGET = range(1, 9)


class Record(NamedTuple):
    kind: int
    origin: int
    index: int
    at: int
    steps: int
    samples: int
    value: float
    name: bytes


def encode_totals(project: int, run: Optional[int] = None, budget: Optional[int] = None, threshold: int = 800_000,
                  currency: str = "CNY", flags: int = 0, sealed: int = 0, sequence: int = 2) -> bytes:
    """The bytes that the meter publishes; money in nano-units."""
    run = project if run is None else run
    flags |= 4 if budget is not None else 0
    body = struct.pack("<8sQqqqqqqqQqqq8sq", b"ECTOTAL1", sequence, *divmod(project, NANO), *divmod(run, NANO),
                       700, 1_795_000_000 * NANO, 600, flags, *divmod(budget or 0, NANO), threshold,
                       currency.encode(), sealed)
    body = body.ljust(252, b"\0")
    return body + zlib.crc32(body).to_bytes(4, "little")


class SdkTest(unittest.TestCase):
    """Stands in for `epochcost run`: EPOCHCOST_RUN_DIR names a folder made for the test."""

    def setUp(self) -> None:
        self.home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.folder = os.path.join(self.home, "runs", "0123456789ab")
        os.makedirs(os.path.join(self.folder, "marks"))
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = dict(keep, EPOCHCOST_HOME=self.home, EPOCHCOST_RUN_ID="0123456789ab",
                                EPOCHCOST_RUN_DIR=self.folder, LANG="C", PYTHONPATH=PACKAGE)
        patch = mock.patch.dict(os.environ, self.environment, clear=True)
        patch.start()
        self.addCleanup(patch.stop)
        patience = mock.patch.object(_session, "SILENCE_PATIENCE_S", 0.0)
        patience.start()
        self.addCleanup(patience.stop)
        self.forget()
        self.addCleanup(self.forget)

    @staticmethod
    def forget() -> None:
        """As if the process had just begun."""
        _session.process.session = None
        _session.process.monitors.clear()
        _faults._told.clear()

    def publish(self, project: float, **more: int) -> None:
        """Whole units of money become the project's total."""
        with open(os.path.join(self.folder, "totals"), "wb") as file:
            file.write(encode_totals(round(project * NANO), **more))  # type: ignore[arg-type]

    def mark_files(self, folder: str = "") -> List[str]:
        marks = os.path.join(folder or self.folder, "marks")
        return [os.path.join(marks, name) for name in sorted(os.listdir(marks))]

    def records(self, path: str = "") -> List[Record]:
        with open(path or self.mark_files()[0], "rb") as file:
            data = file.read()
        found = []
        for start in range(128, len(data), 128):
            block = data[start:start + 128]
            if block[0] == 0:
                break
            self.assertEqual(zlib.crc32(block[:124]).to_bytes(4, "little"), block[124:])
            *fields, name = struct.unpack("<IIqqqqd76s", block[:124])
            found.append(Record(*fields, name.rstrip(b"\0")))
        return found

    def kinds(self) -> List[str]:
        names = ["", "begin", "end", "phase", "phase_end", "metric", "horizon", "close", "budget"]
        return [f"{names[each.kind]} {each.index}" for each in self.records() if each.kind != BUDGET]

    def run_program(self, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
        if not os.path.exists(os.path.join(self.folder, "totals")):
            self.publish(0, sealed=2**62)  # all is in the ledger: nobody has to wait for it
        return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60,
                              env={**self.environment, **environment}, cwd=self.home)
