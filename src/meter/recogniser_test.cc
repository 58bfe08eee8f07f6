#include "meter/recogniser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace epochcost::meter {
namespace {

using Told = std::vector<std::string>;

std::string Show(const Recognised& recognised) {
  return fmt::format("{} {}{} {}", recognised.at_end ? "end" : "begin", recognised.epoch,
                     recognised.planned ? fmt::format(" of {}", *recognised.planned) : "",
                     recognised.form);
}

Told Hear(std::string_view bytes, std::size_t chunk = std::string_view::npos) {
  Recogniser recogniser;
  Told told;
  const auto feed = [&](std::string_view part) {
    for (const Recognised& each : recogniser.Feed(part)) told.push_back(Show(each));
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(chunk, bytes.size()))) {
    feed(bytes.substr(0, chunk));
  }
  feed("\n");
  return told;
}

constexpr std::string_view kKerasOutput =
    "Epoch 1/3\n"
    "\r  1/938 [..............................] - ETA: 5:31 - loss: 2.3 - accuracy: 0.09"
    "\r938/938 [==============================] - 3s 3ms/step - loss: 0.26 - accuracy: 0.92\n"
    "Epoch 2/3\n"
    "938/938 [==============================] - 2s 3ms/step - loss: 0.11 - accuracy: 0.96\n"
    "\nEpoch 2: val_loss improved from inf to 0.11, saving model to best.keras\n"
    "Epoch 3/3\n";

constexpr std::string_view kTqdmOutput =
    "\rEpoch 1/2:   0%|          | 0/100 [00:00<?, ?it/s]"
    "\rEpoch 1/2:  12%|█▏        | 12/100 [00:01<00:09,  9.80it/s, loss=0.4]"
    "\rEpoch 1/2: 100%|██████████| 100/100 [00:10<00:00,  9.90it/s]\n"
    "\rEpoch 2/2:   0%|          | 0/100 [00:00<?, ?it/s]";

constexpr std::string_view kLightningOutput =
    "\rSanity Checking DataLoader 0:   0%|          | 0/2 [00:00<?, ?it/s]"
    "\rTraining: |          | 0/? [00:00<?, ?it/s]"
    "\rEpoch 0:   0%|          | 0/30 [00:00<?, ?it/s] "
    "\rEpoch 0:  40%|████      | 12/30 [00:01<00:02,  8.30it/s, v_num=0]"
    "\rValidation DataLoader 0: 100%|██████████| 5/5 [00:00<00:00, 77.1it/s]"
    "\rEpoch 1:   0%|          | 0/30 [00:00<?, ?it/s, v_num=0]";

constexpr std::string_view kFairseqOutput =
    "2021-05-04 11:02:07 | INFO | fairseq.trainer | begin training epoch 1\n"
    "2021-05-04 11:02:39 | INFO | train_inner | epoch 001:    100 / 1102 loss=14.028, ppl=16705.8\n"
    "2021-05-04 11:07:55 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 9.4\n"
    "2021-05-04 11:07:56 | INFO | fairseq.checkpoint_utils | Saved checkpoint "
    "checkpoints/checkpoint1.pt (epoch 1 @ 1102 updates, score 9.4) (writing took 1.2 seconds)\n"
    "2021-05-04 11:07:56 | INFO | fairseq_cli.train | end of epoch 1 (average epoch stats below)\n"
    "2021-05-04 11:07:56 | INFO | train | epoch 001 | loss 11.2 | nll_loss 10.6 | ppl 1588\n"
    "2021-05-04 11:07:56 | INFO | fairseq.trainer | begin training epoch 2\n";

constexpr std::string_view kYoloOutput =
    "Starting training for 2 epochs...\n"
    "\n      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
    "\r        1/2      2.11G      1.204      1.512      1.287         35        640:   0%|  | 0/8"
    "\r        1/2      2.11G      1.204      1.512      1.287         35        640: 100%|##| "
    "8/8\n"
    "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95)\n"
    "                   all        128        929      0.642      0.536      0.605      0.446\n"
    "\n      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
    "\r        2/2      2.11G      1.104      1.412      1.187         30        640:   0%|  | "
    "0/8\n"
    "\n2 epochs completed in 0.003 hours.\n";

