"""CostMonitor: what a training program calls."""

from __future__ import annotations

import functools
import math
import numbers
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from time import CLOCK_BOOTTIME, clock_gettime_ns
from types import TracebackType
from typing import Any, Callable, Iterable, Iterator, List, Optional, Type, TypeVar, Union, cast

from ciuic_sdk import _totals
from ciuic_sdk._alerts import Alert, Watch
from ciuic_sdk._arguments import check_order, check_planned
from ciuic_sdk._cost import Cost
from ciuic_sdk._faults import is_strict, logger, refuse, tell_once
from ciuic_sdk._marks import HORIZON, METRIC, PHASE_BEGIN, PHASE_END, boot_ns, cut
from ciuic_sdk._meter import Order
from ciuic_sdk._session import Session, Words, join, process
from ciuic_sdk._stopping import CHANCE, Curve
from ciuic_sdk._text import say

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_PHASES = {name: name for name in ("setup", "eval", "checkpoint", "idle")}
_PHASES.update({name: "eval" for name in ("val", "valid", "validate", "validation", "evaluation", "test")})

_LOOK_APART_NS = 1_000_000_000  # step() looks at the totals this often
_FRESH_NS = 2_000_000  # update() takes a total as young as this as it is


@dataclass(frozen=True)
class Summary:
    """Where the project and this run stand. Money is exact, in whole units of `currency`."""

    project: str
    run_id: str
    total: Decimal  # the project's, over all its runs
    run_total: Decimal
    currency: str
    epochs: int  # closed by this process
    steps: int
    samples: int
    budget: Optional[Decimal]
    as_of: Optional[datetime]
    is_complete: bool  # everything of this run is in the ledger


