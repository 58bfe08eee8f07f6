"""Takes the nonsense out of the constructor's arguments: each is told with what to write instead."""

from __future__ import annotations

import math
import numbers
from typing import Optional

from ciuic_sdk._cost import SYMBOLS, to_nano
from ciuic_sdk._faults import refuse
from ciuic_sdk._marks import cut
from ciuic_sdk._meter import Order, program_name
from ciuic_sdk._text import say

# A project's name and the currency share the name of a mark.
PROJECT_BYTES = 72


def _project(value: object) -> str:
    name = str(value if value is not None else "").encode("utf-8", "replace").decode("utf-8")
    clean = "".join("_" if ord(c) < 0x20 or c in "/\x7f" else c for c in name).lstrip(".")
    clean = cut(clean, PROJECT_BYTES).decode("utf-8") or "default"
    if clean != value:
        why = f"1 to {PROJECT_BYTES} bytes of UTF-8 without '/', a leading '.' or control characters"
        refuse(f"project:{clean}", say("project_id {value!r} cannot be a name ({why}): {name!r} is used",
                                       value=value, why=why, name=clean))
    return clean


def _budget(value: object) -> Optional[int]:
    if value is None:
        return None
    try:
        nano = to_nano(value)
        if nano > 0:
            return nano
        why = "it is not above zero"
    except ValueError as fault:
        why = str(fault)
    refuse("budget", say("budget {value!r} is ignored: {why}. Write a positive number, such as budget=5000",
                         value=value, why=why))
    return None


def _threshold(value: object) -> int:
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        share = float(value)
        if math.isfinite(share) and 0 < round(share * 1_000_000) <= 1_000_000:
            return round(share * 1_000_000)
    refuse("threshold", say("alert_threshold {value!r} is ignored, 0.8 is used: write a share of the budget, such as 0.8",
                            value=value))
    return 800_000


def _currency(value: object) -> str:
    if isinstance(value, str) and value in SYMBOLS:
        return value
    refuse("currency", say("currency {value!r} is unknown, CNY is used: write one of {known}",
                           value=value, known=" ".join(SYMBOLS)))
    return "CNY"


def check_order(project_id: object, budget: object, alert_threshold: object, currency: object,
                run_name: object) -> Order:
    name = str(run_name) if run_name is not None else program_name()
    printable = "".join(c if c.isprintable() else "_" for c in name)
    return Order(project=_project(project_id), name=cut(printable, 128).decode("utf-8") or "python",
                 budget_nano=_budget(budget), threshold_ppm=_threshold(alert_threshold),
                 currency=_currency(currency))


def check_planned(value: object) -> Optional[int]:
    """A number of epochs, or None."""
    if value is None:
        return None
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and 0 < int(value) < 2**62:
        return int(value)
    refuse("planned", say("planned_epochs {value!r} is ignored: write a positive whole number", value=value))
    return None
