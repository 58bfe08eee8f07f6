"""A thing within its budget passes, one over it fails, one that was not built is said."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[1] / "check_sizes"


class CheckSizes(unittest.TestCase):
    def check(self, budget: str) -> "subprocess.CompletedProcess[str]":
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "tools").mkdir()
            (root / "tools/sizes.txt").write_text(f"# budgets\n\n{budget}\n")
            (root / "page").mkdir()
            (root / "page/a.js").write_bytes(bytes(range(256)) * 4)
            (root / "page/b.js").write_bytes(b"x" * 100_000)
            return subprocess.run([str(CHECK), "--root", folder], capture_output=True, text=True)

    def test_files_of_all_patterns_are_added(self) -> None:
        self.assertEqual(self.check("page: plain 99 KiB page/a.js page/b.js").returncode, 0)
        over = self.check("page: plain 98 KiB page/a.js page/b.js page/*.js")
        self.assertEqual(over.returncode, 1)
        self.assertIn("OVER", over.stdout)

    def test_gzip_counts_what_a_server_sends(self) -> None:
        self.assertEqual(self.check("page: gzip 2 KiB page/*.js").returncode, 0)

    def test_what_was_not_built_is_said(self) -> None:
        done = self.check("page: plain 1 KiB nowhere/*.js")
        self.assertEqual(done.returncode, 0)
        self.assertIn("skipped", done.stdout)

    def test_line_that_is_no_budget_is_refused(self) -> None:
        for line in ("page: plain 1 page/*", "page: heavy 1 KiB page/*", "page: plain -1 KiB page/*", "page"):
            with self.subTest(line):
                done = self.check(line)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("line 3", done.stderr)


if __name__ == "__main__":
    unittest.main()
