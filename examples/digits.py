"""A small convolutional network on scikit-learn's handwritten digits: 10 epochs with evaluation.

The data ship with scikit-learn; nothing is downloaded. Meter it with

    epochcost run -- python3 examples/digits.py
"""

from __future__ import annotations

import torch
from ciuic_sdk import CostMonitor
from sklearn.datasets import load_digits
from torch import nn

EPOCHS = 10
BATCH = 64


def load() -> tuple[torch.Tensor, torch.Tensor]:
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16.0
    return images, torch.tensor(digits.target)


def make_network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 4 * 4, 128), nn.ReLU(), nn.Linear(128, 10),
    )


def train(network: nn.Module, optimiser: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor,
          monitor: CostMonitor) -> float:
    network.train()
    loss_sum = 0.0
    for batch in torch.randperm(len(images)).split(BATCH):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
        loss.backward()
        optimiser.step()
        loss_sum += loss.item() * len(batch)
        monitor.step()
    return loss_sum / len(images)


@torch.no_grad()
def evaluate(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    network.eval()
    return (network(images).argmax(1) == labels).float().mean().item()


def main() -> None:
    torch.manual_seed(7)
    images, labels = load()
    cut = 1500
    network = make_network()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    monitor = CostMonitor(project_id="demo", budget=5.0, alert_threshold=0.8)
    for epoch in range(EPOCHS):
        loss = train(network, optimiser, images[:cut], labels[:cut], monitor)
        with monitor.phase("eval"):
            accuracy = evaluate(network, images[cut:], labels[cut:])
        monitor.log(loss=loss, accuracy=accuracy)
        cost = monitor.update()
        print(f"epoch {epoch + 1:2}/{EPOCHS}  loss {loss:.3f}  accuracy {accuracy:.1%}  project so far {cost}", flush=True)
    monitor.close()


if __name__ == "__main__":
    main()
