#!/usr/bin/env python3
"""Small trainings of four kinds, on the CPU: cnn, gpt, loader, moe.

    trainings.py KIND STEPS

Each prints a line per step ("step 3/400 loss …") and writes a checkpoint at its end. Random data, one
thread, a fixed seed: what a step computes does not depend on the machine.
"""

from __future__ import annotations

import os
import sys
import time

# One thread means BLAS's too: its workers would wait in a loop, and take the time of whoever else is there.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


class Gpt(nn.Module):
    """Two layers of causal attention over 64 tokens."""

    def __init__(self, width: int = 128, vocabulary: int = 512, tokens: int = 64) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.zeros(tokens, width))
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True, norm_first=True, dropout=0.0)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocabulary)
        self.register_buffer("mask", torch.full((tokens, tokens), float("-inf")).triu(1))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(self.tokens(ids) + self.positions, mask=self.mask))


class Mixture(nn.Module):
    """A layer of eight experts, one for each token: how many tokens an expert sees changes from step to step."""

    def __init__(self, width: int = 128, experts: int = 8, classes: int = 32) -> None:
        super().__init__()
        self.router = nn.Linear(width, experts)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)) for _ in range(experts)
        )
        self.head = nn.Linear(width, classes)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        weights = self.router(tokens).softmax(-1)
        best, chosen = weights.max(-1)
        out = torch.zeros_like(tokens)
        for index, expert in enumerate(self.experts):
            here = chosen == index
            if here.any():
                out[here] = expert(tokens[here]) * best[here].unsqueeze(-1)
        return self.head(tokens + out)


def make(kind: str) -> "tuple[nn.Module, object]":
    """The module, and a function that gives a batch and its targets."""
    if kind == "cnn":
        net = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(32 * 64, 10),
        )
        return net, lambda: (torch.randn(32, 3, 32, 32), torch.randint(0, 10, (32,)))
    if kind == "gpt":
        return Gpt(), lambda: (torch.randint(0, 512, (4, 64)), torch.randint(0, 512, (4, 64)))
    if kind == "moe":
        return Mixture(), lambda: (torch.randn(256, 128), torch.randint(0, 32, (256,)))
    if kind == "loader":
        net = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))

        def read() -> "tuple[torch.Tensor, torch.Tensor]":
            time.sleep(0.03)  # a disk that is waited for
            return torch.randn(64, 256), torch.randint(0, 10, (64,))

        return net, read
    raise SystemExit(f"no such kind: {kind}; there are cnn, gpt, loader, moe")


def main() -> None:
    kind, steps = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net, batch = make(kind)
    optimizer = torch.optim.AdamW(net.parameters())
    for step in range(1, steps + 1):
        inputs, targets = batch()
        out = net(inputs)
        loss = functional.cross_entropy(out.reshape(-1, out.shape[-1]), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {step}/{steps} loss {loss.item():.4f}", flush=True)
    torch.save(net.state_dict(), f"{kind}.pt")


if __name__ == "__main__":
    main()
