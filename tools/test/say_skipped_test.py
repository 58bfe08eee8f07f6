"""Skipped tests are said with what they printed; a run without any says nothing."""

import pathlib
import subprocess
import tempfile
import unittest

SAY = pathlib.Path(__file__).resolve().parents[1] / "say_skipped"


def test_of(name: str, output: str, verdict: str) -> str:
    """A test as ctest's log has it."""
    line = "-" * 58
    return (f'1/9 Testing: {name}\nCommand: "x"\n"{name}" start time: Nov 25 01:20 UTC\nOutput:\n{line}\n{output}'
            f"<end of output>\nTest time =   0.01 sec\n{line}\nTest {verdict}.\n\"{name}\" end time: Nov 25 01:20 UTC\n")


class SaySkipped(unittest.TestCase):
    def say(self, *tests: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "LastTest.log")
            log.write_text("".join(tests))
            done = subprocess.run([str(SAY), str(log)], capture_output=True, text=True, check=True)
            return done.stdout

    def test_reasons_of_each_kind_of_test_are_said(self) -> None:
        said = self.say(test_of("A.B", "[ RUN ] A.B\nx_test.cc:3: Skipped\nneeds root\n\n[ SKIPPED ] A.B\n", "Skipped"),
                        test_of("parts", "test_a (t.T.a) ... ok\ntest_b (t.T.b) ... skipped 'no ip'\nOK (skipped=1)\n", "Passed"),
                        test_of("script", "skipped: no npm on this machine\n", "Skipped"))
        self.assertEqual(said.splitlines(), ["skipped: A.B: needs root", "skipped: parts: no ip",
                                             "skipped: script: no npm on this machine"])

    def test_tests_with_one_reason_share_a_line(self) -> None:
        tests = [test_of(f"A.{i}", "x:3: Skipped\nneeds root\n", "Skipped") for i in range(5)]
        self.assertEqual(self.say(*tests), "skipped: A.0, A.1, A.2 and 2 more: needs root\n")

    def test_without_a_reason_the_last_line_is_said(self) -> None:
        self.assertEqual(self.say(test_of("odd", "begun\nno torch\n", "Skipped")), "skipped: odd: no torch\n")
        self.assertEqual(self.say(test_of("mute", "", "Skipped")), "skipped: mute: it does not say\n")

    def test_what_ran_is_not_said(self) -> None:
        self.assertEqual(self.say(test_of("A.B", "[ OK ] A.B\n", "Passed"), test_of("A.C", "x\n", "Failed")), "")
        self.assertEqual(self.say(), "")


if __name__ == "__main__":
    unittest.main()
