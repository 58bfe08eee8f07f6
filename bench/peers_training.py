"""The program that bench/peers has metered, with one tool inside it.

    peers_training.py TOOL WORK AMOUNT

WORK is `training` (AMOUNT epochs of a small convolutional network, one thread), `children` (AMOUNT children that compute for half a
second, one after the other) or `idle` (eight children and this process sleep for AMOUNT seconds). The last line of stdout is JSON: what the
start of the tool took, the CPU time of the work as the kernel counted it for this process and the children that it waited for, each
epoch's time, and the energy that the tool says.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from typing import Any, Optional

CHILD_S = 0.5


class Nothing:
    """No tool; what every tool is asked for."""

    def begin(self, epochs: int) -> None:
        """Imports the tool and starts it."""

    def epoch(self) -> None:
        """An epoch ended."""

    def end(self) -> Optional[float]:
        """Stops the tool. The joules that it says the CPU took; None where it says none."""
        return None


class EpochCost(Nothing):
    """The SDK within `epochcost run`: what it counted is in the ledger."""

    def begin(self, epochs: int) -> None:
        from ciuic_sdk import CostMonitor
        self.monitor = CostMonitor(project_id="peers")

    def epoch(self) -> None:
        self.monitor.update()

    def end(self) -> Optional[float]:
        self.monitor.close()
        return None


class CodeCarbon(Nothing):
    """Without a question to the network, and without files."""

    def __init__(self, mode: str, every_s: float) -> None:
        self.mode, self.every_s = mode, every_s

    def begin(self, epochs: int) -> None:
        from codecarbon import OfflineEmissionsTracker
        self.tracker = OfflineEmissionsTracker(country_iso_code="CHN", tracking_mode=self.mode, measure_power_secs=self.every_s,
                                               save_to_file=False, log_level="critical", allow_multiple_runs=True)
        self.tracker.start()

    def end(self) -> Optional[float]:
        self.tracker.stop()
        return float(self.tracker.final_emissions_data.cpu_energy) * 3.6e6


class CarbonTracker(Nothing):
    def begin(self, epochs: int) -> None:
        from carbontracker.tracker import CarbonTracker as Tracker
        # One epoch more than there will be: the last one must not end with questions to the network.
        self.tracker = Tracker(epochs=epochs + 1, components="cpu", epochs_before_pred=0, monitor_epochs=epochs + 1, verbose=0)
        self.tracker.epoch_start()

    def epoch(self) -> None:
        self.tracker.epoch_end()
        self.tracker.epoch_start()

    def end(self) -> Optional[float]:
        from carbontracker import constants
        joules = float(self.tracker.tracker.total_energy_per_epoch().sum()) / constants.PUE_2023 * 3.6e6
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        return joules


class Zeus(Nothing):
    """Its CPU part alone, which reads RAPL; without RAPL it measures time."""

    def begin(self, epochs: int) -> None:
        import logging
        logging.disable(logging.CRITICAL)
        from zeus.monitor import ZeusMonitor
        self.monitor = ZeusMonitor(gpu_indices=[])
        self.monitor.begin_window("all")

    def end(self) -> Optional[float]:
        energy = self.monitor.end_window("all").cpu_energy
        return sum(energy.values()) if energy else None


TOOLS = {
    "none": Nothing,
    "epochcost": EpochCost,
    "codecarbon-process": lambda: CodeCarbon("process", 1),
    "codecarbon-machine": lambda: CodeCarbon("machine", 1),
    "codecarbon-process-15s": lambda: CodeCarbon("process", 15),
    "carbontracker": CarbonTracker,
    "zeus": Zeus,
}


def cpu_s() -> float:
    """Of this process and the children that it waited for."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


def training(epochs: int, tool: Nothing) -> list[float]:
    import torch
    from torch import nn
    torch.manual_seed(7)
    images, labels = torch.randn(512, 1, 8, 8), torch.randint(0, 10, (512,))
    network = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                            nn.Flatten(), nn.Linear(1024, 10))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01)
    times = []
    for _ in range(epochs):
        began = time.perf_counter()
        for _ in range(3):
            for batch in torch.randperm(len(images)).split(64):
                optimiser.zero_grad()
                nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
                optimiser.step()
        times.append(time.perf_counter() - began)
        tool.epoch()
    return times


def children(count: int, tool: Nothing) -> list[float]:
    began = time.perf_counter()
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            while time.process_time() < CHILD_S:  # its own: fork begins it anew
                sum(range(2000))
            os._exit(0)
        os.waitpid(pid, 0)
    tool.epoch()
    return [time.perf_counter() - began]


def idle(seconds: int, tool: Nothing) -> list[float]:
    sleeping = []
    for _ in range(8):
        pid = os.fork()
        if pid == 0:
            time.sleep(seconds + 2)
            os._exit(0)
        sleeping.append(pid)
    time.sleep(1)
    print("begin", flush=True)
    began = time.process_time()
    time.sleep(seconds)
    spent = time.process_time() - began
    print("end", flush=True)
    for pid in sleeping:
        os.waitpid(pid, 0)
    return [spent]


def main() -> None:
    arrived = time.monotonic_ns()
    name, work, amount = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.chdir(tempfile.gettempdir())  # no tool leaves a file in the sources
    tool = TOOLS[name]()
    import torch  # what a training has before it starts any tool
    torch.set_num_threads(1)
    wall, cpu = time.perf_counter(), time.process_time()
    tool.begin(amount if work == "training" else 1)
    said: dict[str, Any] = {"start_s": time.perf_counter() - wall, "start_cpu_s": time.process_time() - cpu, "main_ns": arrived}
    before, began = cpu_s(), time.perf_counter()
    said["times"] = {"training": training, "children": children, "idle": idle}[work](amount, tool)
    said["cpu_s"], said["wall_s"] = cpu_s() - before, time.perf_counter() - began
    said["joules"] = tool.end()
    print(json.dumps(said), flush=True)
    os._exit(0)  # whatever a tool's threads still wait for


if __name__ == "__main__":
    main()
