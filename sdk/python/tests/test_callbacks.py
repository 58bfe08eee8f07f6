"""The framework callbacks, driven by stand-ins that call them in the order of the real trainers."""

from __future__ import annotations

import importlib
import sys
import types
import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from tests.support import SdkTest


def stand_in(module: str, name: str) -> Any:
    """An import of `module` gives a class `name` that does nothing."""
    made = {}
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        made[".".join(parts[:end])] = types.ModuleType(".".join(parts[:end]))
    setattr(made[module], name, type(name, (), {}))
    return mock.patch.dict(sys.modules, made)


class Callbacks(SdkTest):
    def load(self, framework: str, module: str, base: str) -> Any:
        sys.modules.pop(f"ciuic_sdk.{framework}", None)
        with stand_in(module, base):
            return importlib.import_module(f"ciuic_sdk.{framework}").CostCallback

    def test_lightning_marks_epochs_and_validation_and_stops_at_the_budget(self) -> None:
        self.publish(10)
        callback = self.load("lightning", "lightning.pytorch.callbacks", "Callback")(budget=10, on_budget="stop")
        trainer = SimpleNamespace(max_epochs=2, should_stop=False, world_size=1, strategy=None)
        with self.assertLogs("ciuic_sdk"):
            callback.setup(trainer, None, "fit")
        callback.on_train_batch_end(trainer, None, None, None, 0)
        callback.on_validation_start(trainer, None)
        callback.on_validation_end(trainer, None)
        callback.on_train_epoch_end(trainer, None)
        callback.teardown(trainer, None, "fit")
        self.assertTrue(trainer.should_stop)
        self.assertEqual(self.kinds(), ["horizon 2", "begin 0", "phase 0", "phase_end 0", "end 0", "begin 1", "close 0"])

    def test_hugging_face_marks_epochs_evaluation_and_saving(self) -> None:
        callback = self.load("huggingface", "transformers", "TrainerCallback")()
        state, control = SimpleNamespace(num_train_epochs=1), SimpleNamespace(should_evaluate=False, should_save=False)
        callback.on_train_begin(None, state, control)
        callback.on_substep_end(None, state, control)
        callback.on_step_end(None, state, control)
        callback.on_log(None, state, control, logs={"loss": 0.5, "epoch": 1})
        control.should_evaluate = control.should_save = True
        callback.on_epoch_end(None, state, control)
        callback.on_evaluate(None, state, control)
        callback.on_save(None, state, control)
        callback.on_train_end(None, state, control)
        self.assertEqual(self.kinds(), ["horizon 1", "begin 0", "metric 0", "end 0", "begin 1", "phase 1", "phase_end 1",
                                        "phase 1", "phase_end 1", "close 0"])

    def test_keras_marks_epochs_and_stops_at_the_budget(self) -> None:
        self.publish(10)
        callback = self.load("keras", "keras.callbacks", "Callback")(budget=10, on_budget="stop")
        callback.params, callback.model = {"epochs": 3}, SimpleNamespace(stop_training=False)
        with self.assertLogs("ciuic_sdk"):
            callback.on_train_begin()
        callback.on_epoch_begin(0)
        callback.on_train_batch_end(0)
        callback.on_epoch_end(0)
        callback.on_train_end()
        self.assertTrue(callback.model.stop_training)
        self.assertEqual(self.kinds(), ["horizon 3", "begin 0", "end 0", "begin 1", "close 0"])


if __name__ == "__main__":
    unittest.main()
