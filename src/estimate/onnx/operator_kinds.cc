#include "estimate/onnx/operator_kinds.h"

namespace epochcost::estimate {

const Kinds& Norms() {
  static const Kinds kKinds = {
      "BatchNormalization",          "LayerNormalization", "InstanceNormalization",
      "GroupNormalization",          "LpNormalization",    "LRN",
      "SimplifiedLayerNormalization"};
  return kKinds;
}
const Kinds& Activations() {
  static const Kinds kKinds = {"Relu",      "Gelu",      "Sigmoid",     "Tanh",
                               "LeakyRelu", "Elu",       "Selu",        "Celu",
                               "PRelu",     "HardSwish", "HardSigmoid", "Softplus",
                               "Softsign",  "Erf",       "Mish",        "ThresholdedRelu",
                               "FastGelu"};
  return kKinds;
}
const Kinds& Pools() {
  static const Kinds kKinds = {"MaxPool",  "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
                               "LpPool",   "ReduceMean",  "ReduceSum",         "ReduceMax",
                               "ReduceL2", "ReduceMin",   "ReduceSumSquare"};
  return kKinds;
}
const Kinds& Elementwises() {
  static const Kinds kKinds = {"Add",          "Sub",          "Mul",
                               "Div",          "Pow",          "Sqrt",
                               "Exp",          "Log",          "Neg",
                               "Abs",          "Cos",          "Sin",
                               "Min",          "Max",          "Where",
                               "Clip",         "Sum",          "Mean",
                               "Concat",       "Reciprocal",   "Resize",
                               "Upsample",     "Pad",          "Cast",
                               "Transpose",    "Slice",        "Split",
                               "Expand",       "Tile",         "GatherElements",
                               "GatherND",     "ScatterND",    "ScatterElements",
                               "DepthToSpace", "SpaceToDepth", "CumSum",
                               "Trilu"};
  return kKinds;
}
const Kinds& Free() {
  static const Kinds kKinds = {"Reshape",
                               "Flatten",
                               "Squeeze",
                               "Unsqueeze",
                               "Identity",
                               "Constant",
                               "Shape",
                               "Size",
                               "ConstantOfShape",
                               "Range",
                               "Equal",
                               "Greater",
                               "Less",
                               "GreaterOrEqual",
                               "LessOrEqual",
                               "And",
                               "Or",
                               "Not",
                               "Xor",
                               "Floor",
                               "Ceil",
                               "Round",
                               "Sign",
                               "Mod",
                               "ArgMax",
                               "ArgMin",
                               "OneHot",
                               "TopK",
                               "NonZero",
                               "EyeLike",
                               "IsNaN",
                               "IsInf",
                               "RandomNormal",
                               "RandomUniform",
                               "RandomNormalLike",
                               "RandomUniformLike"};
  return kKinds;
}

}  // namespace epochcost::estimate
