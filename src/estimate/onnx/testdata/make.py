#!/usr/bin/env python3
"""Writes the small ONNX files of the tests beside itself. Needs `onnx` (PyPI); run by hand, its output is kept."""

from __future__ import annotations

import pathlib

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent


def weight(name: str, *shape: int) -> onnx.TensorProto:
    # Zeros: only the shapes are of interest.
    return numpy_helper.from_array(numpy.zeros(shape, dtype="float32"), name)


def whole(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(numpy.array(values, dtype="int64"), name)


def save(name: str, nodes: list, inputs: list, outputs: list, weights: list, domains: tuple = ()) -> None:
    graph = helper.make_graph(nodes, name, inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 13), *(helper.make_opsetid(domain, 1) for domain in domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=7, producer_name="make.py")
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


def value(name: str, *shape: object) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


# Two layers, a batch that is free.
save("mlp",
     [helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], name="/fc1/Gemm", transB=1),
      helper.make_node("Relu", ["h"], ["a"], name="/act/Relu"),
      helper.make_node("MatMul", ["a", "w2"], ["z"], name="/fc2/MatMul"),
      helper.make_node("Add", ["z", "b2"], ["y"], name="/fc2/Add")],
     [value("x", "N", 64)], [value("y", "N", 10)],
     [weight("w1", 32, 64), weight("b1", 32), weight("w2", 32, 10), weight("b2", 10)])

# A batch of four pictures that the file fixes; a depthwise convolution; statistics that are no parameters.
save("cnn",
     [helper.make_node("Conv", ["x", "k1"], ["c1"], name="conv1", pads=[1, 1, 1, 1]),
      helper.make_node("BatchNormalization", ["c1", "g", "b", "m", "v"], ["n1"], name="bn1"),
      helper.make_node("Relu", ["n1"], ["r1"], name="relu1"),
      helper.make_node("MaxPool", ["r1"], ["p1"], name="pool1", kernel_shape=[2, 2], strides=[2, 2]),
      helper.make_node("Conv", ["p1", "k2"], ["c2"], name="conv2", pads=[1, 1, 1, 1], group=8),
      helper.make_node("GlobalAveragePool", ["c2"], ["p2"], name="pool2"),
      helper.make_node("Flatten", ["p2"], ["f"], name="flatten"),
      helper.make_node("Gemm", ["f", "w", "bias"], ["y"], name="fc", transB=1)],
     [value("x", 4, 3, 16, 16)], [value("y", 4, 10)],
     [weight("k1", 8, 3, 3, 3), weight("g", 8), weight("b", 8), weight("m", 8), weight("v", 8),
      weight("k2", 8, 1, 3, 3), weight("w", 10, 8), weight("bias", 10)])

# One head of attention over a sequence of free length.
save("attention",
     [helper.make_node("Gather", ["table", "ids"], ["e"], name="/embed/Gather"),
      helper.make_node("MatMul", ["e", "wq"], ["q"], name="/layers/0/q/MatMul"),
      helper.make_node("MatMul", ["e", "wk"], ["k"], name="/layers/0/k/MatMul"),
      helper.make_node("Transpose", ["k"], ["kt"], name="/layers/0/Transpose", perm=[0, 2, 1]),
      helper.make_node("MatMul", ["q", "kt"], ["s"], name="/layers/0/scores/MatMul"),
      helper.make_node("Softmax", ["s"], ["p"], name="/layers/0/Softmax", axis=-1),
      helper.make_node("MatMul", ["p", "e"], ["y"], name="/layers/0/values/MatMul")],
     [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "time"])],
     [value("y", "batch", "time", 16)],
     [weight("table", 100, 16), weight("wq", 16, 16), weight("wk", 16, 16)])

# What exporters write where the batch is free: a shape that the model computes about itself; a weight that
# is transposed first; a choice by a truth.
save("own_shape",
     [helper.make_node("Shape", ["x"], ["s"], name="Shape"),
      helper.make_node("Gather", ["s", "i0"], ["n"], name="Gather", axis=0),
      helper.make_node("Gather", ["s", "i1"], ["t"], name="Gather_1", axis=0),
      helper.make_node("Mul", ["n", "t"], ["nt"], name="Mul"),
      helper.make_node("Unsqueeze", ["nt", "axis"], ["nt1"], name="Unsqueeze"),
      helper.make_node("Slice", ["s", "two", "three"], ["d"], name="Slice"),
      helper.make_node("Concat", ["nt1", "d"], ["to"], name="Concat", axis=0),
      helper.make_node("Equal", ["to", "minus"], ["is_minus"], name="Equal"),
      helper.make_node("Where", ["is_minus", "minus", "to"], ["shape"], name="Where"),
      helper.make_node("Reshape", ["x", "shape"], ["rows"], name="Reshape"),
      helper.make_node("Transpose", ["w"], ["wt"], name="/fc/Transpose", perm=[1, 0]),
      helper.make_node("MatMul", ["rows", "wt"], ["y"], name="/fc/MatMul")],
     [value("x", "N", 6, 8)], [value("y", "M", 4)],
     [weight("w", 4, 8), numpy_helper.from_array(numpy.array(0, dtype="int64"), "i0"),
      numpy_helper.from_array(numpy.array(1, dtype="int64"), "i1"), whole("axis", 0), whole("two", 2),
      whole("three", 3), whole("minus", -1, -1)])

# Gates of a recurrent network, four of them of 6 in two directions.
save("lstm",
     [helper.make_node("LSTM", ["x", "w", "r"], ["y"], name="lstm", hidden_size=6, direction="bidirectional")],
     [value("x", 12, 1, 5)], [value("y", 12, 2, 1, 6)], [weight("w", 2, 24, 5), weight("r", 2, 24, 6)])

# An operator of somebody's own beside one that is known; and nothing but such.
save("own_operator",
     [helper.make_node("MatMul", ["x", "w"], ["h"], name="fc"),
      helper.make_node("Twist", ["h"], ["y"], name="twist", domain="example")],
     [value("x", 1, 8)], [value("y", 1, 4)], [weight("w", 8, 4)], ("example",))
save("only_own_operators",
     [helper.make_node("Twist", ["x"], ["y"], name="twist", domain="example")],
     [value("x", 1, 8)], [value("y", 1, 8)], [], ("example",))

# Shapes that contradict each other.
save("contradiction",
     [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")],
     [value("x", 1, 8)], [value("y", 1, 4)], [weight("w", 7, 4)])

(HERE / "truncated.onnx").write_bytes((HERE / "cnn.onnx").read_bytes()[:500])