def _guarded(method: F) -> F:
    """A fault of ours never reaches the training: it is told once, and the call does nothing."""

    @functools.wraps(method)
    def call(self: CostMonitor, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except Exception as fault:
            self._fault(fault)
            return self._last if method.__name__ == "update" else None

    return cast(F, call)


class CostMonitor:
    """Says where the epochs of a training are, and what the project has cost so far.

    project_id       the project; its total is over all its runs
    budget           in whole units of `currency`: a number, Decimal or text
    alert_threshold  share of the budget at which on_alert is called
    on_alert         called with an Alert at the threshold and at the budget, once each
    on_budget        "warn", "stop" (epochs() and the framework callbacks end), or a function of an Alert
    run_name         how the run is shown; the program's name by default
    planned_epochs   gives the forecast its horizon

    Opens epoch 0 (or the next, where earlier processes of the run have marked some). Starts the meter
    if the program does not run under `epochcost run`, and nothing later on. Safe to call from several
    threads; a child process gets a monitor that does nothing. Nothing here raises into the training,
    synchronises a GPU or waits, but close(), five seconds at most.
    """

    def __init__(self, project_id: str = "default", budget: Union[int, float, Decimal, str, Cost, None] = None,
                 alert_threshold: float = 0.8, currency: str = "CNY",
                 on_alert: Optional[Callable[[Alert], object]] = None,
                 on_budget: Union[str, Callable[[Alert], object]] = "warn",
                 run_name: Optional[str] = None, planned_epochs: Optional[int] = None) -> None:
        self._session: Optional[Session] = None
        self._words: Words = [0] * 7
        self._next_look_ns = 0
        self._looked_ns = 0
        self._last = Cost()
        self._run_nano = 0
        self._order = Order("default", "python", None, 800_000, "CNY")
        self._budget_nano: Optional[int] = None
        self._is_over = False
        self._is_faulty = False
        self._is_closed = False
        self._phases: List[str] = []
        self._planned_end: Optional[int] = None  # epochs() knows that no epoch follows this one
        self._on_alert: Optional[Callable[[Alert], object]] = None
        self._on_budget: Optional[Callable[[Alert], object]] = None
        self._stops = False
        self._plateau_metric: Optional[str] = None
        self._plateau_chance = CHANCE
        self._curve = Curve()
        self._watch = Watch("default")
        try:
            self._order = check_order(project_id, budget, alert_threshold, currency, run_name)
            self._open(on_alert, on_budget, check_planned(planned_epochs))
        except Exception as fault:
            self._fault(fault)

    def _open(self, on_alert: Any, on_budget: Any, planned: Optional[int]) -> None:
        self._budget_nano = self._order.budget_nano
        self._watch = Watch(self._order.project)
        self._on_alert = on_alert if callable(on_alert) else None
        self._on_budget = on_budget if callable(on_budget) else None
        self._stops = on_budget == "stop"
        if not callable(on_budget) and on_budget not in ("warn", "stop"):
            refuse("on_budget", say("on_budget {value!r} is ignored: write \"warn\", \"stop\" or a function",
                                    value=on_budget))
        self._last = Cost(0, self._order.currency)
        self._session = join(self._order)
        process.monitors.add(self)
        now = boot_ns()
        if self._marks():
            if planned is not None:
                self._session.mark(HORIZON, self._session.epoch + planned, now)
            if not self._session.is_open:
                self._session.begin(now)
            self._session.wake(now)
        self._look(now)

    # What a training calls.

    @_guarded
    def update(self) -> Cost:
        """Closes the epoch, opens the next, and returns the project's cost so far, at most a second old."""
        now = boot_ns()
        if self._marks():
            self._turn(now, begins_next=self._planned_end is None or self._epoch() + 1 < self._planned_end)
        return self._look(now)

    @_guarded
    def finish_epoch(self) -> None:
        """Closes the epoch and opens none: what follows is no epoch, until update() or epochs()."""
        now = boot_ns()
        if self._marks() and self._the_session().is_open:
            self._turn(now, begins_next=False)
        self._look(now)

    def step(self, samples: int = 0) -> None:
        """Counts a step of the training, and how many samples it took. About a microsecond."""
        try:
            words = self._words
            words[4] += 1
            # By class first: asking a tensor whether it is zero would wait for the device.
            if samples.__class__ is not int or samples < 0:
                self._count_odd(samples)
            elif samples:
                words[5] += samples
            now = clock_gettime_ns(CLOCK_BOOTTIME)
            words[6] = now
            if now >= self._next_look_ns:
                self._look(now)
        except Exception as fault:
            self._fault(fault)

    def epochs(self, iterable: Iterable[T], total: Optional[int] = None) -> Iterator[T]:
        """Goes through `iterable`, an epoch each; its length, or `total`, is the horizon of the forecast."""
        planned = total
        if planned is None:
            try:
                planned = len(iterable)  # type: ignore[arg-type]
            except (TypeError, AttributeError):
                planned = None
        self._plan(planned)
        items = iter(iterable)
        try:
            item = next(items)
        except StopIteration:
            return
        while True:
            index = self._epoch()
            yield item
            is_over = (self._stops and self.should_stop()) or self._has_plateaued()
            try:
                item = next(items)
                is_last = is_over
            except StopIteration:
                is_last = True
            self._close_epoch(index, is_last)
            if is_last:
                self._planned_end = None
                return

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """What runs inside is no part of the epoch's training: "setup", "eval", "checkpoint" or "idle"."""
        began = self.begin_phase(name)
        try:
            yield
        finally:
            if began:
                self.end_phase()

    @_guarded
    def begin_phase(self, name: str) -> bool:
        """The first half of phase(), for callbacks. False: not begun, so there is nothing to end."""
        known = _PHASES.get(name) if isinstance(name, str) else None
        if known is None:
            refuse(f"phase:{name!r}", say("phase {name!r} is unknown, its time stays where it was: write setup, "
                                          "eval, checkpoint or idle", name=name))
            return False
        if not self._marks():
            return False
        now = boot_ns()
        self._phases.append(known)
        self._the_session().mark(PHASE_BEGIN, self._epoch(), now, name=known.encode("ascii"))
        self._the_session().wake(now)
        return True

    @_guarded
    def end_phase(self) -> None:
        """Ends the newest phase; nothing where none is open."""
        if self._phases and self._marks():
            now = boot_ns()
            self._the_session().mark(PHASE_END, self._epoch(), now, name=self._phases.pop().encode("ascii"))
            self._the_session().wake(now)

    @_guarded
    def log(self, **metrics: float) -> None:
        """Records how good the model is: log(loss=0.31, accuracy=0.9). Plain numbers only: a tensor would
        have to be waited for."""
        marks = self._session.marks if self._marks() and self._session is not None else None
        for name, value in metrics.items():
            if not isinstance(value, numbers.Real) or not math.isfinite(value):
                tell_once(f"metric:{name}", say("metric {name} is not a finite number ({kind}) and is not recorded",
                                                name=name, kind=type(value).__name__))
                continue
            if name == self._plateau_metric:
                self._curve.add(float(value))
            if marks is not None and marks.has_room_for_metrics():
                self._the_session().mark(METRIC, self._epoch(), value=float(value), name=cut(name))

    def stop_on_plateau(self, metric: str, mode: str = "min", chance: float = CHANCE) -> None:
        """From here on should_stop() and epochs() look at the values that log() gets for `metric` too: they
        stop where the chance is below `chance` that a later one improves on the best by more than 0.3 %.
        `mode`: "min" where lower is better, "max" where higher is. Says nothing before 17 values."""
        if mode not in ("min", "max") or not isinstance(chance, numbers.Real) or not 0 < chance < 1:
            refuse("stop_on_plateau", say("stop_on_plateau({metric!r}) is ignored: mode is \"min\" or \"max\", "
                                          "chance lies between 0 and 1", metric=metric))
            return
        self._plateau_metric = str(metric)
        self._plateau_chance = float(chance)
        self._curve = Curve(mode)

    @property
    def chance_of_improvement(self) -> float:
        """That a later value of the metric of stop_on_plateau() improves on the best by more than 0.3 %;
        1 where nothing can be said yet."""
        try:
            return self._curve.chance()
        except Exception as fault:
            self._fault(fault)
            return 1.0

    @_guarded
    def should_stop(self) -> bool:
        """Whether the project has spent its budget, or stop_on_plateau() was asked for and going on is not
        worth it. With several ranks, let one decide for all."""
        self._look(boot_ns())
        return self._is_over or self._has_plateaued()

    @property
    def is_over_budget(self) -> bool:
        """What update(), step() or should_stop() saw last; costs nothing to ask."""
        return self._is_over

    def summary(self) -> Summary:
        """Where the project and this run stand; after close() this is what the ledger says."""
        cost = self._look_quietly()
        session = self._session
        return Summary(
            project=self._order.project,
            run_id=session.place.run_id if session is not None and session.place is not None else "",
            total=cost.amount,
            run_total=Cost(self._run_nano).amount,
            currency=cost.currency,
            epochs=session.epochs_ended if session is not None else 0,
            steps=int(self._words[4]),
            samples=int(self._words[5]),
            budget=Cost(self._budget_nano).amount if self._budget_nano is not None else None,
            as_of=cost.as_of,
            is_complete=cost.is_complete,
        )

    @_guarded
    def close(self) -> None:
        """Ends what is open, and waits until all is in the ledger, five seconds at most. Once."""
        if self._is_closed:
            return
        self._is_closed = True
        session = self._session
        if session is None or not session.is_owned_by(self):
            return
        closed = session.close()
        session.disown()
        self._looked_ns = 0
        self._look(boot_ns(), closed)

    def __enter__(self) -> CostMonitor:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def disarm(self) -> None:
        """Makes this monitor do nothing any more: it is the copy that a child process got."""
        self._session = None
        self._words = [0] * 7
        self._is_closed = True

    # What is behind it.

    def _the_session(self) -> Session:
        assert self._session is not None
        return self._session

    def _has_plateaued(self) -> bool:
        return self._plateau_metric is not None and self.chance_of_improvement < self._plateau_chance

    def _epoch(self) -> int:
        return self._session.epoch if self._session is not None else 0

    def _marks(self) -> bool:
        """Whether this monitor is the one that marks."""
        if self._session is None or self._is_closed or not self._session.is_owned_by(self):
            return False
        self._words = self._session.words
        return True

    def _turn(self, now: int, begins_next: bool) -> None:
        session = self._the_session()
        if not session.is_open:
            session.begin(now)
        session.end(now)
        if begins_next:
            session.begin(now)
        session.wake(now)

    @_guarded
    def _plan(self, total: Optional[int]) -> None:
        planned = check_planned(total) if total else None
        if planned is not None and self._marks():
            session = self._the_session()
            self._planned_end = session.epoch + planned
            session.mark(HORIZON, self._planned_end)
            if not session.is_open:
                session.begin(boot_ns())

    @_guarded
    def _close_epoch(self, index: int, is_last: bool) -> None:
        """Closes epoch `index`, unless the program has called update() itself."""
        now = boot_ns()
        if self._marks() and self._epoch() == index:
            self._turn(now, begins_next=not is_last)
        elif self._marks() and not is_last and not self._the_session().is_open:
            self._the_session().begin(now)
        self._look(now)

    def _count_odd(self, samples: object) -> None:
        """A count that is no plain int: of another integer type, or nonsense."""
        is_count = isinstance(samples, numbers.Integral) and not isinstance(samples, bool)
        if is_count and int(cast(int, samples)) >= 0:
            self._words[5] += int(cast(int, samples))
            return
        refuse("samples", say("samples {kind} is not a whole number and is not counted: write step(samples=len(batch))",
                              kind=type(samples).__name__))

    @_guarded
    def _look_quietly(self) -> Cost:
        return self._look(boot_ns())

    def _look(self, now: int, closed_ns: Optional[int] = None) -> Cost:
        """Takes the totals anew unless that was just done, and sees to alerts."""
        self._next_look_ns = now + _LOOK_APART_NS
        session = self._session
        if session is None or session.place is None or now - self._looked_ns < _FRESH_NS:
            return self._last
        self._looked_ns = now
        totals = _totals.read(session.place.totals)
        if totals is None:
            return self._last
        is_sealed = closed_ns is not None and totals.sealed_close_ns >= closed_ns
        self._run_nano = totals.run_nano
        self._last = Cost(totals.project_nano, totals.currency,
                          datetime.fromtimestamp(totals.as_of_utc_ns // 1000 / 1e6, timezone.utc),
                          totals.is_closed or is_sealed)
        self._see_to_alerts(totals)
        return self._last

    def _see_to_alerts(self, totals: _totals.Totals) -> None:
        budget = self._order.budget_nano
        threshold = self._order.threshold_ppm
        if budget is None:
            budget, threshold = totals.budget_nano, totals.threshold_ppm
        elif totals.currency != self._order.currency:
            tell_once("currency:differs", say("prices are in {prices}, the budget in {budget}: the budget is not "
                                              "watched here", prices=totals.currency, budget=self._order.currency))
            budget = None
        self._budget_nano = budget
        self._is_over = bool(budget) and totals.project_nano >= cast(int, budget)
        alerts = self._watch.look(self._last, budget, threshold)
        if self._session is None or self._session.ranks.replica != 0:
            return  # the first rank speaks for all
        for alert in alerts:
            self._tell(alert)

    def _tell(self, alert: Alert) -> None:
        if self._on_alert is not None:
            self._call("on_alert", self._on_alert, alert)
        else:
            logger.warning("%s", alert)
        if alert.kind == "budget" and self._on_budget is not None:
            self._call("on_budget", self._on_budget, alert)

    def _call(self, name: str, callback: Callable[[Alert], object], alert: Alert) -> None:
        try:
            callback(alert)
        except Exception as fault:
            if is_strict():
                raise
            setattr(self, f"_{name}", None)
            tell_once(f"callback:{name}", say("the callback {name} failed and is not called again: {fault}",
                                              name=name, fault=repr(fault)))

    def _fault(self, fault: Exception) -> None:
        if is_strict():
            raise fault
        if not self._is_faulty:
            self._is_faulty = True
            logger.warning("%s", say("metering is degraded from here on, the training is not affected: {fault}",
                                     fault=repr(fault)))
