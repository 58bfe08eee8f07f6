"""CostCallback for Lightning: Trainer(callbacks=[CostCallback(project_id="llama-sft", budget=5000)])."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from ciuic_sdk._monitor import CostMonitor

if TYPE_CHECKING:
    Callback = object
else:
    try:
        from lightning.pytorch.callbacks import Callback
    except ImportError:
        from pytorch_lightning.callbacks import Callback


class CostCallback(Callback):
    """An epoch of the trainer is an epoch; validation is the phase eval. The options are CostMonitor's.

    With on_budget="stop" the trainer stops after the epoch in which the budget was spent; all ranks
    together, because the first rank's word is broadcast.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._stops = options.get("on_budget") == "stop"
        self.monitor: Any = None

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        if stage == "fit" and self.monitor is None:
            epochs = getattr(trainer, "max_epochs", None)
            planned = epochs if isinstance(epochs, int) and epochs > 0 else None
            self.monitor = CostMonitor(**{"planned_epochs": planned, **self._options})

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self.monitor is not None:
            self.monitor.step()

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        if self.monitor is not None:
            self.monitor.begin_phase("eval")

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        if self.monitor is not None:
            self.monitor.end_phase()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if self.monitor is None:
            return
        self.monitor.update()
        if self._stops:
            is_over = bool(self.monitor.should_stop())
            strategy = getattr(trainer, "strategy", None)
            if getattr(trainer, "world_size", 1) > 1 and strategy is not None:
                is_over = bool(strategy.broadcast(is_over))
            trainer.should_stop = trainer.should_stop or is_over

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._close()

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        if stage == "fit":
            self._close()

    def state_dict(self) -> Dict[str, Any]:
        return {}  # what was spent is in the ledger, not in a checkpoint

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        pass

    def _close(self) -> None:
        if self.monitor is not None:
            self.monitor.close()
            self.monitor = None
