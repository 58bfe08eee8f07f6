"""A function as an epoch of its own."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, TypeVar, cast

from ciuic_sdk._monitor import CostMonitor

F = TypeVar("F", bound=Callable[..., Any])


def track_cost(*args: Any, **options: Any) -> Any:
    """Meters each call of a function: @track_cost or @track_cost(project_id="llama-sft", budget=5000).

    The options are those of CostMonitor. A call is an epoch; its time after the call is not.
    """
    if len(args) == 1 and callable(args[0]) and not options:
        return _wrap(args[0], {})

    def decorate(function: F) -> F:
        return _wrap(function, dict(zip(("project_id", "budget"), args), **options))

    return decorate


def _wrap(function: F, options: Any) -> F:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wait(*args: Any, **kwargs: Any) -> Any:
            with CostMonitor(**options) as monitor:
                result = await function(*args, **kwargs)
                monitor.finish_epoch()
                return result

        return cast(F, wait)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with CostMonitor(**options) as monitor:
            result = function(*args, **kwargs)
            monitor.finish_epoch()
            return result

    return cast(F, call)