constexpr std::string_view kTimmOutput =
    "Scheduled epochs: 3. LR stepped per epoch.\n"
    "Train: 0 [   0/1251 (  0%)]  Loss: 6.953 (6.95)  Time: 4.234s,   60.47/s  LR: 1.000e-05\n"
    "Train: 0 [1250/1251 (100%)]  Loss: 6.853 (6.90)  Time: 0.234s,  960.47/s  LR: 1.000e-05\n"
    "Test: [   0/195]  Time: 1.2 (1.2)  Loss:  6.8 (6.8)  Acc@1:   0.3 (  0.3)\n"
    "Train: 1 [   0/1251 (  0%)]  Loss: 6.853 (6.85)  Time: 4.234s,   60.47/s  LR: 1.000e-05\n"
    "*** Best metric: 75.1 (epoch 1)\n";

constexpr std::string_view kHfOutput =
    "\r  0%|          | 0/300 [00:00<?, ?it/s]"
    "\r 17%|█▋        | 50/300 [00:05<00:25,  9.9it/s]"
    "{'loss': 0.6931, 'grad_norm': 1.5, 'learning_rate': 4.5e-05, 'epoch': 0.5}\n"
    "{'loss': 0.5931, 'grad_norm': 1.5, 'learning_rate': 4e-05, 'epoch': 1.0}\n"
    "{'eval_loss': 0.55, 'eval_runtime': 1.1, 'eval_samples_per_second': 909.2, 'epoch': 1.0}\n"
    "{'loss': '0.4931', 'learning_rate': '3e-05', 'epoch': '1.5'}\n"
    "{'loss': 0.4531, 'learning_rate': 2e-05, 'epoch': 2.0}\n"
    "{'train_runtime': 30.2, 'train_samples_per_second': 99.1, 'train_loss': 0.5, 'epoch': 3.0}\n";

TEST(Recogniser, HearsKeras) {
  EXPECT_EQ(Hear(kKerasOutput), (Told{"begin 0 of 3 keras", "begin 1 of 3 keras", "end 1 metrics",
                                      "begin 2 of 3 keras"}));
}

TEST(Recogniser, HearsTqdmAtTheFirstSightOfANumber) {
  EXPECT_EQ(Hear(kTqdmOutput), (Told{"begin 0 of 2 tqdm", "begin 1 of 2 tqdm"}));
}

TEST(Recogniser, HearsLightning) {
  EXPECT_EQ(Hear(kLightningOutput), (Told{"begin 0 lightning", "begin 1 lightning"}));
}

TEST(Recogniser, HearsABarBeforeItsLineEnds) {
  Recogniser recogniser;
  EXPECT_EQ(recogniser.Feed("\rEpoch 0:   0%|          | 0/30").size(), 1);
  EXPECT_TRUE(recogniser.Feed(" [00:00<?, ?it/s]\rEpoch 0:   9%|").empty());
}

TEST(Recogniser, HearsFairseq) {
  EXPECT_EQ(Hear(kFairseqOutput), (Told{"begin 0 fairseq", "end 0 fairseq", "begin 1 fairseq"}));
  EXPECT_EQ(Hear("| epoch 001 | loss 8.1 | nll_loss 7.3\n| epoch 002 | loss 7.9 | nll_loss 7.0\n"),
            (Told{"end 0 fairseq", "end 1 fairseq"}));
}

TEST(Recogniser, HearsYolo) {
  EXPECT_EQ(Hear(kYoloOutput), (Told{"begin 0 of 2 yolo", "begin 1 of 2 yolo"}));
}

