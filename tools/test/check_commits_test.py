"""Messages that keep to the form pass; each way to break it is told with its reason."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[1] / "check_commits"
AS_SOMEONE = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]


class CheckCommits(unittest.TestCase):
    def check(self, *messages: str) -> "subprocess.CompletedProcess[str]":
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src/app").mkdir(parents=True)
            (root / "src/meter").mkdir()
            (root / "src/app/command_calc.cc").touch()
            (root / "docs").mkdir()
            subprocess.run(["git", "init", "-q", folder], check=True)
            for message in messages:
                subprocess.run(["git", "-C", folder, *AS_SOMEONE, "commit", "-q", "--allow-empty", "-m", message], check=True)
            return subprocess.run([str(CHECK), "--root", folder], capture_output=True, text=True)

    def assert_broken(self, message: str, why: str) -> None:
        done = self.check(message)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)

    def test_rooms_commands_folders_and_the_house_are_allowed(self) -> None:
        done = self.check("meter: cut at prices", "calc: say whose numbers", "docs: a word\n\nBecause.", "house, meter: both")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("4 messages", done.stdout)

    def test_every_commit_is_read_not_only_the_last(self) -> None:
        self.assertEqual(self.check("Cut at prices", "meter: cut at prices").returncode, 1)

    def test_subject_without_a_room_is_told(self) -> None:
        self.assert_broken("Cut at prices", "room: what changes")

    def test_unknown_room_is_told(self) -> None:
        self.assert_broken("attic: cut at prices", "no such room: attic")

    def test_long_subject_is_told(self) -> None:
        self.assert_broken("meter: " + "x" * 66, "73 columns")

    def test_full_stop_is_told(self) -> None:
        self.assert_broken("meter: cut at prices.", "full stop")

    def test_ticket_number_is_told(self) -> None:
        self.assert_broken("meter: cut at prices\n\nAs in #12.", "ticket")

    def test_folder_that_is_no_clone_is_skipped_with_a_reason(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([str(CHECK), "--root", folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertIn("skipped", done.stdout)


if __name__ == "__main__":
    unittest.main()
