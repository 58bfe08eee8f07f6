"""Programs as they come: `epochcost run` changes nothing about them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from metered import BINARY, PYTHON, Metered


class Programs(Metered):
    def test_exit_code_is_passed_through(self) -> None:
        self.assertEqual(self.run_metered("sh", "-c", "exit 37").returncode, 37)
        self.assertEqual(self.show()["run"]["exit_code"], 37)

    def test_death_by_signal_is_128_and_the_signal(self) -> None:
        self.assertEqual(self.run_metered("sh", "-c", "kill -SEGV $$").returncode, 139)

    def test_no_such_program_is_127_with_a_hint(self) -> None:
        done = self.run_metered("no-such-program-anywhere")
        self.assertEqual(done.returncode, 127)
        self.assertIn(b"no-such-program-anywhere", done.stderr)
        self.assertIn(b"hint:", done.stderr)

    def test_not_executable_is_126(self) -> None:
        self.assertEqual(self.run_metered("/etc/passwd").returncode, 126)

    def test_nothing_of_ours_is_on_stdout(self) -> None:
        done = self.run_metered("sh", "-c", "printf 'Epoch 1/2\\n'; printf 'x\\0\\377' ")
        self.assertEqual(done.stdout, b"Epoch 1/2\nx\0\xff")

    def test_program_that_ends_before_the_first_reading_is_metered(self) -> None:
        self.assertEqual(self.run_metered("true").returncode, 0)
        self.assertGreater(int(self.show()["total"]["cpu_ns"]), 0)

    def test_stdin_reaches_the_program(self) -> None:
        done = self.run_metered("wc", "-c", input=b"x" * 100_000)
        self.assertEqual(done.stdout.strip(), b"100000")

    def test_a_gigabyte_on_stdout_passes_unchanged(self) -> None:
        program = "import os\nb = bytes(range(256)) * 4096\nfor _ in range(1024): os.write(1, b)"
        started = subprocess.Popen([BINARY, "run", "-q", "--", PYTHON, "-c", program], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert started.stdout is not None
        digest, size = hashlib.md5(), 0
        while block := started.stdout.read(1 << 20):
            digest.update(block)
            size += len(block)
        self.assertEqual(started.wait(), 0)
        started.stdout.close()
        expected = hashlib.md5()
        for _ in range(1024):
            expected.update(bytes(range(256)) * 4096)
        self.assertEqual(size, 1 << 30)
        self.assertEqual(digest.hexdigest(), expected.hexdigest())

    def test_sigterm_reaches_a_program_that_handles_it(self) -> None:
        program = ("import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
                   "print('ready', flush=True)\ntime.sleep(60)")
        started = subprocess.Popen([BINARY, "run", "-q", "--", PYTHON, "-c", program], env=self.environment, stdout=subprocess.PIPE)
        assert started.stdout is not None
        started.stdout.readline()
        started.send_signal(signal.SIGTERM)
        self.assertEqual(started.wait(timeout=30), 9)
        started.stdout.close()

    def test_program_that_ignores_sigterm_runs_on(self) -> None:
        program = ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                   "print('ready', flush=True)\ntime.sleep(1.5)\nprint('done')")
        started = subprocess.Popen([BINARY, "run", "-q", "--", PYTHON, "-c", program], env=self.environment, stdout=subprocess.PIPE)
        assert started.stdout is not None
        started.stdout.readline()
        started.send_signal(signal.SIGTERM)
        rest = started.stdout.read()
        self.assertEqual(started.wait(timeout=30), 0)
        self.assertIn(b"done", rest)
        started.stdout.close()

    def test_program_that_closes_all_descriptors_and_changes_its_session(self) -> None:
        program = ("import os, time\nos.setsid() if os.getpid() != os.getsid(0) else None\nos.closerange(0, 256)\n"
                   "end = time.process_time() + 0.5\nwhile time.process_time() < end: pass\nos._exit(3)")
        self.assertEqual(self.run_metered(PYTHON, "-c", program).returncode, 3)
        self.assertGreater(int(self.show()["total"]["cpu_ns"]), 400_000_000)

    def test_two_thousand_forks_are_all_counted(self) -> None:
        program = "for i in $(seq 2000); do :; /bin/true; done"
        self.assertEqual(self.run_metered("sh", "-c", program).returncode, 0)
        self.assertGreater(int(self.show()["total"]["cpu_ns"]), 100_000_000)

    def test_a_daemon_left_behind_keeps_its_output(self) -> None:
        out = os.path.join(self.home, "daemon")
        program = f"(sleep 1.5; echo late && echo wrote > {out}) & exit 0"
        started = subprocess.Popen([BINARY, "run", "-q", "--", "sh", "-c", program], env=self.environment, stdout=subprocess.PIPE)
        assert started.stdout is not None
        self.assertEqual(started.wait(timeout=30), 0)
        self.assertEqual(started.stdout.read(), b"late\n")
        started.stdout.close()
        deadline = time.monotonic() + 10
        while not os.path.exists(out) and time.monotonic() < deadline:
            select.select([], [], [], 0.05)
        self.assertTrue(os.path.exists(out))

    def test_environment_and_directory_are_the_callers(self) -> None:
        done = self.run_metered("sh", "-c", "pwd; echo $SOMETHING", cwd="/", env=dict(self.environment, SOMETHING="else"))
        self.assertEqual(done.stdout, b"/\nelse\n")


class Terminals(Metered):
    def run_in_terminal(self, program: str, rows: int = 33, columns: int = 111) -> bytes:
        pid, master = pty.fork()
        if pid == 0:
            os.execve(BINARY, [BINARY, "run", "-q", "--", PYTHON, "-c", program], self.environment)
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        shown = b""
        while True:
            try:
                block = os.read(master, 65536)
            except OSError:
                break
            if not block:
                break
            shown += block
        os.waitpid(pid, 0)
        os.close(master)
        return shown

    def test_program_sees_a_terminal_of_the_right_size(self) -> None:
        shown = self.run_in_terminal("import os, sys, time; time.sleep(0.3); "
                                     "print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size(1))")
        self.assertIn(b"True True True", shown)
        self.assertIn(b"columns=111, lines=33", shown)

    def test_pipe_is_no_terminal(self) -> None:
        done = self.run_metered(PYTHON, "-c", "import sys; print(sys.stdout.isatty())")
        self.assertEqual(done.stdout, b"False\n")


if __name__ == "__main__":
    unittest.main()