TEST(Recogniser, HearsAYoloThatCountsFromZero) {
  EXPECT_EQ(Hear("     Epoch   gpu_mem       box       obj       cls    labels  img_size\n"
                 "       0/1     1.22G   0.04353   0.06553   0.01744       169       640\n"
                 "       1/1     1.22G   0.04353   0.06553   0.01744       169       640\n"),
            (Told{"begin 0 of 2 yolo", "begin 1 of 2 yolo"}));
}

TEST(Recogniser, HearsTimm) {
  EXPECT_EQ(Hear(kTimmOutput), (Told{"begin 0 timm", "begin 1 timm"}));
}

TEST(Recogniser, HearsTheHuggingFaceTrainerWhenAWholeEpochIsReached) {
  EXPECT_EQ(Hear(kHfOutput), (Told{"end 0 hf-trainer", "end 1 hf-trainer", "end 2 hf-trainer"}));
}

TEST(Recogniser, HearsLinesWithMetricsAsTheEndOfAnEpoch) {
  for (const char* form :
       {"Epoch {}/9: loss=0.4 acc=0.9\n", "Epoch: {} | train loss 0.4\n", "[Epoch {}] loss 0.41\n",
        "epoch={} loss=0.3\n", "2024-01-02 10:00:00,123 - INFO - Epoch {} - loss: 0.3\n",
        "INFO:__main__:Epoch {}/9 train_loss=0.3 batch_size=32\n", "Epoch [{}/9], Loss: 0.44\n",
        "mylog - INFO - Epoch {} took 12.3s\n", "Finished epoch {}\n", "Epoch {} done\n",
        "\x1b[1mEpoch {}\x1b[0m: loss 1\n"}) {
    const std::string output =
        fmt::format(fmt::runtime(form), 1) + fmt::format(fmt::runtime(form), 2);
    const Told told = Hear(output);
    ASSERT_EQ(told.size(), 2) << form;
    EXPECT_TRUE(told[0].starts_with("end 0")) << form << told[0];
    EXPECT_TRUE(told[1].starts_with("end 1")) << form << told[1];
  }
}

TEST(Recogniser, HearsHeadingsAndStepsAsTheStartOfAnEpoch) {
  for (const char* form :
       {"Epoch {}/9\n", "EPOCH {}:\n", "=== Epoch {} of 9 ===\n", "Epoch {}/9 ----------\n",
        "[12:00:01] Epoch {}\n", "Starting epoch {}\n", "Epoch {} started\n", "Epoch {}...\n",
        "Epoch {}/9, lr=0.001\n", "Epoch #{}: training\n",
        "Train Epoch: {} [0/60000 (0%)]\tLoss: 2.299\n",
        "Epoch: [{}][   0/5005]\tTime  3.205 ( 3.205)\tLoss 7.0\n",
        "Epoch: [{}]  [   0/1251]  eta: 0:58:18  lr: 0.000001  loss: 6.9\n",
        "Epoch [{}/9], Step [100/600], Loss: 0.4\n", "Epoch(train)  [{}][  50/7330]  lr: 1e-3\n",
        "Epoch {}: 12it [00:01,  9.8it/s]\n", "[rank0]: Epoch {}/9\n",
        "\x1b[32mEpoch {}/9\x1b[0m\n"}) {
    const std::string output = fmt::format(fmt::runtime(form), 1) +
                               fmt::format(fmt::runtime(form), 1) +
                               fmt::format(fmt::runtime(form), 2);
    const Told told = Hear(output);
    ASSERT_EQ(told.size(), 2) << form;
    EXPECT_TRUE(told[0].starts_with("begin 0")) << form << told[0];
    EXPECT_TRUE(told[1].starts_with("begin 1")) << form << told[1];
  }
}

