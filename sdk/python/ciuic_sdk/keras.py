"""CostCallback for Keras: model.fit(..., callbacks=[CostCallback(project_id="mnist", budget=50)])."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ciuic_sdk._monitor import CostMonitor

if TYPE_CHECKING:
    Callback = object
else:
    try:
        from keras.callbacks import Callback
    except ImportError:
        from tensorflow.keras.callbacks import Callback


class CostCallback(Callback):
    """An epoch of fit() is an epoch; validation is the phase eval. The options are CostMonitor's.

    With on_budget="stop" the model stops training after the epoch in which the budget was spent.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = options
        self._stops = options.get("on_budget") == "stop"
        self.monitor: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        parameters = getattr(self, "params", None) or {}
        self.monitor = CostMonitor(**{"planned_epochs": parameters.get("epochs"), **self._options})

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        pass  # the epoch before was closed by opening this one

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.monitor is not None:
            self.monitor.step()

    def on_test_begin(self, logs: Any = None) -> None:
        if self.monitor is not None:
            self.monitor.begin_phase("eval")

    def on_test_end(self, logs: Any = None) -> None:
        if self.monitor is not None:
            self.monitor.end_phase()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.monitor is None:
            return
        self.monitor.update()
        if self._stops and self.monitor.should_stop():
            self.model.stop_training = True  # type: ignore[attr-defined]

    def on_train_end(self, logs: Any = None) -> None:
        if self.monitor is not None:
            self.monitor.close()
            self.monitor = None
