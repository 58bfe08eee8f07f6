#include "app/gpu_file.h"

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "base/text.h"
#include "probe/kept_file.h"

namespace epochcost::app {

Result<void> WriteLiveGpus(const std::string& path, const std::vector<probe::LiveGpu>& gpus) {
  std::vector<probe::Gpu> boards;
  boards.reserve(gpus.size());
  for (const probe::LiveGpu& live : gpus) boards.push_back(live.gpu);
  std::string text = probe::GpuRecordingHeader(boards);
  for (std::size_t i = 0; i < gpus.size(); ++i)
    text += probe::GpuRecordingLine(i, Nanos{}, gpus[i].reading);
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0)
    return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
  return {};
}

Result<std::vector<probe::LiveGpu>> ReadLiveGpus(const std::string& path) {
  const auto text = probe::ReadWhole(path);
  if (!text) return tl::unexpected(text.error());
  auto recording = probe::ParseGpuRecording(*text);
  if (!recording) return tl::unexpected(recording.error());
  std::vector<probe::LiveGpu> gpus;
  for (probe::RecordedReading& one : recording->readings)
    gpus.push_back({recording->gpus.at(one.gpu), std::move(one.reading)});
  return gpus;
}

}  // namespace epochcost::app
