"""Finds or starts the meter of this process: where its marks go, and where its totals come from."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import select
import shutil
import site
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import List, Optional

from ciuic_sdk import _totals
from ciuic_sdk._cost import NANO
from ciuic_sdk._marks import own_start_ticks
from ciuic_sdk._ranks import read_ranks

# The longest that the constructor waits for the meter.
START_PATIENCE_S = 3.0
# The longest that it waits for another rank to start it.
MEETING_PATIENCE_S = 5.0
# What the ranks of one launch have in common.
_LAUNCH = ("MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "TORCHELASTIC_RUN_ID", "SLURM_JOB_ID", "SLURM_STEP_ID")


@dataclass(frozen=True)
class Order:
    """What the constructor was told, after nonsense was taken out."""

    project: str
    name: str
    budget_nano: Optional[int]
    threshold_ppm: int
    currency: str


@dataclass(frozen=True)
class Place:
    """A run's folder."""

    run_id: str
    folder: str
    origin: str  # "run": under epochcost run; "own": our meter; "spool": nobody meters
    trouble: str = ""  # why nobody meters; empty where no program was found

    @property
    def marks(self) -> str:
        return os.path.join(self.folder, "marks")

    @property
    def totals(self) -> str:
        return os.path.join(self.folder, "totals")

    def wake(self) -> bool:
        """Asks the meter to read now. False where nobody listens; never waits."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                return _send(sender, os.path.join(self.folder, "wake"), self.folder)
        except OSError:
            return False


def _send(sender: socket.socket, address: str, folder: str) -> bool:
    try:
        if len(os.fsencode(address)) < 108:
            sender.sendto(b"w", address)
            return True
        # The kernel takes no longer address; by way of the folder's descriptor it is short.
        opened = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sender.sendto(b"w", f"/proc/self/fd/{opened}/wake")
        finally:
            os.close(opened)
        return True
    except BlockingIOError:
        return True  # its queue is full: it will read soon


def data_home() -> str:
    """The folder of all that EpochCost keeps; docs/formats.md has the order."""
    home = os.environ.get("EPOCHCOST_HOME", "")
    if not home and os.environ.get("XDG_DATA_HOME"):
        home = os.path.join(os.environ["XDG_DATA_HOME"], "epochcost")
    if not home and os.environ.get("HOME"):
        home = os.path.join(os.environ["HOME"], ".local/share/epochcost")
    last_resort = f"/tmp/epochcost-{os.geteuid()}"
    for place in filter(None, (home, last_resort)):
        try:
            os.makedirs(place, mode=0o700, exist_ok=True)
        except OSError:
            continue
        is_ours = place != last_resort or os.stat(place).st_uid == os.geteuid()
        if is_ours and os.access(place, os.W_OK | os.X_OK):
            return place
    raise OSError(f"neither {home or 'a data home'} nor {last_resort} can be written")


def find_program() -> Optional[str]:
    """The program told, else the one that pip put beside this Python, else that of PATH or `pip install --user`."""
    told = os.environ.get("EPOCHCOST_BIN", "")
    beside = os.path.join(os.path.dirname(sys.executable or ""), "epochcost")
    users = os.path.join(site.getuserbase() or "", "bin", "epochcost")
    for path in (told, beside, shutil.which("epochcost"), users):
        if path and os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def find_place(order: Order) -> Place:
    """The run that this process is in, else a run of its own. Raises OSError: nothing can be written."""
    folder = os.environ.get("EPOCHCOST_RUN_DIR", "")
    run_id = os.environ.get("EPOCHCOST_RUN_ID", "")
    if folder and run_id and os.path.isdir(folder):
        totals = _totals.read(os.path.join(folder, "totals"))
        # A shell that outlived its run still carries the variables.
        if totals is None or not totals.is_closed:
            return Place(run_id, folder, "run")
    meeting = Meeting.of_ranks(order.project)
    if meeting is None:
        return _own_place(order)
    with meeting:
        place = meeting.joined() or _own_place(order)
        meeting.announce(place)
        return place


def _own_place(order: Order) -> Place:
    program = find_program()
    run_id = secrets.token_hex(6)
    if program is None:
        return _spool(run_id, "")
    try:
        place = _start(program, run_id, order)
    except (OSError, ValueError, subprocess.SubprocessError) as fault:
        return _spool(run_id, str(fault) or type(fault).__name__)
    # Processes that this one starts belong to the run, and must not start meters of their own.
    os.environ["EPOCHCOST_RUN_ID"] = place.run_id
    os.environ["EPOCHCOST_RUN_DIR"] = place.folder
    return place


class Meeting:
    """Where ranks that were started side by side agree on one run: a file that they lock in turn. The first starts
    the meter and leaves word of it; the others join."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = -1

    @classmethod
    def of_ranks(cls, project: str) -> Optional["Meeting"]:
        """None for a process that is no rank of several, or where there is no place to meet."""
        if read_ranks().world_size < 2:
            return None
        words = [project, str(os.geteuid())] + [os.environ.get(name, "") for name in _LAUNCH]
        try:
            folder = os.path.join(data_home(), "ranks")
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError:
            return None
        return cls(os.path.join(folder, hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()[:24]))

    def __enter__(self) -> "Meeting":
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            deadline = time.monotonic() + MEETING_PATIENCE_S
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return self
                except BlockingIOError:
                    time.sleep(0.01)
        except OSError:
            pass
        self._leave()  # a run of its own is better than none
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def joined(self) -> Optional[Place]:
        """The run that an earlier rank left word of, if a meter still has it."""
        if self._file < 0:
            return None
        try:
            said = json.loads(os.pread(self._file, 65536, 0) or b"{}")
            place = Place(str(said["run_id"]), str(said["run_dir"]), "run")
            totals = _totals.read(place.totals)
            if totals is None or totals.is_closed or not place.wake():
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        os.environ["EPOCHCOST_RUN_ID"] = place.run_id
        os.environ["EPOCHCOST_RUN_DIR"] = place.folder
        return place

    def announce(self, place: Place) -> None:
        if self._file < 0 or place.origin != "own":
            return
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps({"run_id": place.run_id, "run_dir": place.folder}).encode(), 0)
        except OSError:
            pass  # the others then make runs of their own


