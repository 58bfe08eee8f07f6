"""A live PyTorch module as a file that `epochcost estimate --graph` reads.

One forward pass is watched where PyTorch hands operators to its kernels, so whatever the module's
code does is seen: no hook, no source, no symbolic copy. The file says which operators ran on which
shapes; EpochCost counts them.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from typing import Any, Callable, Iterator, Union

_ACTIVATIONS = frozenset(
    "relu relu_ gelu silu silu_ sigmoid tanh elu leaky_relu hardswish hardsigmoid hardtanh mish "
    "softplus threshold clamp_min".split()
)
_NORMS = frozenset(
    "native_layer_norm native_batch_norm native_group_norm batch_norm cudnn_batch_norm "
    "_native_batch_norm_legit _native_batch_norm_legit_no_training rms_norm _fused_rms_norm".split()
)
_POOLS = frozenset(
    "max_pool2d_with_indices max_pool2d avg_pool2d _adaptive_avg_pool2d adaptive_avg_pool2d "
    "max_pool1d avg_pool1d mean".split()
)
_ELEMENTWISE = frozenset(
    "add add_ sub mul mul_ div div_ pow rsqrt sqrt exp cos sin where masked_fill cat neg square "
    "index index_put index_put_ _index_put_impl_ index_select index_add index_add_ gather scatter "
    "scatter_add mse_loss".split()
)
_SOFTMAXES = frozenset(("_softmax", "softmax", "_log_softmax", "log_softmax"))


def describe(
    module: Any,
    example_input: Any,
    path: Union[str, "os.PathLike[str]", None] = None,
    name: str = "",
    sample_unit: str = "sample",
    loss: "Callable[[Any], Any] | None" = None,
) -> "dict[str, Any]":
    """What one sample makes `module` compute, as a graph.

    `example_input`: a tensor, or a tuple of positional or dict of keyword arguments, whose tensors
    have the batch as first dimension. The module is run once, forward only, in its evaluation mode,
    and left as it was. `loss`: a function of what the module returns, such as
    `lambda out: functional.cross_entropy(out, targets)`; what it computes is the graph's too. With
    `path` the graph is written there as JSON.

    Raises ValueError where nothing was computed or there is no batch dimension, and whatever the
    module itself raises.
    """
    arguments, keywords = _as_call(example_input)
    batch = _batch_of(arguments, keywords)
    watched = _watch(module, arguments, keywords, batch, loss)
    if not watched:
        raise ValueError("the module computed nothing that can be counted: give it an example input")
    import torch

    graph = {
        "schema_version": 1,
        "type": "graph",
        "name": name or type(module).__name__,
        "source": f"ciuic_sdk.describe, torch {torch.__version__}",
        "sample_unit": sample_unit,
        "operators": watched,
    }
    tensors = sum(1 for each in module.parameters() if each.requires_grad)
    if tensors:
        graph["parameter_tensors"] = tensors
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(graph, file, indent=1)
            file.write("\n")
    return graph


def _as_call(example: Any) -> "tuple[tuple[Any, ...], dict[str, Any]]":
    if isinstance(example, dict):
        return (), dict(example)
    if isinstance(example, (tuple, list)):
        return tuple(example), {}
    return (example,), {}


def _batch_of(arguments: "tuple[Any, ...]", keywords: "dict[str, Any]") -> int:
    for value in (*arguments, *keywords.values()):
        shape = getattr(value, "shape", None)
        if shape is not None and len(shape) > 0:
            return max(1, int(shape[0]))
    raise ValueError("no tensor with a batch dimension in example_input: its first dimension is the batch")


def _watch(
    module: Any, arguments: "tuple[Any, ...]", keywords: "dict[str, Any]", batch: int, loss: Any
) -> "list[dict[str, Any]]":
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    places = _Places(module)

    class Watch(TorchDispatchMode):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.recorder = _Recorder(places, batch)

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = func(*args, **(kwargs or {}))
            self.recorder.saw(func, args, out)
            return out

    was_training = [each for each in module.modules() if each.training]
    watch = Watch()
    with ExitStack() as stack:
        for handle in places.follow():
            stack.callback(handle.remove)
        module.eval()
        try:
            # With gradients, PyTorch takes none of the fused shortcuts that it has for inference.
            with torch.enable_grad(), watch:
                answer = module(*arguments, **keywords)
                if loss is not None:
                    watch.recorder.is_loss = True
                    loss(answer)
        finally:
            for each in was_training:
                each.training = True
    return watch.recorder.finish()


class _Places:
    """Which module is running, and whose parameter a tensor is."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._stack: "list[str]" = []
        if any(p.is_meta for p in module.parameters()):
            raise ValueError("the module's parameters are on no device: module.to_empty(device='cpu') first")
        self._parameters = {p.data_ptr(): p for p in module.parameters() if p.numel() > 0}
        self._uncounted = dict(self._parameters)

    def follow(self) -> "Iterator[Any]":
        for path, each in self._module.named_modules():
            yield each.register_forward_pre_hook(self._entering(path))
            yield each.register_forward_hook(self._leaving)

    def _entering(self, path: str) -> Any:
        def enter(_module: Any, _inputs: Any) -> None:
            self._stack.append(path)

        return enter

    def _leaving(self, _module: Any, _inputs: Any, _output: Any) -> None:
        if self._stack:
            self._stack.pop()

    def path(self, op: str) -> str:
        here = next((path for path in reversed(self._stack) if path), "")
        return here or op

    def is_parameter(self, tensor: Any) -> bool:
        return tensor.data_ptr() in self._parameters

    def count_once(self, tensors: "list[Any]") -> int:
        """Elements of the parameters among `tensors` that no operator has counted yet."""
        total = 0
        for tensor in tensors:
            parameter = self._uncounted.pop(tensor.data_ptr(), None)
            if parameter is not None:
                total += int(parameter.numel())
        return total


