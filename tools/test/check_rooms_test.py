"""The rooms check finds a room or a file that a list forgot, and nothing else."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[1] / "check_rooms"
HOUSE = {
    "src/CMakeLists.txt": "add_subdirectory(base)\nadd_subdirectory(meter)\n",
    "src/base/CMakeLists.txt": "epochcost_room(base\n  SOURCES money.cc\n  HEADERS money.h\n  TESTS money_test.cc)\n",
    "src/base/money.cc": "", "src/base/money.h": "", "src/base/money_test.cc": "",
    "src/meter/CMakeLists.txt": "epochcost_room(meter SOURCES meter.cc)\nadd_subdirectory(marks)\n",
    "src/meter/meter.cc": "", "src/meter/made_up_run.h": "",
    "src/meter/marks/CMakeLists.txt": "epochcost_room(marks SOURCES mark.cc)\n",
    "src/meter/marks/mark.cc": "",
    "tools/layers.txt": "room base 0\nroom meter 2 base/\n",
}


class CheckRooms(unittest.TestCase):
    def check(self, changed: "dict[str, str]") -> "subprocess.CompletedProcess[str]":
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**HOUSE, **changed}.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return subprocess.run([str(CHECK), "--root", folder], capture_output=True, text=True)

    def assert_broken(self, changed: "dict[str, str]", why: str) -> None:
        done = self.check(changed)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)

    def test_house_in_order_is_allowed(self) -> None:
        done = self.check({})
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_folder_that_no_list_names_is_told(self) -> None:
        self.assert_broken({"src/attic/old.cc": ""}, "src/attic: a folder that src/CMakeLists.txt does not build")

    def test_room_without_a_layer_is_told(self) -> None:
        self.assert_broken({"tools/layers.txt": "room base 0\n"}, "no line for the room meter")

    def test_lists_in_another_order_are_told(self) -> None:
        self.assert_broken({"tools/layers.txt": "room meter 2\nroom base 0\n"}, "another order")

    def test_test_that_nobody_declared_is_told(self) -> None:
        self.assert_broken({"src/meter/meter_test.cc": ""}, "src/meter/meter_test.cc: in no CMakeLists.txt")

    def test_file_named_in_a_comment_alone_is_told(self) -> None:
        self.assert_broken({"src/meter/series.cc": "", "src/meter/CMakeLists.txt":
                            "epochcost_room(meter SOURCES meter.cc) # series.cc\n"}, "src/meter/series.cc: in no")

    def test_test_declared_twice_is_told(self) -> None:
        self.assert_broken({"src/meter/CMakeLists.txt": "epochcost_room(meter SOURCES meter.cc TESTS x_test.cc x_test.cc)\n",
                            "src/meter/x_test.cc": ""}, "declared 2 times")


if __name__ == "__main__":
    unittest.main()