def _spool(run_id: str, trouble: str) -> Place:
    place = Place(run_id, os.path.join(data_home(), "spool", run_id), "spool", trouble)
    os.makedirs(place.marks, mode=0o700, exist_ok=True)
    return place


def _command(program: str, run_id: str, order: Order) -> List[str]:
    command = [program, "meter", f"--attach={os.getpid()}", f"--start={own_start_ticks()}",
               f"--project={order.project}", f"--name={order.name}", f"--run-id={run_id}", "--daemon"]
    if order.budget_nano:
        whole, nano = divmod(order.budget_nano, NANO)
        command += [f"--budget={whole}.{nano:09d}", f"--currency={order.currency}",
                    f"--alert-threshold={order.threshold_ppm / 1e6}"]
    return command


def _start(program: str, run_id: str, order: Order) -> Place:
    """Starts the meter, which leaves us at once. Raises where it does not say in time where its run lies."""
    deadline = time.monotonic() + START_PATIENCE_S
    # The meter stays alive with these ends open: reading to the end would wait for it.
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(_command(program, run_id, order), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=complaints, cwd="/")
        assert process.stdout is not None
        try:
            line = _first_line(process.stdout.fileno(), deadline)
            code = process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdout.close()
        if not line:
            complaints.seek(0)
            words = complaints.read(400).decode("utf-8", "replace").strip().splitlines()
            raise ValueError(words[0] if words else f"{program} said nothing and ended with {code}")
    said = json.loads(line)
    place = Place(str(said["run_id"]), str(said["run_dir"]), "own")
    os.makedirs(place.marks, mode=0o700, exist_ok=True)
    return place


def _first_line(file: int, deadline: float) -> bytes:
    waiting = select.poll()
    waiting.register(file, select.POLLIN | select.POLLHUP)
    data = b""
    while b"\n" not in data and len(data) < 65536:
        patience = int((deadline - time.monotonic()) * 1000)
        if patience <= 0 or not waiting.poll(patience):
            break
        part = os.read(file, 4096)
        if not part:
            break
        data += part
    return data.split(b"\n")[0] if b"\n" in data else b""


def program_name() -> str:
    return os.path.basename(sys.argv[0] if sys.argv and sys.argv[0] else "") or "python"