TEST(Recogniser, IsNotDeceivedByFalseFriends) {
  for (const char* line : {"Epoch time: 3.2s",
                           "epochs=100",
                           "Loading epoch_003.pt",
                           "Total epochs 10",
                           "Epochs: 10",
                           "saving runs/epoch=3-step=120.ckpt",
                           "epoch=3-step=120.ckpt",
                           "Best model at epoch 3 (acc 0.9)",
                           "Early stopping at epoch 12",
                           "Resuming from epoch 5",
                           "Loaded checkpoint 'x' (epoch 90)",
                           "=> loaded 'model_best.pth' (epoch 90)",
                           "num_epoch 30",
                           "max-epoch 7",
                           "Epoch 1.5 loss 0.3",
                           "Epoch 12345678901 loss",
                           "since the epoch 1970-01-01",
                           "checkpoint-epoch 3",
                           "Train: start",
                           "      3/100      2.1G      1.2",
                           "Epoch    GPU_mem   box_loss",
                           "epoch",
                           "Epoch(val) [1][10/10]",
                           "{\"epoch\": 3, \"loss\": 0.1}",
                           "{'epochs': 3}",
                           "Epoch 100%",
                           "Epoch 3rd"}) {
    EXPECT_EQ(Hear(line), Told{}) << line;
  }
}

TEST(Recogniser, TakesTheFirstNumberForTheBase) {
  EXPECT_EQ(Hear("Epoch 0 loss 3\nEpoch 1 loss 2\n"), (Told{"end 0 metrics", "end 1 metrics"}));
  EXPECT_EQ(Hear("Epoch 5/9\nEpoch 6/9\n"), (Told{"begin 4 of 9 keras", "begin 5 of 9 keras"}));
}

TEST(Recogniser, TellsBothEndsOfAnEpochThatHasAHeadingAndMetrics) {
  EXPECT_EQ(
      Hear("Epoch 1/2\nEpoch 1/2 loss: 3\nEpoch 1/2 val_loss: 3\nEpoch 2/2\nEpoch 1 loss: 3\n"),
      (Told{"begin 0 of 2 keras", "end 0 of 2 metrics", "begin 1 of 2 keras"}));
}

TEST(Recogniser, ListensToTheFirstVoiceOnly) {
  EXPECT_EQ(Hear("Train: 0 [   0/10 (  0%)]\nEpoch 7 loss 0.3\nTrain: 1 [   0/10 (  0%)]\n"),
            (Told{"begin 0 timm", "begin 1 timm"}));
}

TEST(Recogniser, GetsPastALineWithoutEndInBoundedMemory) {
  Recogniser recogniser;
  const std::string block(1 << 16, 'x');
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(recogniser.Feed(block).empty());
  EXPECT_TRUE(recogniser.Feed("Epoch 1/3\n").empty());
  EXPECT_EQ(recogniser.Feed("Epoch 1/3\n").size(), 1);
}

TEST(Recogniser, HearsTheSameHoweverTheBytesAreCut) {
  for (const std::string_view output : {kKerasOutput, kTqdmOutput, kLightningOutput, kFairseqOutput,
                                        kYoloOutput, kTimmOutput, kHfOutput}) {
    for (const std::size_t chunk : {1, 2, 3, 5, 7, 64, 100})
      EXPECT_EQ(Hear(output, chunk), Hear(output));
  }
}

RC_GTEST_PROP(Recogniser, HearsTheSameOfAnyBytesHoweverTheyAreCut, ()) {
  const auto piece = rc::gen::element<std::string>(
      "Epoch ", "epoch", "1", "2", "/3", ": ", "\n", "\r", "12%|", "\x1b[1m", "\x1b",
      "{'epoch': ", "'", "1.0", "| ", "003", "Train: ", "[0/9", " (", "loss", "begin training ",
      std::string(5000, ' '), "  Epoch  GPU_mem", "  1/3  2.1G ", std::string(1, '\0'), "\xff");
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  std::string bytes;
  for (const std::string& each : pieces) bytes += each;
  const auto chunk = *rc::gen::inRange<std::size_t>(1, 50);
  RC_ASSERT(Hear(bytes, chunk) == Hear(bytes));
}

