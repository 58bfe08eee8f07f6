"""Reads the totals file that the meter publishes (docs/formats.md). Never waits, never raises."""

from __future__ import annotations

import os
import struct
import zlib
from typing import NamedTuple, Optional

_SIZE = 256
_LAYOUT = struct.Struct("<8sQqqqqqqqQqqq8sq")
_TRIES = 4


class Totals(NamedTuple):
    project_nano: int
    run_nano: int
    as_of_ns: int  # CLOCK_BOOTTIME
    as_of_utc_ns: int
    marks_up_to_ns: int
    is_closed: bool
    has_provisional: bool
    budget_nano: Optional[int]
    threshold_ppm: int
    currency: str
    sealed_close_ns: int


def decode(data: bytes) -> Optional[Totals]:
    """The totals, or None where the bytes are not whole."""
    if len(data) != _SIZE or data[:8] != b"ECTOTAL1":
        return None
    if zlib.crc32(data[:252]) != int.from_bytes(data[252:], "little"):
        return None
    (_, sequence, project, project_nano, run, run_nano, as_of, as_of_utc, marks, flags, budget, budget_nano,
     threshold, currency, sealed) = _LAYOUT.unpack_from(data)
    if sequence % 2:
        return None
    return Totals(
        project_nano=project * 1_000_000_000 + project_nano,
        run_nano=run * 1_000_000_000 + run_nano,
        as_of_ns=as_of,
        as_of_utc_ns=as_of_utc,
        marks_up_to_ns=marks,
        is_closed=bool(flags & 1),
        has_provisional=bool(flags & 2),
        budget_nano=budget * 1_000_000_000 + budget_nano if flags & 4 else None,
        threshold_ppm=threshold,
        currency=currency.rstrip(b"\0").decode("ascii", "replace"),
        sealed_close_ns=sealed,
    )


def read(path: str) -> Optional[Totals]:
    """The totals as last published; None where there are none, or not at this moment.

    The file is opened anew each time: no descriptor is held, which a program that closes all of
    them could take away and give to another file.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        for _ in range(_TRIES):
            totals = decode(os.pread(file, _SIZE, 0))
            if totals is not None:
                return totals
    except OSError:
        pass
    finally:
        os.close(file)
    return None
