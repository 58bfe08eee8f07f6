"""Where faults end: told once, never raised into a training (but under EPOCHCOST_STRICT=1)."""

from __future__ import annotations

import logging
import os
from typing import Set

logger = logging.getLogger("ciuic_sdk")

_told: Set[str] = set()


def is_strict() -> bool:
    return os.environ.get("EPOCHCOST_STRICT") == "1"


def tell_once(key: str, sentence: str) -> None:
    """A warning that is worth saying once in a process."""
    if key not in _told:
        _told.add(key)
        logger.warning("%s", sentence)


def refuse(key: str, sentence: str) -> None:
    """An argument that cannot be: told and ignored; a ValueError where tests ask for it."""
    if is_strict():
        raise ValueError(sentence)
    tell_once(key, sentence)
