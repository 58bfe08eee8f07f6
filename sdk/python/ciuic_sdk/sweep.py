"""How fast this machine is at what a training consists of, measured with the reader's own library.

    python3 -m ciuic_sdk.sweep [--quick] [--threads N] [--processes N] [--library torch|numpy]

`epochcost calibrate` runs this and fits its constants to it. One JSON object a line on stdout: the
machine, a line of progress before each measurement, the measurements, what could not be measured and
why. Times are in seconds of one call; operators that a training runs backward too say both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import sys
import time
from typing import Any, Callable, Iterator

# C[m×n] = A[m×k] · B[k×n]: from what is mostly overhead to what is all arithmetic.
PRODUCTS = (
    (32, 128, 128), (256, 128, 128), (1024, 128, 512), (1024, 512, 128), (256, 512, 512), (1024, 512, 512),
    (1024, 512, 2048), (1024, 2048, 512), (512, 1024, 1024), (2048, 1024, 1024), (1024, 64, 1024),
    (1024, 1024, 64), (1536, 1536, 1536),
)
# Heads, rows, columns of a head.
ATTENTIONS = ((16, 64, 32), (16, 128, 64), (16, 256, 64), (8, 512, 64), (8, 512, 128))
# Batch, channels in, channels out, side of the picture, side of the window, groups.
CONVOLUTIONS = (
    (16, 16, 32, 16, 3, 1), (8, 64, 64, 28, 3, 1), (8, 128, 128, 14, 3, 1), (4, 64, 64, 56, 3, 1),
    (8, 128, 256, 14, 1, 1), (4, 3, 64, 112, 7, 1), (8, 128, 128, 14, 3, 128),
)
VECTORS = (1 << 17, 1 << 19)
CHAINS = (4, 16, 64)
ELEMENTS = (1 << 17, 1 << 19, 1 << 20, 1 << 22, 1 << 24)
MESSAGES = (1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 23, 1 << 25)


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


class Stopwatch:
    """On one thread the processor's time: what other programs take meanwhile does not count. On
    several, the clock on the wall, because threads that wait for each other are busy too.
    """

    clock: "Callable[[], float]" = staticmethod(time.perf_counter)

    @classmethod
    def suit(cls, threads: int) -> None:
        cls.clock = staticmethod(time.process_time if threads == 1 else time.perf_counter)


def timed(work: Callable[[], Any], budget: float) -> float:
    """The median of as many calls as the budget allows, at least three. The first is not counted."""
    work()
    durations = []
    until = time.perf_counter() + budget
    while len(durations) < 3 or (time.perf_counter() < until and len(durations) < 2000):
        began = Stopwatch.clock()
        work()
        durations.append(Stopwatch.clock() - began)
    return max(statistics.median(durations), 1e-9)


class Torch:
    """PyTorch on the CPU, as a training uses it: with gradients."""

    def __init__(self, threads: int) -> None:
        import torch

        self.torch = torch
        if threads:
            torch.set_num_threads(threads)
        self.threads = torch.get_num_threads()
        self.version = f"torch {torch.__version__}"
        torch.manual_seed(0)

    def _both(self, forward: Callable[[], Any], budget: float) -> "dict[str, float]":
        gradient = self.torch.randn_like(forward())

        def whole() -> None:
            forward().backward(gradient)

        ahead = timed(forward, budget / 3)
        return {"forward": ahead, "backward": max(timed(whole, budget) - ahead, 1e-9)}

    def product(self, m: int, n: int, k: int, budget: float) -> "dict[str, float]":
        torch = self.torch
        left = torch.randn(m, k, requires_grad=True)
        weight = torch.randn(n, k, requires_grad=True)
        return self._both(lambda: torch.nn.functional.linear(left, weight), budget)

    def attention(self, heads: int, rows: int, width: int, budget: float) -> "dict[str, float] | None":
        torch = self.torch
        fused = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
        if fused is None:
            return None
        q, k, v = (torch.randn(1, heads, rows, width, requires_grad=True) for _ in range(3))
        return self._both(lambda: fused(q, k, v, is_causal=True), budget)

    def batched(self, heads: int, rows: int, width: int, budget: float) -> "dict[str, float]":
        torch = self.torch
        q = torch.randn(heads, rows, width, requires_grad=True)
        k = torch.randn(heads, width, rows, requires_grad=True)
        return self._both(lambda: torch.bmm(q, k), budget)

    def convolution(self, shape: "tuple[int, ...]", budget: float) -> "dict[str, float]":
        torch = self.torch
        batch, wide_in, wide_out, side, window, groups = shape
        image = torch.randn(batch, wide_in, side, side, requires_grad=True)
        kernel = torch.randn(wide_out, wide_in // groups, window, window, requires_grad=True)
        return self._both(
            lambda: torch.nn.functional.conv2d(image, kernel, padding=window // 2, groups=groups), budget
        )

    def moving(self, elements: int, budget: float) -> float:
        left, right = self.torch.ones(elements), self.torch.ones(elements)
        return timed(lambda: self.torch.add(left, right), budget)

    def _pictures(self, elements: int) -> Any:
        return self.torch.randn(elements // 4096, 4, 32, 32, requires_grad=True)

    def norm(self, elements: int, budget: float) -> "dict[str, float]":
        pictures = self._pictures(elements)
        scale = self.torch.ones(4, requires_grad=True)
        return self._both(
            lambda: self.torch.nn.functional.batch_norm(pictures, None, None, scale, scale, True), budget
        )

    def softmax(self, elements: int, budget: float) -> "dict[str, float]":
        rows = self.torch.randn(elements // 256, 256, requires_grad=True)
        return self._both(lambda: self.torch.softmax(rows, -1), budget)

    def pool(self, elements: int, budget: float) -> "dict[str, float]":
        pictures = self._pictures(elements)
        return self._both(lambda: self.torch.nn.functional.max_pool2d(pictures, 2), budget)

    def chain(self, layers: int, width: int, budget: float) -> "dict[str, float]":
        """Products so small that what is measured is the way to them."""
        torch = self.torch
        weights = [torch.randn(width, width, requires_grad=True) for _ in range(layers)]
        rows = torch.randn(1, width)

        def forward() -> Any:
            out = rows
            for weight in weights:
                out = torch.nn.functional.linear(out, weight)
            return out

        return self._both(forward, budget)

    def update(self, tensors: int, elements: int, budget: float) -> float:
        """A step of Adam over `tensors` tensors of `elements` parameters."""
        torch = self.torch
        parameters = [torch.ones(elements, requires_grad=True) for _ in range(tensors)]
        for parameter in parameters:
            parameter.grad = torch.ones(elements)
        return timed(torch.optim.Adam(parameters).step, budget)

    def collectives(self, processes: int, budget: float) -> "Iterator[tuple[int, float]]":
        """All-reduces of float32 between so many processes (gloo), the slowest process's time."""
        torch = self.torch
        if not torch.distributed.is_available():
            raise RuntimeError("torch.distributed is not part of this PyTorch")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        context = torch.multiprocessing.get_context("spawn")
        answers = context.Queue()
        workers = [
            context.Process(target=_reduce, args=(rank, processes, port, budget, answers), daemon=True)
            for rank in range(processes)
        ]
        for worker in workers:
            worker.start()
        try:
            for size in MESSAGES:
                yield size, max(answers.get(timeout=60) for _ in range(processes))
        finally:
            for worker in workers:
                worker.join(10)
                if worker.is_alive():
                    worker.terminate()