TEST(Forms, RecogniseTheirOwnExamples) {
  for (const FormInfo& info : Forms()) {
    const auto sighting = Classify(info.example, info.form == Form::kYolo);
    ASSERT_TRUE(sighting) << info.example;
    EXPECT_EQ(sighting->form, info.form) << info.example;
    EXPECT_EQ(sighting->at_end, info.at_end) << info.example;
    EXPECT_EQ(sighting->number, 3) << info.example;
    EXPECT_EQ(&Info(info.form), &info);
  }
}

Told Marks(std::vector<std::pair<Recognised, std::int64_t>> heard) {
  PrintedMarks printed(BootTime{5});
  Told told;
  for (const auto& [recognised, at] : heard) {
    for (const Mark& mark : printed.ToMarks(recognised, BootTime{at})) {
      EXPECT_EQ(mark.origin, MarkOrigin::kPrinted);
      EXPECT_EQ(mark.name, "f");
      told.push_back(fmt::format("{} {} @{}", static_cast<int>(mark.kind), mark.index, mark.at.ns));
    }
  }
  return told;
}
Recognised Begun(std::int64_t epoch) { return {.epoch = epoch, .form = "f"}; }
Recognised Ended(std::int64_t epoch, std::optional<std::int64_t> planned = {}) {
  return {.epoch = epoch, .planned = planned, .at_end = true, .form = "f"};
}

TEST(PrintedMarks, BeginEpochsAtTheirStart) {
  EXPECT_EQ(Marks({{Begun(0), 10}, {Begun(0), 11}, {Begun(1), 20}}), (Told{"1 0 @10", "1 1 @20"}));
}

TEST(PrintedMarks, LetTheFirstEpochBeginWithTheRunWhereOnlyEndsAreHeard) {
  EXPECT_EQ(Marks({{Ended(0), 10}, {Ended(1), 20}}),
            (Told{"1 0 @5", "2 0 @10", "1 1 @10", "2 1 @20", "1 2 @20"}));
}

TEST(PrintedMarks, BeginNothingBehindTheLastPlannedEpoch) {
  EXPECT_EQ(Marks({{Ended(0, 2), 10}, {Ended(1, 2), 20}, {Ended(1, 2), 30}}),
            (Told{"6 2 @10", "1 0 @5", "2 0 @10", "1 1 @10", "2 1 @20"}));
}

TEST(PrintedMarks, TakeTheEndOfAnEpochThatHadABeginning) {
  EXPECT_EQ(Marks({{Begun(0), 10}, {Ended(0), 20}, {Begun(1), 21}, {Ended(1), 30}}),
            (Told{"1 0 @10", "2 0 @20", "1 1 @20", "2 1 @30", "1 2 @30"}));
}

TEST(PrintedMarks, GoOnWhereAnEndWasMissed) {
  EXPECT_EQ(Marks({{Ended(0), 10}, {Ended(2), 30}}),
            (Told{"1 0 @5", "2 0 @10", "1 1 @10", "1 3 @30"}));
}

TEST(PrintedMarks, EndsTheLastPlannedEpochWithTheProgram) {
  PrintedMarks marks(BootTime{0});
  EXPECT_FALSE(marks.ToMarks({.epoch = 1, .planned = 2, .form = "keras"}, BootTime{5}).empty());
  const auto end = marks.AtEnd(BootTime{9});
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].kind, MarkKind::kEpochEnd);
  EXPECT_EQ(end[0].index, 1);
  EXPECT_TRUE(marks.AtEnd(BootTime{9}).empty());
}

TEST(PrintedMarks, LeavesAnEpochOpenThatWasNotTheLast) {
  PrintedMarks marks(BootTime{0});
  EXPECT_FALSE(marks.ToMarks({.epoch = 0, .planned = 2, .form = "keras"}, BootTime{5}).empty());
  EXPECT_TRUE(marks.AtEnd(BootTime{9}).empty());
}

}  // namespace
}  // namespace epochcost::meter
