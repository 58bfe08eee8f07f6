from __future__ import annotations

import os
import shutil
import threading
import unittest
from decimal import Decimal
from typing import List
from unittest import mock

from tests.support import BUDGET, NANO, SdkTest

from ciuic_sdk import Alert, Cost, CostMonitor, _marks, track_cost

PUBLISHED = """
from ciuic_sdk import CostMonitor
monitor = CostMonitor(project_id="proj_123", budget=5000, alert_threshold=0.8)   # 元
for epoch in range(100):
    train_one_epoch()
    current_cost = monitor.update()
    if current_cost > budget: break
"""


class PublishedProgram(SdkTest):
    def test_runs_as_it_stands_and_marks_its_epochs(self) -> None:
        done = self.run_program("budget = 5000\ndef train_one_epoch(): pass\n" + PUBLISHED)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(len([k for k in self.kinds() if k.startswith("end")]), 100)
        self.assertEqual(self.kinds()[-1], "close 0")

    def test_breaks_where_the_budget_is_spent(self) -> None:
        self.publish(5000.01)
        done = self.run_program("budget = 5000\ndef train_one_epoch(): pass\n" + PUBLISHED + "\nprint(epoch)")
        self.assertEqual(done.stdout, "0\n")


class Update(SdkTest):
    def test_closes_the_epoch_and_opens_the_next_at_the_same_instant(self) -> None:
        monitor = CostMonitor()
        monitor.update()
        self.assertEqual(self.kinds(), ["begin 0", "end 0", "begin 1"])
        records = self.records()
        self.assertEqual(records[-1].at, records[-2].at)

    def test_returns_what_the_meter_published(self) -> None:
        self.publish(12.34, currency="USD")  # type: ignore[arg-type]
        cost = CostMonitor(currency="USD").update()
        self.assertEqual((cost.nano, str(cost), cost.is_complete), (12_340_000_000, "$12.34", False))
        self.assertEqual(cost.as_of.isoformat() if cost.as_of else "", "2026-11-18T11:06:40+00:00")

    def test_is_zero_where_nothing_is_metered_yet(self) -> None:
        cost = CostMonitor().update()
        self.assertEqual((cost, cost.as_of), (0, None))

    def test_keeps_the_last_total_where_the_file_is_gone_or_torn(self) -> None:
        self.publish(7)
        monitor = CostMonitor()
        os.unlink(os.path.join(self.folder, "totals"))
        self.assertEqual(monitor.update(), 7)

    def test_a_million_times_harms_nothing_and_all_are_in_the_file(self) -> None:
        with mock.patch.object(_marks, "MAX_RECORDS", 5_000):
            monitor = CostMonitor()
            with self.assertLogs("ciuic_sdk") as logs:
                for _ in range(10_000):
                    monitor.update()
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(len(self.records()), 5_000)
        self.assertEqual(os.path.getsize(self.mark_files()[0]), 128 + 5_000 * 128)

    def test_from_several_threads_loses_no_record(self) -> None:
        monitor = CostMonitor()
        threads = [threading.Thread(target=lambda: [monitor.log(x=1.0) for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len([k for k in self.kinds() if k.startswith("metric")]), 2_000)


class Step(SdkTest):
    def test_counts_steps_and_samples_in_the_header_and_in_marks(self) -> None:
        monitor = CostMonitor()
        for _ in range(3):
            monitor.step(samples=32)
        monitor.step()
        monitor.update()
        self.assertEqual((self.records()[-1].steps, self.records()[-1].samples), (4, 96))
        with open(self.mark_files()[0], "rb") as file:
            words = memoryview(file.read(128)).cast("q")
        self.assertEqual((words[4], words[5]), (4, 96))
        self.assertGreater(words[6], 0)

    def test_takes_no_nonsense_and_asks_no_tensor(self) -> None:
        class Tensor:
            def __index__(self) -> int:
                raise AssertionError("this would wait for the device")

            __bool__ = __float__ = __int__ = __index__  # type: ignore[assignment]

        monitor = CostMonitor()
        with self.assertLogs("ciuic_sdk") as logs:
            for nonsense in (Tensor(), -1, 2.5, None, "32", float("nan"), True):
                monitor.step(samples=nonsense)  # type: ignore[arg-type]
            monitor.step(samples=2**70)
        self.assertLessEqual(len(logs.output), 2)
        self.assertEqual(monitor.summary().samples, 0)


class Epochs(SdkTest):
    def test_marks_each_and_leaves_none_open(self) -> None:
        monitor = CostMonitor()
        self.assertEqual(list(monitor.epochs(range(5, 8))), [5, 6, 7])
        self.assertEqual(self.kinds(),
                         ["begin 0", "horizon 3", "end 0", "begin 1", "end 1", "begin 2", "end 2"])

    def test_does_not_count_twice_where_the_program_calls_update_as_well(self) -> None:
        monitor = CostMonitor()
        for _ in monitor.epochs(range(2)):
            monitor.update()
        self.assertEqual(self.kinds(), ["begin 0", "horizon 2", "end 0", "begin 1", "end 1"])

    def test_goes_through_what_has_no_length_and_through_nothing(self) -> None:
        monitor = CostMonitor()
        self.assertEqual(list(monitor.epochs(iter("ab"))), ["a", "b"])
        self.assertEqual(list(monitor.epochs([])), [])
        self.assertNotIn("horizon 2", self.kinds())

    def test_ends_at_the_budget_where_that_was_asked(self) -> None:
        self.publish(10)
        with self.assertLogs("ciuic_sdk"):
            stopping = CostMonitor(budget=10, on_budget="stop")
            self.assertEqual(list(stopping.epochs(range(9))), [0])
        self.assertTrue(stopping.should_stop())

    def test_passes_the_programs_own_exceptions_on(self) -> None:
        with self.assertRaises(KeyError), CostMonitor() as monitor:
            for _ in monitor.epochs(range(3)):
                raise KeyError("theirs")
        self.assertEqual(self.kinds()[-1], "close 0")


class Phases(SdkTest):
    def test_are_marked_with_their_epoch_and_nest(self) -> None:
        monitor = CostMonitor()
        monitor.update()
        with monitor.phase("validation"), monitor.phase("checkpoint"):
            pass
        self.assertEqual([(r.kind, r.index, r.name) for r in self.records()[-4:]],
                         [(3, 1, b"eval"), (3, 1, b"checkpoint"), (4, 1, b"checkpoint"), (4, 1, b"eval")])

    def test_of_unknown_name_are_told_and_not_marked(self) -> None:
        monitor = CostMonitor()
        with self.assertLogs("ciuic_sdk"), monitor.phase("dance"):
            pass
        self.assertEqual(self.kinds(), ["begin 0"])

    def test_end_where_the_program_raises(self) -> None:
        monitor = CostMonitor()
        with self.assertRaises(KeyError), monitor.phase("eval"):
            raise KeyError
        self.assertEqual(self.kinds()[-1], "phase_end 0")


class Metrics(SdkTest):
    def test_are_recorded_where_they_are_finite_numbers(self) -> None:
        monitor = CostMonitor()
        with self.assertLogs("ciuic_sdk") as logs:
            monitor.log(loss=0.5, **{"精度" * 30: 1})
            monitor.log(bad=float("nan"), worse="0.5", tensor=object())  # type: ignore[arg-type]
        metrics = [(r.name.decode(), r.value) for r in self.records() if r.kind == 5]
        self.assertEqual(metrics, [("loss", 0.5), ("精度" * 12 + "精", 1.0)])
        self.assertEqual(len(logs.output), 3)


class Alerts(SdkTest):
    def test_are_called_once_at_the_threshold_and_once_at_the_budget(self) -> None:
        seen: List[Alert] = []
        monitor = CostMonitor(project_id="p", budget=100, on_alert=seen.append)
        for total in (79.99, 80, 90, 100, 120):
            self.publish(total)
            monitor._looked_ns = 0
            monitor.update()
        self.assertEqual([(a.kind, a.cost, a.budget) for a in seen], [("threshold", 80, 100), ("budget", 100, 100)])
        self.assertIn("80 %", str(seen[0]))

    def test_come_from_step_too_at_most_each_second(self) -> None:
        seen: List[Alert] = []
        monitor = CostMonitor(budget=100, on_alert=seen.append)
        self.publish(100)
        monitor.step()
        self.assertEqual(seen, [])
        monitor._next_look_ns = monitor._looked_ns = 0
        monitor.step()
        self.assertEqual([a.kind for a in seen], ["threshold", "budget"])

    def test_that_raise_are_told_once_and_never_reach_the_training(self) -> None:
        self.publish(100)

        def fails(alert: Alert) -> None:
            raise RuntimeError("theirs")

        with self.assertLogs("ciuic_sdk") as logs:
            CostMonitor(budget=100, on_alert=fails, on_budget=fails).update()
        self.assertEqual(len([line for line in logs.output if "theirs" in line]), 2)

    def test_use_the_projects_own_budget_where_the_program_names_none(self) -> None:
        self.publish(60, budget=50 * NANO, threshold=500_000)
        seen: List[Alert] = []
        monitor = CostMonitor(on_alert=seen.append)
        self.assertEqual([a.kind for a in seen], ["threshold", "budget"])
        self.assertTrue(monitor.should_stop())

    def test_do_not_compare_two_currencies(self) -> None:
        self.publish(100, currency="USD")  # type: ignore[arg-type]
        with self.assertLogs("ciuic_sdk") as logs:
            self.assertFalse(CostMonitor(budget=1, currency="CNY").should_stop())
        self.assertEqual(len(logs.output), 1)

    def test_come_from_the_first_rank_only(self) -> None:
        self.publish(100)
        seen: List[Alert] = []
        with mock.patch.dict(os.environ, RANK="1", WORLD_SIZE="2"):
            monitor = CostMonitor(budget=100, on_alert=seen.append)
        self.assertEqual(seen, [])
        self.assertTrue(monitor.should_stop())


class Constructor(SdkTest):
    def test_hands_the_budget_over_as_a_mark(self) -> None:
        CostMonitor(project_id="项目", budget=0.1, alert_threshold=0.75)
        first = self.records()[0]
        self.assertEqual((first.kind, first.index, first.steps, first.name),
                         (BUDGET, 100_000_000, 750_000, "项目".encode() + b"\0CNY"))

    def test_tells_nonsense_with_a_hint_and_goes_on(self) -> None:
        for nonsense in (dict(budget=-1), dict(budget=float("nan")), dict(budget="lots"), dict(budget=1e300),
                         dict(budget=[]), dict(alert_threshold=0), dict(alert_threshold=80), dict(currency="RMB"),
                         dict(currency=None), dict(project_id="a/b"), dict(project_id=""), dict(project_id="\udcff"),
                         dict(project_id="长" * 100), dict(on_budget="explode"), dict(planned_epochs=-3),
                         dict(planned_epochs=2.5)):
            self.forget()
            with self.subTest(nonsense), self.assertLogs("ciuic_sdk") as logs:
                self.assertEqual(CostMonitor(**nonsense).update(), 0)  # type: ignore[arg-type]
                self.assertEqual(len(logs.output), 1)

    def test_raises_for_nonsense_where_tests_ask_for_it(self) -> None:
        with mock.patch.dict(os.environ, EPOCHCOST_STRICT="1"), self.assertRaises(ValueError):
            CostMonitor(budget=-1)

    def test_speaks_chinese_where_the_locale_does(self) -> None:
        with mock.patch.dict(os.environ, LANG="zh_CN.UTF-8"), self.assertLogs("ciuic_sdk") as logs:
            CostMonitor(budget=-1)
        self.assertIn("忽略预算", logs.output[0])

    def test_reads_ranks_of_launchers_leniently(self) -> None:
        for variables, expected in ((dict(RANK="3", WORLD_SIZE="8"), (3, 8)), (dict(SLURM_PROCID="2"), (2, 0)),
                                    (dict(OMPI_COMM_WORLD_RANK="1", OMPI_COMM_WORLD_SIZE="4"), (1, 4)),
                                    (dict(LOCAL_RANK="1"), (1, 0)), (dict(RANK="x", WORLD_SIZE="-1"), (0, 0))):
            with mock.patch.dict(os.environ, variables):
                self.forget()
                monitor = CostMonitor()
            session = monitor._session
            assert session is not None
            self.assertEqual(tuple(session.ranks), expected)

    def test_numbers_on_where_an_ended_process_left_off(self) -> None:
        program = "from ciuic_sdk import CostMonitor\nm = CostMonitor()\nfor _ in m.epochs(range(3)): pass"
        self.run_program(program)
        monitor = CostMonitor()
        monitor.update()
        own = [path for path in self.mark_files() if f"/{os.getpid()}-" in path]
        self.assertEqual([r.index for r in self.records(own[0])][1:], [3, 3, 4])
        self.assertEqual(monitor.summary().epochs, 1)


class SeveralMonitors(SdkTest):
    def test_mark_once_and_the_second_reads(self) -> None:
        self.publish(3)
        first, second = CostMonitor(), CostMonitor()
        self.assertEqual((first.update(), second.update()), (3, 3))
        second.step()
        second.close()
        self.assertEqual(self.kinds(), ["begin 0", "end 0", "begin 1"])
        self.assertEqual(first.summary().steps, 0)

    def test_one_after_the_other_number_their_epochs_on(self) -> None:
        with CostMonitor() as first:
            first.update()
        with CostMonitor() as second:
            second.update()
        self.assertEqual(self.kinds(), ["begin 0", "end 0", "begin 1", "close 0",
                                        "begin 2", "end 2", "begin 3", "close 0"])

    def test_of_two_projects_in_one_process_are_told(self) -> None:
        first = CostMonitor(project_id="a")
        with self.assertLogs("ciuic_sdk"):
            CostMonitor(project_id="b")
        self.assertEqual(first.update(), 0)

    def test_of_which_the_first_is_gone_are_taken_over(self) -> None:
        first, second = CostMonitor(), CostMonitor()
        del first
        second.update()
        self.assertEqual(self.kinds(), ["begin 0", "end 0", "begin 1"])


class Close(SdkTest):
    def test_waits_for_the_ledger_and_then_says_so(self) -> None:
        monitor = CostMonitor()
        self.publish(9, sealed=2**62)
        monitor.close()
        summary = monitor.summary()
        self.assertEqual((summary.total, summary.is_complete), (Decimal(9), True))
        monitor.update()
        monitor.step()
        monitor.close()
        self.assertEqual(self.kinds(), ["begin 0", "close 0"])

    def test_is_not_held_by_a_meter_that_never_answers(self) -> None:
        monitor = CostMonitor()
        monitor.close()
        self.assertFalse(monitor.summary().is_complete)

    def test_happens_at_exit(self) -> None:
        self.run_program("from ciuic_sdk import CostMonitor\nm = CostMonitor()\nraise SystemExit(3)")
        self.assertEqual(self.kinds(), ["begin 0", "close 0"])


class Children(SdkTest):
    def test_by_fork_mark_nothing_with_the_monitor_they_got(self) -> None:
        done = self.run_program("""
import os
from ciuic_sdk import CostMonitor
m = CostMonitor()
if os.fork() == 0:
    m.step(); m.update(); m.log(a=1); m.close()
    raise SystemExit(0)
os.wait()
m.update()
""")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.kinds(), ["begin 0", "end 0", "begin 1", "close 0"])

    def test_by_fork_may_have_monitors_of_their_own(self) -> None:
        self.run_program("""
import os
from ciuic_sdk import CostMonitor
m = CostMonitor()
if os.fork() == 0:
    os.environ["RANK"] = "1"
    CostMonitor().update()
    raise SystemExit(0)
os.wait()
""")
        self.assertEqual(len(self.mark_files()), 2)


class World(SdkTest):
    def test_that_closes_all_descriptors_gets_no_mark_into_its_files(self) -> None:
        done = self.run_program("""
import os
from ciuic_sdk import CostMonitor
m = CostMonitor()
os.closerange(3, 4096)
mine = [os.open(f"mine{i}", os.O_RDWR | os.O_CREAT) for i in range(20)]
for i in range(1500):
    m.step(); m.update()
m.close()
print(sum(os.fstat(each).st_size for each in mine))
""")
        self.assertEqual((done.returncode, done.stdout), (0, "0\n"))
        self.assertEqual(len(self.records()), 2 + 2 * 1500 + 1)

    def test_that_removes_the_folder_harms_nothing(self) -> None:
        monitor = CostMonitor()
        shutil.rmtree(self.folder)
        with self.assertLogs("ciuic_sdk") as logs:
            for _ in range(2_000):
                monitor.step()
                monitor.update()
        self.assertEqual(len(logs.output), 1)

    def test_that_cannot_be_written_is_told_once(self) -> None:
        shutil.rmtree(os.path.join(self.folder, "marks"))
        with open(os.path.join(self.folder, "marks"), "w", encoding="ascii"):
            pass
        with self.assertLogs("ciuic_sdk") as logs:
            with CostMonitor() as monitor:
                monitor.step(samples=1)
                monitor.update()
                monitor.log(a=1)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("epochs are not recorded", logs.output[0])

    def test_with_a_full_disk_is_told_once(self) -> None:
        with mock.patch("os.posix_fallocate", side_effect=OSError(28, "No space left on device")):
            with self.assertLogs("ciuic_sdk") as logs:
                self.assertEqual(CostMonitor().update(), 0)
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(self.mark_files(), [])

    def test_where_the_disk_fills_later_takes_marks_again_when_there_is_room(self) -> None:
        monitor = CostMonitor()
        for _ in range(511):
            monitor.update()
        with mock.patch("os.posix_fallocate", side_effect=OSError(28, "No space left on device")):
            with self.assertLogs("ciuic_sdk") as logs:
                for _ in range(5):
                    monitor.update()
        self.assertEqual(len(logs.output), 1)
        monitor.update()
        self.assertEqual(self.kinds()[-1], "begin 517")

    def test_with_a_bug_of_ours_degrades_and_tells_it_once(self) -> None:
        monitor = CostMonitor()
        with mock.patch.object(monitor, "_turn", side_effect=RuntimeError("ours")):
            with self.assertLogs("ciuic_sdk") as logs:
                self.assertIsInstance(monitor.update(), Cost)
                monitor.update()
            self.assertEqual(len(logs.output), 1)
            with mock.patch.dict(os.environ, EPOCHCOST_STRICT="1"), self.assertRaises(RuntimeError):
                monitor.update()


class TrackCost(SdkTest):
    def test_makes_each_call_an_epoch_and_returns_what_it_returns(self) -> None:
        @track_cost(project_id="p")
        def train(x: int) -> int:
            return x + 1

        self.assertEqual((train(1), train(2)), (2, 3))
        self.assertEqual(self.kinds(), ["begin 0", "end 0", "close 0", "begin 1", "end 1", "close 0"])

    def test_needs_no_arguments_and_passes_exceptions_on(self) -> None:
        @track_cost
        def train() -> None:
            raise KeyError("theirs")

        with self.assertRaises(KeyError):
            train()
        self.assertEqual(self.kinds(), ["begin 0", "close 0"])


if __name__ == "__main__":
    unittest.main()
