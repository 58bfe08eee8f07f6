"""A module is described as it computes, and left as it was."""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import unittest
from typing import Any

HAS_TORCH = importlib.util.find_spec("torch") is not None


class DescribeWithoutTorch(unittest.TestCase):
    def test_an_example_without_a_tensor_is_refused_before_torch_is_needed(self) -> None:
        from ciuic_sdk import describe

        with self.assertRaisesRegex(ValueError, "first dimension is the batch"):
            describe(object(), 3)


@unittest.skipUnless(HAS_TORCH, "torch is not installed (Debian: python3-torch)")
class Describe(unittest.TestCase):
    def setUp(self) -> None:
        import torch

        self.torch = torch
        torch.manual_seed(0)

    def operators(self, module: Any, example: Any) -> "list[dict[str, Any]]":
        from ciuic_sdk import describe

        return list(describe(module, example)["operators"])

    def test_a_convolutional_network_has_its_operators_per_sample(self) -> None:
        nn = self.torch.nn
        net = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(16 * 16 * 16, 10),
        )
        seen = self.operators(net, self.torch.randn(4, 3, 32, 32))
        self.assertEqual([each["op"] for each in seen], ["convolution", "norm", "activation", "pool", "linear"])
        self.assertEqual(
            {key: seen[0][key] for key in ("pixels", "in_pixels", "window", "in", "out", "groups")},
            {"pixels": 1024, "in_pixels": 1024, "window": 9, "in": 3, "out": 16, "groups": 1},
        )
        self.assertEqual(seen[-1]["rows"], 1)

    def test_a_loss_is_counted_behind_the_module(self) -> None:
        from ciuic_sdk import describe

        torch = self.torch
        net = torch.nn.Linear(8, 32)
        targets = torch.randint(0, 32, (4,))
        graph = describe(net, torch.randn(4, 8), loss=lambda out: torch.nn.functional.cross_entropy(out, targets))
        self.assertEqual([each["op"] for each in graph["operators"]], ["linear", "loss"])
        self.assertEqual(graph["operators"][-1] | {"path": ""}, {"op": "loss", "rows": 1, "classes": 32, "path": "", "parameters": 0})
        self.assertEqual(graph["parameter_tensors"], 2)
        squares = describe(net, torch.randn(4, 8), loss=lambda out: ((out - 1) ** 2).mean())
        self.assertEqual([each["path"] for each in squares["operators"][1:]], ["loss"] * 2)

    def test_rows_chosen_by_a_mask_are_read_and_written(self) -> None:
        torch = self.torch

        class Chooses(torch.nn.Module):
            def forward(self, x: Any) -> Any:
                out = torch.zeros_like(x)
                here = x[:, 0] > -100
                out[here] = x[here] * 2
                return out

        seen = self.operators(Chooses(), torch.randn(4, 16))
        self.assertEqual([each["op"] for each in seen], ["elementwise"] * 3)
        self.assertEqual({each["writes"] for each in seen}, {16})

    def test_every_parameter_is_counted_once_also_where_it_is_shared(self) -> None:
        nn = self.torch.nn
        net = nn.Sequential(nn.Embedding(100, 8), nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 100, bias=False))
        net[3].weight = net[0].weight
        seen = self.operators(net, self.torch.randint(0, 100, (2, 5)))
        self.assertEqual(sum(each["parameters"] for each in seen), sum(p.numel() for p in net.parameters()))
        self.assertEqual(seen[-1]["parameters"], 0)

    def test_attention_is_seen_as_its_products(self) -> None:
        layer = self.torch.nn.TransformerEncoderLayer(64, 4, 256, batch_first=True)
        seen = self.operators(layer, self.torch.randn(3, 32, 64))
        products = [each for each in seen if each["op"] in ("product", "attention")]
        operations = sum(
            2 * each["batch"] * each["m"] * each["n"] * each["k"] if each["op"] == "product"
            else 4 * each["heads"] * each["rows"] * each["memory_rows"] * each["width"]
            for each in products
        )
        self.assertEqual(operations, 4 * 32 * 32 * 64)
        self.assertEqual(sum(each["parameters"] for each in seen), sum(p.numel() for p in layer.parameters()))

    def test_a_depthwise_convolution_keeps_its_groups(self) -> None:
        seen = self.operators(self.torch.nn.Conv2d(8, 8, 3, groups=8), self.torch.randn(1, 8, 10, 10))
        self.assertEqual((seen[0]["groups"], seen[0]["pixels"], seen[0]["path"]), (8, 64, seen[0]["path"]))

    def test_the_rows_that_experts_share_are_those_of_one_sample_together(self) -> None:
        torch = self.torch

        class Mixture(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.experts = torch.nn.ModuleList(torch.nn.Linear(8, 16, bias=False) for _ in range(3))

            def forward(self, rows: Any) -> Any:
                cuts = (0, 5, 12, 20)
                return torch.cat([expert(rows[a:b]) for expert, a, b in zip(self.experts, cuts, cuts[1:])])

        operators = self.operators(Mixture(), torch.ones(20, 8))
        products = [each for each in operators if each["op"] == "linear"]
        self.assertEqual(sum(each["rows"] for each in products), 1)
        self.assertEqual(sum(each["parameters"] for each in operators), 3 * 8 * 16)

    def test_the_module_is_left_as_it_was(self) -> None:
        nn = self.torch.nn
        net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        net[1].eval()
        before = [each.clone() for each in (*net.parameters(), *net.buffers())]
        self.operators(net, self.torch.randn(2, 4))
        self.assertTrue(net.training and net[2].training and not net[1].training)
        for old, new in zip(before, (*net.parameters(), *net.buffers())):
            self.assertTrue(self.torch.equal(old, new))
        self.assertTrue(all(not each._forward_hooks and not each._forward_pre_hooks for each in net.modules()))
        self.assertTrue(all(p.grad is None for p in net.parameters()))

    def test_a_module_that_raises_is_left_as_it_was_too(self) -> None:
        nn = self.torch.nn
        net = nn.Sequential(nn.Linear(4, 4))
        with self.assertRaises(RuntimeError):
            self.operators(net, self.torch.randn(2, 5))
        self.assertTrue(net.training)
        self.assertFalse(net[0]._forward_hooks)

    def test_what_computes_nothing_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "nothing that can be counted"):
            self.operators(self.torch.nn.Identity(), self.torch.randn(2, 4))

    def test_the_file_is_the_graph(self) -> None:
        from ciuic_sdk import describe

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "net.json")
            graph = describe(self.torch.nn.Linear(4, 2), self.torch.randn(2, 4), path, name="small")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(json.load(file), graph)
        self.assertEqual((graph["name"], graph["type"], graph["schema_version"]), ("small", "graph", 1))


if __name__ == "__main__":
    unittest.main()
