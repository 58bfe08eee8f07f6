"""Ledgers as they come: locked, corrupt, newer, full, read-only. The training is unharmed, nothing is lost."""

from __future__ import annotations

import os
import pathlib
import sqlite3
import subprocess
import threading
import time
import unittest

from metered import BINARY, BUSY_NOW_AND_THEN, PYTHON, Metered

FULL_S = float(os.environ.get("EPOCHCOST_TEST_LOCK_S", "1"))  # how long the disk is full
HALF_A_SECOND = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: sum(range(1000))"


class Ledgers(Metered):
    def database(self) -> str:
        return os.path.join(self.home, "ledger.db")

    def kept_apart(self) -> str:
        """The run's own ledger, of the newest run."""
        found = sorted(pathlib.Path(self.home, "runs").glob("*/ledger.db"), key=os.path.getmtime)
        self.assertTrue(found, "no ledger of the run's own")
        return str(found[-1])

    def test_corrupt_ledger_is_left_alone_and_the_run_is_kept_apart(self) -> None:
        pathlib.Path(self.database()).write_bytes(b"this is no database" * 1000)
        done = self.run_metered(PYTHON, "-c", HALF_A_SECOND)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(pathlib.Path(self.database()).read_bytes()[:19], b"this is no database")
        cost = self.show(database=self.kept_apart())
        self.assertGreater(int(cost["total"]["cpu_ns"]), 400_000_000)
        self.assertIn("cannot be used", self.notices(cost))

    def test_ledger_of_a_newer_version_is_refused_by_name(self) -> None:
        self.assertEqual(self.run_metered("true").returncode, 0)
        with sqlite3.connect(self.database()) as database:
            columns = [(row[1], row[2]) for row in database.execute("PRAGMA table_info(schema_migration)")]
            values = [999 if kind == "INTEGER" else "future" for _, kind in columns]
            database.execute(f"INSERT INTO schema_migration VALUES ({','.join('?' * len(columns))})", values)
        shown = self.epochcost("show")
        self.assertEqual(shown.returncode, 1)
        self.assertIn(b"newer version", shown.stderr)
        done = self.run_metered(PYTHON, "-c", HALF_A_SECOND)
        self.assertEqual(done.returncode, 0)
        self.assertGreater(int(self.show(database=self.kept_apart())["total"]["cpu_ns"]), 400_000_000)

    def test_locked_ledger_is_waited_for(self) -> None:
        self.assertEqual(self.run_metered("true").returncode, 0)
        lock = sqlite3.connect(self.database(), isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")

        def release() -> None:
            lock.execute("ROLLBACK")
            lock.close()

        timer = threading.Timer(3.0, release)
        timer.start()
        done = self.run_metered(PYTHON, "-c", HALF_A_SECOND)
        timer.join()
        self.assertEqual(done.returncode, 0)
        self.assertGreater(int(self.show()["total"]["cpu_ns"]), 400_000_000)

    def test_home_that_cannot_be_written_is_told(self) -> None:
        environment = dict(self.environment, EPOCHCOST_HOME="/proc/nowhere")
        done = self.run_metered("true", env=environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn(b"/proc/nowhere", done.stderr)

    def small_disk(self) -> pathlib.Path:
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount a small disk")
        small = os.path.join(self.home, "small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=True)
        self.addCleanup(subprocess.run, ["umount", small])
        return pathlib.Path(small)

    def fill(self, filler: pathlib.Path) -> None:
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def test_disk_that_is_full_for_a_while_loses_nothing(self) -> None:
        small = self.small_disk()
        database = str(small / "ledger.db")
        started = subprocess.Popen([BINARY, "run", "-q", "--db", database, "--", PYTHON, "-c", BUSY_NOW_AND_THEN, str(FULL_S + 2)],
                                   env=self.environment, stdout=subprocess.PIPE)
        time.sleep(1)
        self.fill(small / "filler")
        time.sleep(FULL_S)
        (small / "filler").unlink()
        out, _ = started.communicate(timeout=60 + 2 * FULL_S)
        self.assertEqual(started.returncode, 0)
        cost = self.show(database=database)
        self.assertGreaterEqual(int(cost["total"]["cpu_ns"]), int(out))
        self.assertLess(int(cost["total"]["cpu_ns"]), int(out) * 1.1 + 200_000_000)
        self.assertIn("commit_failed", self.notices(cost))

    def test_disk_that_is_full_from_the_start_keeps_the_run_apart(self) -> None:
        small = self.small_disk()
        self.fill(small / "filler")
        done = self.run_metered(PYTHON, "-c", HALF_A_SECOND, options=("--db", str(small / "ledger.db")))
        self.assertEqual(done.returncode, 0)
        cost = self.show(database=self.kept_apart())
        self.assertGreater(int(cost["total"]["cpu_ns"]), 300_000_000)
        self.assertIn("cannot be used", self.notices(cost))

    def test_eight_runs_write_one_ledger(self) -> None:
        started = [subprocess.Popen([BINARY, "run", "-q", "--project", "eight", "--", PYTHON, "-c", HALF_A_SECOND],
                                    env=self.environment, stderr=subprocess.PIPE) for _ in range(8)]
        for each in started:
            _, err = each.communicate(timeout=120)
            self.assertEqual(each.returncode, 0, err.decode())
        listed = self.epochcost("runs", "--json")
        import json
        runs = json.loads(listed.stdout)["runs"]
        self.assertEqual(len(runs), 8)
        for run in runs:
            self.assertGreater(int(self.show(run["id"])["total"]["cpu_ns"]), 400_000_000)


class Prices(Metered):
    def refuse(self, toml: str) -> str:
        sheet = pathlib.Path(self.home, "sheet.toml")
        sheet.write_text(toml)
        marker = pathlib.Path(self.home, "ran")
        done = self.run_metered("touch", str(marker), options=("--prices", str(sheet)))
        self.assertEqual(done.returncode, 2, done.stderr.decode())
        self.assertFalse(marker.exists(), "the program ran although the prices were refused")
        text = done.stderr.decode()
        self.assertIn("error:", text)
        return text

    def sheet(self, prices: str = 'cpu = "0.2"', **fields: str) -> str:
        head = {"name": '"t"', "provider": '"own"', "region": '"here"', "currency": '"CNY"', "valid_from": '"2026-01-01"',
                "source": '"a test"', "date": '"2026-01-01"', **fields}
        return "[[sheet]]\n" + "".join(f"{k} = {v}\n" for k, v in head.items()) + f"[sheet.prices]\n{prices}\n"

    def test_good_sheet_prices_the_run(self) -> None:
        path = pathlib.Path(self.home, "good.toml")
        path.write_text(self.sheet('cpu = "3600"\nmemory = "0"\nnetwork = "0"'))
        done = self.run_metered(PYTHON, "-c", HALF_A_SECOND, options=("--prices", str(path)))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        cost = self.show()
        # 3600 CNY an hour are 1 nano-unit a nanosecond.
        self.assertEqual(int(cost["resources"]["cpu"]["amount_nano"]), int(cost["total"]["cpu_ns"]))

    def test_missing_sheet(self) -> None:
        done = self.run_metered("true", options=("--prices", "/no/such/sheet.toml"))
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"/no/such/sheet.toml", done.stderr)

    def test_bad_sheets_name_the_thing(self) -> None:
        for name, toml, word in (
            ("malformed", "[[sheet]\nname=", "sheet.toml"),
            ("negative", self.sheet('cpu = "-0.2"'), "-0.2"),
            ("not a number", self.sheet("cpu = nan"), "nan"),
            ("too large", self.sheet('cpu = "1000000000000000000"'), "1000000000000000000"),
            ("unknown currency", self.sheet(currency='"XYZ"'), "XYZ"),
            ("unknown resource", self.sheet('cpus = "1"'), "cpus"),
            ("overlapping", self.sheet() + self.sheet(), "2026-01-01"),
        ):
            with self.subTest(name):
                self.assertIn(word, self.refuse(toml))

    def test_a_price_change_is_seen_by_a_running_meter(self) -> None:
        program = "import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: sum(range(1000))"
        started = subprocess.Popen([BINARY, "run", "-q", "--", PYTHON, "-c", program], env=self.environment)
        time.sleep(1.5)
        changed = self.epochcost("price", "set", "reference", "cpu", "0.4", "CNY/h")
        self.assertEqual(changed.returncode, 0, changed.stderr.decode())
        self.assertEqual(started.wait(timeout=60), 0)
        cost = self.show()
        self.assertIn("price_changed", self.notices(cost))
        versions = {p["version"] for p in cost["prices"] if p["name"] == "reference"}
        self.assertEqual(versions, {1, 2})
        cpu_ns, amount = int(cost["total"]["cpu_ns"]), int(cost["resources"]["cpu"]["amount_nano"])
        per_ns = amount * 3600 / cpu_ns  # between 0.2 and 0.4 CNY/h
        self.assertTrue(0.2 < per_ns < 0.4, per_ns)


if __name__ == "__main__":
    unittest.main()
