"""The layering check finds what it is for, and nothing else."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[1] / "check_layers"
LAYERS = """
room base   0
room meter  2 base/
room ledger 2 base/
room store  2 base/
room api    3 base/ store/store.h
foreign fmt/      *
foreign sqlite3.h store
foreign gtest/    tests
"""


class CheckLayers(unittest.TestCase):
    def check(self, path: str, code: str, layers: str = LAYERS) -> "subprocess.CompletedProcess[str]":
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src" / path).parent.mkdir(parents=True)
            (root / "src" / path).write_text(code)
            (root / "layers.txt").write_text(layers)
            return subprocess.run([str(CHECK), "--src", str(root / "src"), "--layers", str(root / "layers.txt")],
                                  capture_output=True, text=True)

    def assert_allowed(self, path: str, code: str) -> None:
        done = self.check(path, code)
        self.assertEqual(done.returncode, 0, done.stdout)

    def assert_broken(self, path: str, code: str, why: str) -> None:
        done = self.check(path, code)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)

    def test_lower_rooms_own_headers_and_the_system_are_allowed(self) -> None:
        self.assert_allowed("meter/meter.cc", '#include "meter/meter.h"\n#include "base/money.h"\n'
                            "#include <vector>\n#include <sys/wait.h>\n#include <unistd.h>\n#include <fmt/format.h>\n")

    def test_rooms_of_one_rank_do_not_meet(self) -> None:
        self.assert_broken("meter/meter.cc", '#include "ledger/pricer.h"\n', "meter may include base/")

    def test_lower_room_does_not_look_up(self) -> None:
        self.assert_broken("base/money.h", '#include "meter/meter.h"\n', "base may include no other room")

    def test_port_is_open_and_what_lies_behind_it_is_not(self) -> None:
        self.assert_allowed("api/page.cc", '#include "store/store.h"\n')
        self.assert_broken("api/page.cc", '#include "store/sqlite/database.h"\n', "store/store.h")

    def test_library_stays_in_its_room(self) -> None:
        self.assert_allowed("store/sqlite/database.cc", "#include <sqlite3.h>\n")
        self.assert_broken("api/page.cc", "#include <sqlite3.h>\n", "sqlite3.h belongs to store")

    def test_test_framework_is_for_tests(self) -> None:
        self.assert_allowed("meter/meter_test.cc", "#include <gtest/gtest.h>\n")
        self.assert_broken("meter/meter.cc", "#include <gtest/gtest.h>\n", "gtest/ belongs to tests")

    def test_unknown_library_and_unknown_room_are_told(self) -> None:
        self.assert_broken("meter/meter.cc", "#include <boost/asio.hpp>\n", "an unknown library")
        self.assert_broken("attic/old.cc", "", "the room attic is not in tools/layers.txt")

    def test_table_that_lets_a_room_look_up_is_refused(self) -> None:
        done = self.check("base/money.h", "", "room base 0 meter/\nroom meter 2\n")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("not a room of lower rank", done.stderr)


if __name__ == "__main__":
    unittest.main()
