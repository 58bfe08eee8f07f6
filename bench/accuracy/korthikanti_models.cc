#include "korthikanti_models.h"

#include <string>

namespace epochcost::accuracy {

estimate::TransformerShape KorthikantiModel::Shape() const {
  estimate::TransformerShape shape;
  shape.name = std::string(name);
  shape.layers = layers;
  shape.hidden = hidden;
  shape.heads = heads;
  shape.ffn_hidden = 4 * hidden;
  shape.vocabulary = 51200;
  shape.sequence = 2048;
  shape.is_tied = true;
  shape.has_fused_attention = false;
  return shape;
}

}  // namespace epochcost::accuracy
