"""The SDK on its own: its constructor starts the meter. Here the meter is a script."""

from __future__ import annotations

import json
import os
import socket
import stat
import time
import unittest
from typing import List

from tests.support import SdkTest, encode_totals

# What `epochcost meter --attach … --daemon` does, as far as the SDK can see.
FAKE = """#!/bin/sh
run_dir="$FAKE_HOME/runs/cafe"
mkdir -p "$run_dir/marks"
printf '%s\\n' "$@" > "$FAKE_HOME/arguments"
echo x >> "$FAKE_HOME/starts"
cp "$FAKE_HOME/totals" "$run_dir/totals"
echo "{\\"run_id\\": \\"cafe\\", \\"run_dir\\": \\"$run_dir\\"}"
sleep 30 >&1 &
echo $! > "$FAKE_HOME/daemon"
"""

PROGRAM = """
import os, json, time
began = time.monotonic()
from ciuic_sdk import CostMonitor
m = CostMonitor(project_id="p", budget=0.5, currency="CNY", run_name="-x y", alert_threshold=0.9)
cost = m.update()
print(json.dumps([float(cost), os.environ.get("EPOCHCOST_RUN_DIR"), os.getpid(), m.summary().run_id,
                  time.monotonic() - began]))
"""


class OwnMeter(SdkTest):
    def setUp(self) -> None:
        super().setUp()
        del self.environment["EPOCHCOST_RUN_ID"], self.environment["EPOCHCOST_RUN_DIR"]
        self.environment["FAKE_HOME"] = self.home
        with open(os.path.join(self.home, "totals"), "wb") as file:
            file.write(encode_totals(420_000_000, sealed=2**62))
        self.addCleanup(self._end_daemon)

    def _end_daemon(self) -> None:
        try:
            with open(os.path.join(self.home, "daemon"), encoding="ascii") as file:
                os.kill(int(file.read()), 15)
        except (OSError, ValueError):
            pass

    def _program(self, text: str) -> str:
        path = os.path.join(self.home, "epochcost")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def _spooled(self) -> List[str]:
        spool = os.path.join(self.home, "spool")
        return [os.path.join(spool, name) for name in os.listdir(spool)]

    def test_is_started_once_with_what_it_must_know(self) -> None:
        done = self.run_program(PROGRAM, EPOCHCOST_BIN=self._program(FAKE), EPOCHCOST_STRICT="1")
        self.assertEqual(done.returncode, 0, done.stderr)
        cost, run_dir, pid, run_id, seconds = json.loads(done.stdout)
        self.assertEqual((cost, run_dir, run_id), (0.42, os.path.join(self.home, "runs", "cafe"), "cafe"))
        self.assertLess(seconds, 3.0)  # the meter goes on and holds the pipe: nobody waits for that
        with open(os.path.join(self.home, "arguments"), encoding="utf-8") as file:
            arguments = file.read().splitlines()
        self.assertEqual(arguments[:2], ["meter", f"--attach={pid}"])
        self.assertEqual(arguments[3:5] + arguments[6:], [
            "--project=p", "--name=-x y", "--daemon", "--budget=0.500000000", "--currency=CNY",
            "--alert-threshold=0.9"])
        kinds = [each.kind for each in self.records(self.mark_files(run_dir)[0])]
        self.assertEqual(kinds, [1, 2, 1, 7])
        self.assertEqual(len(done.stderr.splitlines()), 2)

    def test_is_shared_by_the_processes_that_the_program_starts(self) -> None:
        self.run_program("import subprocess, sys\nfrom ciuic_sdk import CostMonitor\nm = CostMonitor()\n"
                         "subprocess.run([sys.executable, '-c', 'from ciuic_sdk import CostMonitor; CostMonitor()'])",
                         EPOCHCOST_BIN=self._program(FAKE))
        with open(os.path.join(self.home, "starts"), encoding="ascii") as file:
            self.assertEqual(file.read(), "x\n")
        self.assertEqual(len(self.mark_files(os.path.join(self.home, "runs", "cafe"))), 2)

    def _starts(self) -> int:
        with open(os.path.join(self.home, "starts"), encoding="ascii") as file:
            return len(file.read().split())

    def _listen(self) -> None:
        """A meter that hears when it is woken."""
        folder = os.path.join(self.home, "runs", "cafe")
        os.makedirs(folder)
        ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(ears.close)
        ears.bind(os.path.join(folder, "wake"))

    def test_is_shared_by_ranks_that_are_started_side_by_side(self) -> None:
        self._listen()
        ranks = {"EPOCHCOST_BIN": self._program(FAKE), "WORLD_SIZE": "2", "MASTER_PORT": "29500"}
        first = json.loads(self.run_program(PROGRAM, RANK="0", **ranks).stdout)
        second = json.loads(self.run_program(PROGRAM, RANK="1", **ranks).stdout)
        self.assertEqual(self._starts(), 1)
        self.assertEqual(first[1], second[1])
        self.assertEqual(len(self.mark_files(first[1])), 2)

    def test_is_not_shared_by_launches_of_different_ports(self) -> None:
        self._listen()
        for port in ("29500", "29501"):
            self.run_program(PROGRAM, EPOCHCOST_BIN=self._program(FAKE), RANK="0", WORLD_SIZE="2", MASTER_PORT=port)
        self.assertEqual(self._starts(), 2)

    def test_of_an_earlier_launch_that_nobody_hears_is_not_joined(self) -> None:
        for _ in range(2):
            self.run_program(PROGRAM, EPOCHCOST_BIN=self._program(FAKE), RANK="0", WORLD_SIZE="2")
        self.assertEqual(self._starts(), 2)

    def test_is_not_shared_by_programs_that_are_no_ranks(self) -> None:
        self._listen()
        for _ in range(2):
            self.run_program(PROGRAM, EPOCHCOST_BIN=self._program(FAKE))
        self.assertEqual(self._starts(), 2)

    def test_that_is_missing_is_told_once_and_marks_are_kept(self) -> None:
        done = self.run_program(PROGRAM, PATH="/nonexistent", HOME=self.home)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("no epochcost program was found", done.stderr)
        kinds = [each.kind for each in self.records(self.mark_files(self._spooled()[0])[0])]
        self.assertEqual(kinds, [8, 1, 2, 1, 7])

    def test_that_fails_is_told_with_its_own_words(self) -> None:
        done = self.run_program(PROGRAM, EPOCHCOST_BIN=self._program("#!/bin/sh\necho 'error: no room' >&2\nexit 1\n"))
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (0, 1))
        self.assertIn("error: no room", done.stderr)

    def test_that_says_nonsense_or_nothing_holds_nobody(self) -> None:
        for text in ("#!/bin/sh\necho nonsense\n", "#!/bin/sh\necho '{}'\n", "#!/bin/sh\n", "no program at all",
                     "#!/bin/sh\nexec sleep 60\n"):
            began = time.monotonic()
            done = self.run_program(PROGRAM, EPOCHCOST_BIN=self._program(text))
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (0, 1), done.stderr)
            self.assertLess(time.monotonic() - began, 8)

    def test_is_started_where_the_run_of_the_environment_is_over(self) -> None:
        with open(os.path.join(self.folder, "totals"), "wb") as file:
            file.write(encode_totals(1, flags=1))
        self.run_program(PROGRAM, EPOCHCOST_BIN=self._program(FAKE), EPOCHCOST_RUN_DIR=self.folder,
                         EPOCHCOST_RUN_ID="0123456789ab")
        self.assertTrue(os.path.exists(os.path.join(self.home, "starts")))


if __name__ == "__main__":
    unittest.main()
