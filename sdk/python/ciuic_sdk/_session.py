"""What a process has once, however many monitors: its run, its mark file, its count of epochs."""

from __future__ import annotations

import atexit
import os
import sys
import time
import weakref
from typing import List, Optional, Protocol, Union

from ciuic_sdk import _marks, _totals
from ciuic_sdk._cost import Cost
from ciuic_sdk._faults import tell_once
from ciuic_sdk._marks import BUDGET, CLOSE, EPOCH_BEGIN, EPOCH_END, LAST_STEP, MarkFile, boot_ns
from ciuic_sdk._meter import Order, Place, find_place
from ciuic_sdk._ranks import Ranks, read_ranks
from ciuic_sdk._text import say

# Epochs shorter than this share a reading: the meter is not woken for each.
_WAKE_APART_NS = 1_000_000
# How long close() waits for the ledger, and for a meter that does not listen.
CLOSE_PATIENCE_S = 4.8
SILENCE_PATIENCE_S = 1.0

Words = Union[memoryview, List[int]]


class Disarmed(Protocol):
    """What a fork makes of a monitor."""

    def disarm(self) -> None: ...


class Session:
    """One run, as this process takes part in it."""

    def __init__(self, order: Order) -> None:
        self.ranks: Ranks = read_ranks()
        self.project = order.project
        self.place: Optional[Place] = None
        self.marks: Optional[MarkFile] = None
        self.words: Words = [0] * 7
        self.epoch = 0  # the open one, or the next
        self.epochs_ended = 0
        self.is_open = False
        self._owner: Optional[weakref.ref[object]] = None  # the monitor that marks
        self._is_closed = True  # nothing was marked since the last close mark
        self._woken_ns = 0
        try:
            self.place = find_place(order)
        except OSError as fault:
            self._lose_marks("", fault)
            return
        self._tell_place(order)
        self._open_marks(order)

    def _tell_place(self, order: Order) -> None:
        assert self.place is not None
        if self.place.origin == "spool" and self.place.trouble:
            tell_once("meter", say("the meter did not start ({why}): only the epochs are recorded, in {place}",
                                   why=self.place.trouble, place=self.place.folder))
        elif self.place.origin == "spool":
            tell_once("meter", say("no epochcost program was found: only the epochs are recorded, in {place}. "
                                   "Install it, or set EPOCHCOST_BIN", place=self.place.folder))
        elif self.place.origin == "own":
            to_person(say("epochcost: metering project {project} as run {run}", project=order.project,
                          run=self.place.run_id))

    def _open_marks(self, order: Order) -> None:
        assert self.place is not None
        try:
            past = _marks.epochs_of_the_past(self.place.marks, self.ranks.replica)
            self.marks = MarkFile(self.place.marks, self.ranks)
        except OSError as fault:
            return self._lose_marks(self.place.marks, fault)
        self.words = self.marks.words
        self.epoch = max(past, self.marks.last_epoch() + 1)
        if self.place.origin != "own":  # our own meter was given the budget when it was started
            name = order.project.encode("utf-8") + b"\0" + order.currency.encode("ascii")
            self.mark(BUDGET, order.budget_nano or 0, name=name, steps=order.threshold_ppm)

    def _lose_marks(self, place: str, fault: OSError) -> None:
        tell_once("marks", say("marks cannot be written to {place} ({why}): epochs are not recorded",
                               place=place, why=fault))
        self.marks = None

    def mark(self, kind: int, index: int, at: Optional[int] = None, value: float = 0.0, name: bytes = b"",
             steps: Optional[int] = None) -> None:
        if self.marks is None:
            return
        self._is_closed = False
        try:
            self.marks.append(kind, index, boot_ns() if at is None else at, value, name, steps)
        except OSError as fault:
            if self.marks.is_full:
                tell_once("full", say("the mark file is full: later epochs are not told apart, "
                                      "their cost is still counted"))
            else:
                # The file stays: its counters go on, and the next mark tries again.
                tell_once("marks", say("marks cannot be written to {place} ({why}): epochs are not recorded",
                                       place=self.marks.path, why=fault))

    def is_owned_by(self, monitor: object) -> bool:
        """One monitor marks, the others read: nothing is marked twice. The next one takes over when it
        is closed or gone."""
        if self._owner is None or self._owner() is None:
            self._owner = weakref.ref(monitor)
        return self._owner() is monitor

    def disown(self) -> None:
        self._owner = None

    def close(self) -> Optional[int]:
        """Writes the close mark and waits, five seconds at most, until all before it is in the ledger.
        The time of the mark; None where there was nothing to close."""
        if self._is_closed or self.marks is None or self.place is None:
            return None
        at = boot_ns()
        if self.is_open:  # begun and not ended: its number is not given again
            self.epoch += 1
            self.is_open = False
        self.mark(CLOSE, 0, at)
        self._is_closed = True
        if self.place.origin != "spool":
            _await_ledger(self.place, at)
        return at

    def farewell(self) -> None:
        """The line that a program metered on its own leaves at its end."""
        if self.place is None or self.place.origin != "own":
            return
        totals = _totals.read(self.place.totals)
        if totals is not None:
            to_person(say("epochcost: {epochs} epochs cost {run_total}; project {project} so far: {total}. "
                          "Details: epochcost show {run}", epochs=self.epochs_ended,
                          run_total=Cost(totals.run_nano, totals.currency), project=self.project,
                          total=Cost(totals.project_nano, totals.currency), run=self.place.run_id))

    def begin(self, at: int) -> None:
        self.mark(EPOCH_BEGIN, self.epoch, at)
        self.is_open = True

    def end(self, at: int) -> None:
        self.mark(EPOCH_END, self.epoch, at)
        self.epoch += 1
        self.epochs_ended += 1
        self.is_open = False

    def wake(self, now: int) -> None:
        if self.place is not None and now - self._woken_ns >= _WAKE_APART_NS:
            self._woken_ns = now
            self.place.wake()

    @property
    def last_step_ns(self) -> int:
        return int(self.words[LAST_STEP])


