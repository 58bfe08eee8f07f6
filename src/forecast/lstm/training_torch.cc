// The only file that sees libtorch.

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <numeric>
#include <random>
#include <vector>

#include "forecast/lstm/training.h"

namespace {

using torch::Tensor;
namespace nn = torch::nn;

struct NetworkImpl : nn::Module {
  explicit NetworkImpl(const epochcost_lstm_task& task)
      : embedding(register_module("embedding", nn::Embedding(task.known + 1, task.embedding))),
        memory(register_module(
            "memory",
            nn::LSTM(
                nn::LSTMOptions(task.inputs + task.embedding, task.hidden).batch_first(true)))),
        middle(register_module("middle", nn::Linear(task.hidden, task.hidden))),
        last(register_module("last", nn::Linear(task.hidden, task.quantiles))),
        scale(task.output_scale) {
    torch::NoGradGuard guard;
    // The first answer is the present level; what never varies in training stays without effect.
    last->weight.zero_();
    last->bias.zero_();
    memory->named_parameters()["weight_ih_l0"].slice(1, task.inputs - 3, task.inputs).zero_();
  }

  Tensor Forward(const Tensor& values, const Tensor& workloads) {
    const Tensor names =
        embedding(workloads).unsqueeze(1).expand({values.size(0), values.size(1), -1});
    const Tensor states = std::get<0>(memory(torch::cat({values, names}, 2)));
    return last(torch::tanh(middle(states))) * scale;
  }

  // In the order of Layout. PyTorch keeps two biases of the gates; their sum is what counts.
  [[nodiscard]] std::vector<Tensor> InOrder() {
    auto cell = memory->named_parameters();
    return {embedding->weight,    cell["weight_ih_l0"],
            cell["weight_hh_l0"], cell["bias_ih_l0"] + cell["bias_hh_l0"],
            middle->weight,       middle->bias,
            last->weight,         last->bias};
  }

  nn::Embedding embedding;
  nn::LSTM memory;
  nn::Linear middle;
  nn::Linear last;
  double scale;
};

// The sequences of one step, filled up to the longest.
struct Batch {
  Tensor values;
  Tensor targets;
  Tensor weights;
  Tensor workloads;
};

class Training {
 public:
  explicit Training(const epochcost_lstm_task& task) : task_(task), random_(task.seed) {
    torch::manual_seed(task.seed);
    torch::set_num_threads(1);
    begins_.push_back(0);
    for (std::int64_t i = 0; i < task.sequences; ++i) {
      begins_.push_back(begins_.back() + task.lengths[i]);
    }
  }

  // False where the report ended it.
  bool Run(NetworkImpl& network) {
    torch::optim::Adam adam(network.parameters(), torch::optim::AdamOptions(task_.step));
    const Tensor levels =
        torch::from_blob(const_cast<double*>(task_.levels), {task_.quantiles}, torch::kFloat64)
            .to(torch::kFloat32);
    const std::int64_t used =
        std::count_if(task_.sequence_weights, task_.sequence_weights + task_.sequences,
                      [](float weight) { return weight > 0; });
    const std::int64_t batches = (used + task_.batch - 1) / task_.batch;
    std::int64_t done = 0;
    for (std::int64_t pass = 0; pass < task_.passes; ++pass) {
      double loss_sum = 0;
      for (const std::vector<std::int64_t>& members : Shuffled()) {
        const double share =
            static_cast<double>(done++) / static_cast<double>(batches * task_.passes);
        for (auto& group : adam.param_groups()) {
          group.options().set_lr(task_.step * 0.5 * (1 + std::cos(M_PI * share)));
        }
        const Batch batch = Gather(members);
        const Tensor miss =
            batch.targets.unsqueeze(2) - network.Forward(batch.values, batch.workloads);
        const Tensor pinball = torch::maximum(levels * miss, (levels - 1) * miss).mean(2);
        const Tensor loss = (pinball * batch.weights).sum() / batch.weights.sum();
        adam.zero_grad();
        loss.backward();
        nn::utils::clip_grad_norm_(network.parameters(), 1.0);
        adam.step();
        loss_sum += loss.item<double>();
      }
      if (task_.report != nullptr &&
          task_.report(task_.context, pass, loss_sum / static_cast<double>(batches)) != 0) {
        return false;
      }
    }
    return true;
  }

