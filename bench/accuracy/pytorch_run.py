#!/usr/bin/env python3
"""One training of bench/accuracy/pytorch_runs: pytorch_run.py KIND EPOCHS.

stable            epochs of equal work
warming-up        the first epoch decodes its data, the later ones find it decoded
slow-evaluation   every fifth epoch is followed by an evaluation twice as long as the epoch
growing-sequence  sequences grow from 24 to 64 tokens over the first eighth of the run
noisy-neighbour   another process computes for random stretches of time
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time

import torch
from torch.nn import functional
from trainings import Gpt

from ciuic_sdk import CostMonitor

STEPS = 24
BATCH = 4
LONGEST = 64


def neighbour(seed: int) -> None:
    """Computes for 0.5 to 2 s, rests for 1 to 4 s, for ever."""
    dice = random.Random(seed)
    while True:
        until = time.monotonic() + dice.uniform(0.5, 2)
        while time.monotonic() < until:
            sum(i * i for i in range(10_000))
        time.sleep(dice.uniform(1, 4))


def tokens_at(kind: str, epoch: int, epochs: int) -> int:
    if kind != "growing-sequence":
        return LONGEST
    share = min(1.0, 8 * epoch / epochs)
    return 24 + int(share * (LONGEST - 24)) // 8 * 8


def decode(batch: int) -> torch.Tensor:
    """A batch as a slow decoder gives it."""
    dice = random.Random(batch)
    return torch.tensor([[dice.randrange(512) for _ in range(LONGEST)] for _ in range(BATCH * 40)])[:BATCH]


def main() -> None:
    kind, epochs = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = Gpt()
    optimizer = torch.optim.AdamW(net.parameters())
    other = multiprocessing.Process(target=neighbour, args=(7,), daemon=True)
    if kind == "noisy-neighbour":
        other.start()
    decoded: dict[int, torch.Tensor] = {}
    monitor = CostMonitor(project_id="pytorch-runs", planned_epochs=epochs)
    for epoch in monitor.epochs(range(epochs)):
        tokens = tokens_at(kind, epoch, epochs)
        net.mask = torch.full((tokens, tokens), float("-inf")).triu(1)
        positions = net.positions
        for step in range(STEPS):
            if kind == "warming-up" and step not in decoded:
                decoded[step] = decode(step)
            ids = decoded.get(step, torch.randint(0, 512, (BATCH, LONGEST)))[:, :tokens]
            hidden = net.layers(net.tokens(ids) + positions[:tokens], mask=net.mask)
            out = net.head(hidden)
            loss = functional.cross_entropy(out.reshape(-1, out.shape[-1]), ids.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step()
        if kind == "slow-evaluation" and epoch % 5 == 4:
            with monitor.phase("eval"), torch.no_grad():
                for _ in range(5 * STEPS):
                    net(torch.randint(0, 512, (BATCH, LONGEST)))
        monitor.log(loss=float(loss))
    monitor.close()


if __name__ == "__main__":
    main()