class _Process:
    """Holds the session for as long as there is an interpreter: a mapping that went at exit would close
    a descriptor that may be another file's by then. The list of fork hooks outlives all modules."""

    def __init__(self) -> None:
        self.session: Optional[Session] = None
        self.monitors: weakref.WeakSet[Disarmed] = weakref.WeakSet()
        self._parents: List[Session] = []
        os.register_at_fork(after_in_child=self.after_fork)
        atexit.register(self.at_exit)

    def after_fork(self) -> None:
        """In the child: its monitors do nothing any more. New ones may be made."""
        if self.session is not None:
            self._parents.append(self.session)
        self.session = None
        for monitor in list(self.monitors):
            monitor.disarm()
        self.monitors.clear()

    def at_exit(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session.farewell()


process = _Process()


def _await_ledger(place: Place, close_ns: int) -> None:
    began = time.monotonic()
    is_alive = False
    while True:
        is_alive = place.wake() or is_alive
        for _ in range(10):
            totals = _totals.read(place.totals)
            if totals is not None and totals.sealed_close_ns >= close_ns:
                return
            time.sleep(0.01)
        # A meter that was never heard may have died; one that is being started again needs a moment.
        if time.monotonic() - began > (CLOSE_PATIENCE_S if is_alive else SILENCE_PATIENCE_S):
            return


def join(order: Order) -> Session:
    """This process's session, opened by the first monitor. Raises nothing."""
    if process.session is None:
        process.session = Session(order)
    elif process.session.project != order.project:
        tell_once("project", say("this process is metered as project {first}; {second} is counted in it",
                                 first=process.session.project, second=order.project))
    return process.session


def to_person(sentence: str) -> None:
    """A line for whoever trains; standard output is the program's own."""
    try:
        print(sentence, file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        pass
