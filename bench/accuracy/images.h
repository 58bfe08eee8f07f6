#pragma once
// Image models: training throughput from a model's counts and its name's kin.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "score.h"

namespace epochcost::accuracy {

struct ImageCase {
  std::string table;
  std::string row_class;
  std::string label;
  std::string model;       // left out together
  std::string name;        // as its kin are found by: "seresnext101_32x8d"
  std::string family;      // "seresnext"
  std::string stack;       // "nchw 1.12", "PyTorch mixed"
  double gmacs = 0;        // of the forward pass of one image; 0: not in the row
  double activations = 0;  // millions, of the same
  double parameters = 0;   // millions
  double side = 224;
  double batch = 1;  // of one device
  double devices = 1;
  bool has_counts = true;  // false: counts were borrowed from kin
  double measured = 0;     // seconds per image of one device
  std::string refusal;
};

[[nodiscard]] Result<std::vector<ImageCase>> ReadTimm(const std::string& directory);
[[nodiscard]] Result<std::vector<ImageCase>> ReadDle(const std::string& directory);

[[nodiscard]] std::vector<Scored> ScoreImages(const std::vector<ImageCase>& fit,
                                              const std::vector<ImageCase>& test);
// Each model predicted from all others.
[[nodiscard]] std::vector<Scored> ScoreImagesLeftOut(const std::vector<ImageCase>& cases);
[[nodiscard]] std::vector<Scored> ScoreImagesHalves(const std::vector<ImageCase>& cases);

}  // namespace epochcost::accuracy