class _Recorder:
    def __init__(self, places: _Places, batch: int) -> None:
        self._places = places
        self._batch = batch
        self.operators: "list[dict[str, Any]]" = []
        self.is_loss = False  # what is seen now is the loss
        self._waiting: "dict[object, int]" = {}  # of each kind, what is less than a sample's
        self._unplaced: "dict[tuple[int, int], int]" = {}  # parameters of products with less than a row

    def finish(self) -> "list[dict[str, Any]]":
        """Everything, with what waits for another row that never came."""
        for (inner, width), parameters in self._unplaced.items():
            self.operators.append({"op": "linear", "rows": 1, "in": inner, "out": width,
                                   "path": "rest", "parameters": parameters})
        self._unplaced = {}
        return self.operators

    def saw(self, func: Any, args: Any, out: Any) -> None:
        name = str(getattr(func, "__name__", func)).split(".")[0]
        tensors = [each for each in _flat(args) if hasattr(each, "data_ptr")]
        results = [each for each in _flat((out,)) if hasattr(each, "data_ptr")]
        if not tensors or not results:
            return
        entry = self._entry(name, args, tensors, results[0])
        if entry is None:
            return
        entry["path"] = "loss" if self.is_loss else self._places.path(name)
        entry["parameters"] = self._places.count_once(tensors)
        if entry["op"] in ("linear", "product"):
            shape = (entry.get("in", entry.get("k")), entry.get("out", entry.get("n")))
            entry["parameters"] += self._unplaced.pop(shape, 0)
            if entry.get("rows", entry.get("m")) == 0:
                self._unplaced[shape] = entry["parameters"]
                return
        self.operators.append(entry)

    def _each(self, count: int, of: object = None) -> int:
        """Of one sample: what is not whole waits in `of` for the next of its kind, at least 1.

        A mixture sends some of a batch's rows to each expert: together they are the batch's.
        """
        if of is None:
            return max(1, count // self._batch)
        whole, self._waiting[of] = divmod(count + self._waiting.get(of, 0), self._batch)
        return whole

    def _entry(self, name: str, args: Any, tensors: "list[Any]", out: Any) -> "dict[str, Any] | None":
        elements = self._each(int(out.numel()), name)
        if elements == 0 and name not in ("mm", "addmm", "linear"):
            if not any(self._places.is_parameter(each) for each in tensors):
                return None
            elements = 1
        if name in ("mm", "addmm", "linear"):
            return self._product(tensors[-2:] if name != "linear" else tensors[:2], out)
        if name in ("bmm", "baddbmm"):
            return self._batched(tensors[-2:], out)
        if name in ("convolution", "_convolution", "cudnn_convolution", "mkldnn_convolution", "thnn_conv2d"):
            return self._convolution(args, tensors, out)
        if "scaled_dot_product" in name or "flash_attention" in name:
            return self._attention(tensors, args)
        if name in _NORMS:
            return {"op": "norm", "elements": elements}
        if name in _ACTIVATIONS:
            return {"op": "activation", "elements": elements, "in_place": name.endswith("_")}
        if self.is_loss and name in ("_log_softmax", "log_softmax"):
            # Of a cross entropy, whose last part reads no more than a row's one element.
            classes = int(out.shape[-1])
            return {"op": "loss", "rows": max(1, elements // classes), "classes": classes}
        if name in _SOFTMAXES:
            return {"op": "softmax", "elements": elements}
        if name == "embedding":
            rows, width = tensors[0].shape
            looked_up = int(out.numel()) // int(width)
            # Positions are looked up once for all samples.
            if int(tensors[1].shape[0]) == self._batch:
                looked_up = self._each(looked_up)
            return {"op": "embedding", "rows": max(1, looked_up), "table_rows": int(rows), "width": int(width)}
        if name in _POOLS:
            return {"op": "pool", "in": self._each(int(tensors[0].numel())), "out": elements}
        if name in _ELEMENTWISE and out.is_floating_point():
            reads = sum(int(each.numel()) for each in tensors if not self._places.is_parameter(each))
            return {"op": "elementwise", "reads": self._each(max(reads, 1)), "writes": elements}
        return None

    def _product(self, pair: "list[Any]", out: Any) -> "dict[str, Any]":
        left, right = pair
        inner = int(left.shape[-1])
        width = int(out.shape[-1])
        rows = self._each(int(out.numel()) // width, ("rows", inner, width))
        if self._places.is_parameter(left) or self._places.is_parameter(right):
            return {"op": "linear", "rows": rows, "in": inner, "out": width}
        return {"op": "product", "batch": 1, "m": rows, "n": width, "k": inner}

    def _batched(self, pair: "list[Any]", out: Any) -> "dict[str, Any]":
        return {"op": "product", "batch": self._each(int(out.shape[0])), "m": int(out.shape[1]),
                "n": int(out.shape[2]), "k": int(pair[0].shape[2])}

    def _convolution(self, args: Any, tensors: "list[Any]", out: Any) -> "dict[str, Any]":
        image, kernel = tensors[0], tensors[1]
        is_transposed = len(args) > 6 and args[6] is True
        groups = int(image.shape[1]) // int(kernel.shape[1])
        if is_transposed:
            groups = int(args[8]) if len(args) > 8 else 1
        window = 1
        for size in kernel.shape[2:]:
            window *= int(size)
        channels = int(image.shape[1])
        wide = int(out.shape[1])
        pixels = self._each(int((image if is_transposed else out).numel()) // (channels if is_transposed else wide))
        return {"op": "convolution", "pixels": pixels,
                "in_pixels": self._each(int(image.numel()) // channels), "window": window,
                "in": channels, "out": wide, "groups": max(1, groups)}

    def _attention(self, tensors: "list[Any]", args: Any) -> "dict[str, Any] | None":
        query, key = tensors[0], tensors[1]
        if len(query.shape) != 4:
            return None
        return {"op": "attention", "heads": int(query.shape[1]), "rows": int(query.shape[2]),
                "memory_rows": int(key.shape[2]), "width": int(query.shape[3]),
                "causal": any(each is True for each in args)}


def _flat(values: Any) -> "Iterator[Any]":
    for value in values:
        if isinstance(value, (tuple, list)):
            yield from _flat(value)
        else:
            yield value
