// marks_tool FOLDER: prints what MarkReader reads, a line for each mark and each writer. For tests
// in other languages, which then need not trust their own reading of what they wrote.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/result.h"
#include "probe/marks/mark_reader.h"

namespace epochcost::probe::marks {
namespace {

int Print(const std::string& folder) {
  auto reader = MarkReader::Open(folder);
  if (!reader) {
    fmt::print(stderr, "{}\n", Describe(reader.error()));
    return 1;
  }
  for (bool more = true; more;) {
    const auto read = reader->Poll();
    if (!read) {
      fmt::print(stderr, "{}\n", Describe(read.error()));
      return 1;
    }
    for (const Mark& mark : read->marks) {
      std::string name = mark.name;
      std::ranges::replace(name, '\0', '|');
      fmt::print("mark\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", static_cast<unsigned>(mark.kind),
                 static_cast<unsigned>(mark.origin), mark.replica, mark.index, mark.at.ns,
                 mark.steps, mark.samples, mark.value, name);
    }
    for (const Rejected& one : read->rejected) {
      fmt::print("rejected\t{}\t{}\t{}\t{}\n", one.file, one.offset, one.count, one.reason);
    }
    more = read->more;
    if (more) continue;
    for (const Writer& writer : read->writers) {
      fmt::print("writer\t{}\t{}\t{}\t{}\t{}\n", writer.pid, writer.replica, writer.world_size,
                 writer.steps, writer.samples);
    }
  }
  return 0;
}

}  // namespace
}  // namespace epochcost::probe::marks

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: marks_tool FOLDER\n");
    return 2;
  }
  return epochcost::probe::marks::Print(argv[1]);
}