 private:
  double Uniform() { return static_cast<double>(random_() >> 11) / 9007199254740992.0; }

  // Sequences of like length together, in an order of its own each pass.
  std::vector<std::vector<std::int64_t>> Shuffled() {
    std::vector<std::pair<double, std::int64_t>> order;
    for (std::int64_t i = 0; i < task_.sequences; ++i) {
      if (!(task_.sequence_weights[i] > 0)) continue;
      order.emplace_back(static_cast<double>(task_.lengths[i]) + 12 * Uniform(), i);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::vector<std::int64_t>> batches;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i % static_cast<std::size_t>(task_.batch) == 0) batches.emplace_back();
      batches.back().push_back(order[i].second);
    }
    for (std::size_t i = batches.size(); i > 1; --i) {
      std::swap(batches[i - 1],
                batches[static_cast<std::size_t>(Uniform() * static_cast<double>(i))]);
    }
    return batches;
  }

  Batch Gather(const std::vector<std::int64_t>& members) {
    std::int64_t longest = 0;
    for (const std::int64_t i : members) longest = std::max(longest, task_.lengths[i]);
    const auto count = static_cast<std::int64_t>(members.size());
    Batch batch{torch::zeros({count, longest, task_.inputs}), torch::zeros({count, longest}),
                torch::zeros({count, longest}), torch::zeros({count}, torch::kInt64)};
    for (std::int64_t row = 0; row < count; ++row) {
      const std::int64_t i = members[static_cast<std::size_t>(row)];
      const std::int64_t length = task_.lengths[i];
      const std::int64_t begin = begins_[static_cast<std::size_t>(i)];
      float* const values = batch.values[row].data_ptr<float>();
      std::copy_n(task_.values + begin * task_.inputs, length * task_.inputs, values);
      if (Uniform() < task_.forget_phase) {
        for (std::int64_t t = 0; t < length; ++t) {
          std::fill_n(values + (t + 1) * task_.inputs - 3, 3, 0.0F);
        }
      }
      std::copy_n(task_.targets + begin, length, batch.targets[row].data_ptr<float>());
      float* const weights = batch.weights[row].data_ptr<float>();
      for (std::int64_t t = 0; t < length; ++t) {
        weights[t] = task_.target_weights[begin + t] * task_.sequence_weights[i] /
                     static_cast<float>(length);
      }
      const bool forget = Uniform() < task_.forget_workload;
      batch.workloads[row] = forget ? task_.known : task_.workloads[i];
    }
    return batch;
  }

  const epochcost_lstm_task& task_;
  std::mt19937_64 random_;
  std::vector<std::int64_t> begins_;
};

void Explain(const char* text, char* message, std::int64_t room) {
  if (room <= 0) return;
  std::strncpy(message, text, static_cast<std::size_t>(room) - 1);
  message[room - 1] = '\0';
}

}  // namespace

int epochcost_lstm_abi() { return EPOCHCOST_LSTM_ABI; }

int epochcost_lstm_train(const epochcost_lstm_task* task, float* weights, std::int64_t count,
                         char* message, std::int64_t room) try {
  Training training(*task);
  NetworkImpl network(*task);
  if (!training.Run(network)) {
    Explain("stopped", message, room);
    return 1;
  }
  torch::NoGradGuard guard;
  std::int64_t at = 0;
  for (const Tensor& tensor : network.InOrder()) {
    const Tensor flat = tensor.contiguous().view(-1);
    if (at + flat.numel() > count) break;
    std::copy_n(flat.data_ptr<float>(), flat.numel(), weights + at);
    at += flat.numel();
  }
  if (at != count) {
    Explain("the library and the program disagree about the network's size", message, room);
    return 1;
  }
  return 0;
} catch (const std::exception& e) {  // libtorch throws; nothing may cross the C interface
  Explain(e.what(), message, room);
  return 1;
}
