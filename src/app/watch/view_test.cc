#include "app/watch/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/made_up_run.h"
#include "base/text.h"

namespace epochcost::app::watch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Scene Running(int gpus = 0) {
  Scene scene;
  scene.cost = api::testing::MadeUpRun(12);
  scene.cost.run.state = RunState::kRunning;
  scene.cost.run.ended.reset();
  scene.cost.run.planned_epochs = 24;
  scene.project = Project{scene.cost.run.project, Money{scene.cost.total.nano * 4, {}}, 800'000};
  scene.project_total = Money{scene.cost.total.nano * 3, {}};
  for (int i = 0; i < gpus; ++i) {
    probe::LiveGpu live{{.index = i,
                         .uuid = "GPU-" + std::to_string(i),
                         .name = "board",
                         .memory_bytes = 80'000'000'000},
                        {}};
    live.reading.busy = 740'000;
    live.reading.power_mw = 291'000;
    live.reading.memory_used_bytes = 61'000'000'000;
    live.reading.clock_mhz = 1410;
    scene.gpus.push_back(live);
  }
  return scene;
}

History Steady(const Scene& scene) {
  History history;
  for (int second = 0; second < 100; ++second) {
    Seen seen = SeenIn(scene.cost, UtcTime{second * kNanosPerSecond});
    seen.nano += Wide{second} * 15'000'000;  // 54 an hour
    history.Add(seen);
  }
  return history;
}

TEST(Watch, ShowsWhatWasSpentItsRateItsPartsAndTheBudget) {
  const Scene scene = Running();
  const std::string text = Draw(scene, Steady(scene), 100, 30, false).Text();
  EXPECT_THAT(text, HasSubstr("train.py"));
  EXPECT_THAT(text, HasSubstr("● running"));
  EXPECT_THAT(text, HasSubstr("epoch 12/24"));
  EXPECT_THAT(text, HasSubstr(Format(scene.cost.total)));
  EXPECT_THAT(text, HasSubstr("¥54.00/hour"));
  EXPECT_THAT(text, HasSubstr("75.0 % / "));
  for (const char* const term : {"GPU", "CPU", "memory", "network"})
    EXPECT_THAT(text, HasSubstr(term));
  EXPECT_THAT(text, HasSubstr("q quit"));
}

TEST(Watch, ShowsEachGpuWithItsUseAndPower) {
  const Scene scene = Running(8);
  const std::string text = Draw(scene, Steady(scene), 100, 40, false).Text();
  EXPECT_THAT(text, HasSubstr("74 %"));
  EXPECT_THAT(text, HasSubstr("291 W"));
  EXPECT_THAT(text, HasSubstr("61/80 GB"));
  EXPECT_THAT(text, HasSubstr(" 7 "));
  EXPECT_THAT(text, HasSubstr("GPU in use"));
}

TEST(Watch, ShowsWhichRanksHoldTheMemoryOfAGpu) {
  Scene scene = Running(1);
  scene.gpus[0].reading.processes = {{.pid = 1, .memory_bytes = 30'000'000'000, .rank = 0},
                                     {.pid = 2, .memory_bytes = 8'000'000'000, .rank = 0},
                                     {.pid = 3, .memory_bytes = 12'000'000'000, .rank = 3},
                                     {.pid = 4, .memory_bytes = 11'000'000'000}};
  const std::string text = Draw(scene, Steady(scene), 160, 40, false).Text();
  EXPECT_THAT(text, HasSubstr("r0 38 GB, r3 12 GB"));
  EXPECT_THAT(text, Not(HasSubstr("11 GB"))) << "somebody else's";
}

TEST(Watch, SaysHowOldAPictureIsThatIsNotNew) {
  Scene scene = Running();
  scene.age = Nanos{7 * kNanosPerSecond};
  EXPECT_THAT(Draw(scene, {}, 80, 24, false).Text(), HasSubstr("7.0 s old"));
  scene.is_paused = true;
  EXPECT_THAT(Draw(scene, {}, 80, 24, false).Text(), HasSubstr("paused"));
}

TEST(Watch, SpeaksChinese) {
  SetLanguage(Language::kChinese);
  const Scene scene = Running();
  const std::string text = Draw(scene, Steady(scene), 100, 30, false).Text();
  SetLanguage(Language::kEnglish);
  EXPECT_THAT(text, HasSubstr("运行中"));
  EXPECT_THAT(text, HasSubstr("退出"));
  EXPECT_THAT(text, Not(HasSubstr("running")));
}

TEST(Watch, KeepsToAsciiWhereItMust) {
  const Scene scene = Running(2);
  for (const char sign : Draw(scene, Steady(scene), 100, 40, true).Text()) {
    ASSERT_LT(static_cast<unsigned char>(sign), 0x80);
  }
}

TEST(Watch, FitsEverySizeOfATerminal) {
  for (const int gpus : {0, 3, 16}) {
    const Scene scene = Running(gpus);
    const History history = Steady(scene);
    for (const Focus focus : {Focus::kEpochs, Focus::kAlerts, Focus::kGpus}) {
      Scene shown = scene;
      shown.focus = focus;
      for (int width = 1; width <= 300; width += 23) {
        for (int height = 1; height <= 80; height += 7) {
          const Canvas canvas = Draw(shown, history, width, height, false);
          ASSERT_EQ(canvas.Height(), height);
          for (int y = 0; y < height; ++y) {
            int cells = 0;
            for (const Canvas::Cell& cell : canvas.Row(y)) cells += DisplayWidth(cell.sign);
            ASSERT_EQ(cells, width) << width << "×" << height << " row " << y;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace epochcost::app::watch
