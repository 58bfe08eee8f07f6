"""Writes a mark file (docs/formats.md): where the epochs are, and how many steps were done.

Everything goes through a mapping made once. No descriptor is kept: a program that closes all of its
descriptors would hand ours to another file, and a mark would be written into it. The file's blocks are
taken before they are mapped, so that writing cannot fail on a full disk (which would be a signal).
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import threading
import time
import zlib
from typing import List, Optional, Tuple

from ciuic_sdk._ranks import Ranks

EPOCH_BEGIN, EPOCH_END, PHASE_BEGIN, PHASE_END, METRIC, HORIZON, CLOSE, BUDGET = range(1, 9)

HEADER = struct.Struct("<8sIIqiiqqq72x")
RECORD = struct.Struct("<IIqqqqd76s")
BLOCK = 128
FIRST_RECORDS = 1024
MAX_RECORDS = 2_097_152
MAX_GROWTH = 1 << 20
NAME_BYTES = 76
MAX_INDEX = 2**63 - 1

# Indexes of the header's counters, as 64-bit words.
STEPS, SAMPLES, LAST_STEP = 4, 5, 6


def boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def own_start_ticks() -> int:
    """Field 22 of /proc/self/stat, which tells a process from a later one with its pid; 0 without /proc."""
    try:
        with open("/proc/self/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def cut(name: str, size: int = NAME_BYTES) -> bytes:
    """UTF-8, at most `size` bytes, not ending inside a character."""
    data = name.encode("utf-8", "replace")
    if len(data) <= size:
        return data
    return data[:size].decode("utf-8", "ignore").encode("utf-8")


class MarkFile:
    """The mark file of this process. Raises OSError where it cannot be made or grown."""

    def __init__(self, folder: str, ranks: Ranks) -> None:
        if sys.byteorder != "little":
            raise OSError("mark files are little endian, this machine is not")
        self.path = os.path.join(folder, f"{os.getpid()}-{own_start_ticks()}.marks")
        self.is_full = False
        # Marks may come from several threads, and from a signal handler within one.
        self._lock = threading.RLock()
        if not os.path.exists(self.path):
            self._make(ranks)
        self._identity: Optional[Tuple[int, int]] = None
        self._map = self._open()
        self._maps: List[mmap.mmap] = [self._map]
        # The header's words stay valid while the file grows: its pages are the same.
        self.words: memoryview = memoryview(self._map)[:BLOCK].cast("q")
        self._end = self._find_end()

    def _make(self, ranks: Ranks) -> None:
        making = self.path + ".new"
        file = os.open(making, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, BLOCK + FIRST_RECORDS * BLOCK)
            os.pwrite(file, HEADER.pack(b"ECMARKS1", 1, os.getpid(), own_start_ticks(), ranks.replica,
                                        ranks.world_size, 0, 0, 0), 0)
            os.rename(making, self.path)
        except OSError:
            os.unlink(making)
            raise
        finally:
            os.close(file)

    def _open(self, growth: int = 0) -> mmap.mmap:
        file = os.open(self.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            info = os.fstat(file)
            identity = (info.st_dev, info.st_ino)
            if self._identity is not None and self._identity != identity:
                raise OSError("it was exchanged for another file")
            self._identity = identity
            if growth:
                os.posix_fallocate(file, info.st_size, growth)
            return mmap.mmap(file, info.st_size + growth)
        finally:
            os.close(file)

    def _find_end(self) -> int:
        """Behind the last record: records are written in order, so halving finds it."""
        low, high = 0, (len(self._map) - BLOCK) // BLOCK
        while low < high:
            middle = (low + high) // 2
            if self._map[BLOCK + middle * BLOCK]:
                low = middle + 1
            else:
                high = middle
        return BLOCK + low * BLOCK

    def last_epoch(self) -> int:
        """The newest epoch that was begun or ended in this file, −1 if none of its last 256 records is."""
        return last_epoch_in(self._map[max(BLOCK, self._end - 256 * BLOCK):self._end])

    def append(self, kind: int, index: int, at: int, value: float = 0.0, name: bytes = b"",
               steps: Optional[int] = None) -> None:
        """Raises OSError where the file is full and cannot grow; the mark is then not written."""
        with self._lock:
            if self._end + BLOCK > len(self._map):
                self._grow()
            counted = self.words[STEPS] if steps is None else steps
            record = RECORD.pack(kind, 0, index, at, counted, self.words[SAMPLES], value, name)
            checksum = zlib.crc32(record).to_bytes(4, "little")
            start = self._end
            self._map[start + 4:start + BLOCK] = record[4:] + checksum
            # The kind goes last, and fits one byte: until then the record has not been written.
            self._map[start] = kind
            self._end = start + BLOCK

    def has_room_for_metrics(self) -> bool:
        """Half of the file is kept for epochs."""
        return self._end < BLOCK + MAX_RECORDS // 2 * BLOCK

    def _grow(self) -> None:
        size = len(self._map)
        if size >= BLOCK + MAX_RECORDS * BLOCK:
            self.is_full = True
            raise OSError("it has as many records as a mark file may have")
        most = BLOCK + MAX_RECORDS * BLOCK - size
        # A mapping closes its descriptor when it goes. If the program has closed that already, the number
        # may be another file's by now: then the mapping stays.
        may_drop = self._owned_descriptors() == len(self._maps)
        self._map = self._open(min(size - BLOCK, MAX_GROWTH, most))
        if may_drop:
            del self._maps[1:]
        self._maps.append(self._map)

    def _owned_descriptors(self) -> int:
        count = 0
        for name in os.listdir("/proc/self/fd"):
            try:
                info = os.stat(f"/proc/self/fd/{name}")
            except OSError:
                continue
            count += (info.st_dev, info.st_ino) == self._identity
        return count


def last_epoch_in(records: bytes) -> int:
    for start in range(len(records) - BLOCK, -1, -BLOCK):
        kind, _, index = struct.unpack_from("<IIq", records, start)
        if kind in (EPOCH_BEGIN, EPOCH_END):
            return int(index)
    return -1


def epochs_of_the_past(folder: str, replica: int) -> int:
    """How many epochs ended processes of this replica have marked in this run.

    A script may train several times in one run: the epochs of the later trainings are numbered on, or
    their costs would be added to those of the first. Processes that still live do not count.
    """
    past = 0
    for name in _other_files(folder):
        try:
            file = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            past = max(past, _epochs_in(file, replica))
        except (OSError, struct.error):
            pass
        finally:
            os.close(file)
    return past


def _other_files(folder: str) -> List[str]:
    others = []
    for name in os.listdir(folder):
        pid, _, start = name[:-6].partition("-")
        if not name.endswith(".marks") or not pid.isdigit() or not start.isdigit():
            continue
        if int(pid) != os.getpid() and not _is_alive(pid, start):
            others.append(name)
    return others


def _is_alive(pid: str, start: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19] == start.encode()
    except (OSError, IndexError):
        return False


def _epochs_in(file: int, replica: int) -> int:
    header = HEADER.unpack(os.pread(file, BLOCK, 0))
    if header[0] != b"ECMARKS1" or header[4] != replica:
        return 0
    low, high = 0, (os.fstat(file).st_size - BLOCK) // BLOCK
    while low < high:
        middle = (low + high) // 2
        if os.pread(file, 1, BLOCK + middle * BLOCK) not in (b"", b"\0"):
            low = middle + 1
        else:
            high = middle
    first = max(0, low - 256)
    return last_epoch_in(os.pread(file, (low - first) * BLOCK, BLOCK + first * BLOCK)) + 1
