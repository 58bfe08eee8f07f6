"""The catalogue check finds each way in which code and catalogue can part."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[1] / "check_text.py"


class CheckText(unittest.TestCase):
    def check(self, code: str, pairs: str) -> "subprocess.CompletedProcess[str]":
        with tempfile.TemporaryDirectory() as folder:
            src = pathlib.Path(folder)
            (src / "base/text_zh").mkdir(parents=True)
            (src / "base/text_zh/app.inc").write_text(pairs)
            (src / "code.cc").write_text(code)
            return subprocess.run([str(CHECK), "--src", str(src)], capture_output=True, text=True)

    def assert_broken(self, code: str, pairs: str, why: str) -> None:
        done = self.check(code, pairs)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)

    def test_pair_for_each_sentence_passes(self) -> None:
        done = self.check('Say("no run: {}", id);', 'Pair{"no run: {}", "没有 {}"},\n')
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_adjacent_literals_are_one_sentence(self) -> None:
        done = self.check('Say("no "\n    "run: {}", id);', 'Pair{"no run: {}", "没有 {}"},\n')
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_sentence_of_a_table_counts_as_said(self) -> None:
        done = self.check('kSentences[] = {"held"}; Translate(kSentences[0]);', 'Pair{"held", "占用"},\n')
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_sentence_without_translation_fails(self) -> None:
        self.assert_broken('Translate("no run")', "", "no Chinese for: no run")

    def test_translation_of_nothing_fails(self) -> None:
        self.assert_broken("", 'Pair{"gone", "没有了"},\n', "nobody says: gone")

    def test_lost_placeholder_fails(self) -> None:
        self.assert_broken('Say("no run: {}", id);', 'Pair{"no run: {}", "没有"},\n', "placeholders differ")

    def test_line_that_is_no_pair_fails(self) -> None:
        self.assert_broken('Say("no run");', 'Pair{"no run"},\n', "a line that is not")


if __name__ == "__main__":
    unittest.main()
