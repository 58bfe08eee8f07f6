"""The words check finds what no file may say."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[1] / "check_words"


class CheckWords(unittest.TestCase):
    def check(self, path: str, text: str) -> "subprocess.CompletedProcess[str]":
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            return subprocess.run([str(CHECK), "--root", folder], capture_output=True, text=True)

    def assert_broken(self, path: str, text: str, why: str) -> None:
        done = self.check(path, text)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)

    def assert_allowed(self, path: str, text: str) -> None:
        done = self.check(path, text)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_path_of_a_machine_is_found(self) -> None:
        self.assert_broken("docs/a.md", "see /root/notes", "a place of one machine")

    def test_money_in_floating_point_is_found_where_money_lives(self) -> None:
        self.assert_broken("src/ledger/sum.cc", "double total_amount = 0;", "money in floating point")
        self.assert_allowed("src/probe/hz.cc", "double hz = 10;")

    def test_chinese_belongs_in_catalogues_and_tests(self) -> None:
        self.assert_broken("src/app/say.cc", 'const char* k = "没有";', "Chinese outside a catalogue")
        self.assert_allowed("src/base/text_zh/app.inc", 'Pair{"no", "没有"},')
        self.assert_allowed("src/base/text_test.cc", '"没有"')

    def test_unit_of_money_is_as_published(self) -> None:
        self.assert_allowed("docs/cost-model.md", "元 per GB")

    def test_unfinished_work_and_nameless_rooms_are_found(self) -> None:
        self.assert_broken("src/app/a.cc", "// TODO: later", "unfinished work")
        self.assert_broken("src/app/util.cc", "", "name nothing")

    def test_file_over_five_hundred_lines_is_found(self) -> None:
        self.assert_broken("src/app/long.cc", "int a;\n" * 501, "500 is the limit")


if __name__ == "__main__":
    unittest.main()
