"""CostCallback for the Trainer of transformers: Trainer(..., callbacks=[CostCallback(project_id="sft")])."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ciuic_sdk._monitor import CostMonitor

if TYPE_CHECKING:
    TrainerCallback = object
else:
    from transformers import TrainerCallback


class CostCallback(TrainerCallback):
    """An epoch of the trainer is an epoch; evaluation and saving are phases. The options are CostMonitor's.

    With on_budget="stop" the training stops at the end of the step in which the budget was seen to be
    spent. On several ranks each looks for itself: there, leave "warn", or stop from one rank.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._stops = options.get("on_budget") == "stop"
        self.monitor: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        epochs = getattr(state, "num_train_epochs", None)
        is_sane = isinstance(epochs, (int, float)) and 0 < epochs < 1e6
        planned = math.ceil(epochs) if is_sane and epochs is not None else None
        self.monitor = CostMonitor(**{"planned_epochs": planned, **self._options})

    def on_substep_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        pass  # a part of an accumulated step is no step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.monitor is None:
            return
        self.monitor.step()
        self._begin_next(control)
        if self._stops and self.monitor.is_over_budget:
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        if self.monitor is not None and logs:
            self.monitor.log(**{name: value for name, value in logs.items()
                                if name in ("loss", "eval_loss", "eval_accuracy") and isinstance(value, (int, float))})

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.monitor is not None:
            self.monitor.update()
            self._begin_next(control)

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.monitor is not None:
            self.monitor.end_phase()
            if getattr(control, "should_save", False):
                self.monitor.begin_phase("checkpoint")

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.monitor is not None:
            self.monitor.end_phase()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.monitor is not None:
            self.monitor.close()
            self.monitor = None

    def _begin_next(self, control: Any) -> None:
        """The trainer says beforehand what comes next, and calls back only afterwards."""
        if getattr(control, "should_evaluate", False):
            self.monitor.begin_phase("eval")
        elif getattr(control, "should_save", False):
            self.monitor.begin_phase("checkpoint")