def _reduce(rank: int, processes: int, port: int, budget: float, answers: Any) -> None:
    import torch
    import torch.distributed as distributed

    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=processes
    )
    for size in MESSAGES:
        values = torch.ones(size // 4)
        distributed.all_reduce(values)
        # Every process must call equally often: the first says how often that is.
        began = time.perf_counter()
        distributed.all_reduce(values)
        times = torch.tensor([max(3, min(200, int(budget / max(time.perf_counter() - began, 1e-6))))])
        distributed.broadcast(times, 0)
        durations = []
        for _ in range(int(times)):
            began = time.perf_counter()
            distributed.all_reduce(values)
            durations.append(time.perf_counter() - began)
        answers.put(statistics.median(durations))
    distributed.barrier()
    distributed.destroy_process_group()


class Numpy:
    """numpy: products and memory, and nothing that a training does backward."""

    def __init__(self, threads: int) -> None:
        if threads:  # its libraries read these when they are loaded
            for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
                os.environ[name] = str(threads)
        import numpy

        self.numpy = numpy
        self.threads = threads or len(os.sched_getaffinity(0))
        self.version = f"numpy {numpy.__version__}"

    def product(self, m: int, n: int, k: int, budget: float) -> "dict[str, float]":
        left = self.numpy.ones((m, k), dtype="float32")
        right = self.numpy.ones((k, n), dtype="float32")
        return {"forward": timed(lambda: left @ right, budget)}

    def moving(self, elements: int, budget: float) -> float:
        left, right = (self.numpy.ones(elements, dtype="float32") for _ in range(2))
        return timed(lambda: self.numpy.add(left, right), budget)


def sweep(library: Any, budget: float, rounds: int, processes: int) -> None:
    plan: "list[tuple[str, dict[str, Any], Callable[[], Any]]]" = []
    for m, n, k in PRODUCTS:
        plan.append(("product", {"m": m, "n": n, "k": k}, lambda m=m, n=n, k=k: library.product(m, n, k, budget)))
    for count in ELEMENTS:
        plan.append(("moving", {"elements": count}, lambda count=count: {"forward": library.moving(count, budget)}))
    for name in ("norm", "softmax", "pool"):
        for count in VECTORS if hasattr(library, name) else ():
            work = getattr(library, name)
            plan.append((name, {"elements": count}, lambda work=work, count=count: work(count, budget)))
    for name in ("batched", "attention"):
        for heads, rows, width in ATTENTIONS if hasattr(library, name) else ():
            work = getattr(library, name)
            plan.append((name, {"heads": heads, "rows": rows, "width": width},
                         lambda work=work, h=heads, r=rows, w=width: work(h, r, w, budget)))
    for shape in CONVOLUTIONS if hasattr(library, "convolution") else ():
        batch, wide_in, wide_out, side, window, groups = shape
        plan.append(("convolution",
                     {"batch": batch, "in": wide_in, "out": wide_out, "side": side, "window": window, "groups": groups},
                     lambda shape=shape: library.convolution(shape, budget)))
    for layers in CHAINS if hasattr(library, "chain") else ():
        plan.append(("chain", {"layers": layers, "width": 8}, lambda n=layers: library.chain(n, 8, budget)))
    for tensors, elements in ((32, 16), (32, 1 << 16)) if hasattr(library, "update") else ():
        plan.append(("update", {"tensors": tensors, "elements": elements},
                     lambda t=tensors, e=elements: {"forward": library.update(t, e, budget)}))
    # Each is measured in several rounds, so that what disturbs the machine for a moment disturbs no
    # measurement in all of them.
    seen: "list[list[dict[str, float]]]" = [[] for _ in plan]
    steps = rounds * len(plan) + 1
    for turn in range(rounds):
        for index, (name, shape, work) in enumerate(plan):
            say(kind="progress", done=turn * len(plan) + index, of=steps, what=name)
            measured = work()
            if measured is not None:
                seen[index].append(measured)
    missing = {name for (name, _, _), taken in zip(plan, seen) if not taken}
    for (name, shape, _), taken in zip(plan, seen):
        if taken:
            say(kind=name, **shape, **{key: statistics.median(each[key] for each in taken) for key in taken[0]})
    for name in sorted(missing):
        say(kind="skipped", what=name, why=f"{library.version} has none")
    say(kind="progress", done=steps - 1, of=steps, what="collective")
    if not hasattr(library, "collectives"):
        for name in ("batched", "attention", "convolution", "norm", "softmax", "pool", "chain", "update", "collective"):
            say(kind="skipped", what=name, why=f"{library.version} has none")
        return
    try:
        for size, seconds in library.collectives(processes, budget):
            say(kind="collective", members=processes, bytes=size, forward=seconds)
    except Exception as fault:  # noqa: BLE001: a machine without sockets still has the rest
        say(kind="skipped", what="collective", why=f"{type(fault).__name__}: {fault}")


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, and rougher")
    parser.add_argument("--threads", type=int, default=0, help="as many as the library takes by itself")
    parser.add_argument("--processes", type=int, default=2, help="of the collectives")
    parser.add_argument("--library", choices=("torch", "numpy"), default="torch")
    options = parser.parse_args()
    try:
        library: Any = Torch(options.threads) if options.library == "torch" else Numpy(options.threads)
    except ImportError as fault:
        say(kind="error", reason="no_library", library=options.library, detail=str(fault), python=sys.executable)
        return 3
    Stopwatch.suit(library.threads)
    say(kind="machine", library=library.version, python=sys.executable, threads=library.threads,
        cores=len(os.sched_getaffinity(0)), processor=processor(), host=platform.node(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if options.quick:
        sweep(library, 0.02, 1, options.processes)
    else:
        sweep(library, 0.15, 3, options.processes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
