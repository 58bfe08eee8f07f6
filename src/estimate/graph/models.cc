#include "estimate/graph/models.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <utility>

#include "base/text.h"
#include "estimate/embedded.h"
#include "estimate/graph/model_tables.h"
#include "estimate/nearest_name.h"
#include "estimate/toml_table.h"

namespace epochcost::estimate {
namespace {

// A model of the catalog, as its row, which is read anew with the options of each build.
struct Entry {
  ModelInfo info;
  const toml::table* table = nullptr;
  std::string file;
};

// `entries` point into `root`, whose rows stay where they are when it is moved.
struct File {
  toml::table root;
  std::vector<Entry> entries;
};

Result<File> ReadFile(std::string_view text, std::string_view file) {
  auto root = ParseToml(text, file);
  if (!root) return tl::unexpected(root.error());
  TableReader reader(file);
  reader.CheckKeys(*root, FamilyNames());
  File read{.root = *std::move(root), .entries = {}};
  for (const std::string_view family : FamilyNames()) {
    for (const toml::table* const table : reader.Tables(read.root, family)) {
      Entry entry{.info = {}, .table = table, .file = std::string(file)};
      entry.info = ReadInfo(reader, *table);
      entry.info.family = family;
      read.entries.push_back(std::move(entry));
    }
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return read;
}

const std::vector<Entry>& Entries() {
  static std::vector<File> files;
  static const std::vector<Entry> kAll = [] {
    std::vector<Entry> entries;
    for (const auto& [text, name] : {std::pair{embedded::kTransformersToml, "transformers.toml"},
                                     std::pair{embedded::kOtherModelsToml, "others.toml"}}) {
      auto read = ReadFile(text, name);
      assert(read);  // part of the program, and a test reads it
      entries.insert(entries.end(), read->entries.begin(), read->entries.end());
      files.push_back(*std::move(read));
    }
    return entries;
  }();
  return kAll;
}

}  // namespace

const std::vector<ModelInfo>& Models() {
  static const std::vector<ModelInfo> kInfos = [] {
    std::vector<ModelInfo> all;
    for (const Entry& entry : Entries()) all.push_back(entry.info);
    return all;
  }();
  return kInfos;
}

Result<Graph> BuildModel(std::string_view name, const ModelOptions& options) {
  std::vector<KnownName> known;
  for (const Entry& entry : Entries()) {
    bool is_it = FoldedName(entry.info.name) == FoldedName(name);
    known.push_back({FoldedName(entry.info.name), entry.info.name});
    for (const std::string& alias : entry.info.aliases) {
      is_it = is_it || FoldedName(alias) == FoldedName(name);
      known.push_back({FoldedName(alias), entry.info.name});
    }
    if (is_it) return BuildFromTable(entry.info, *entry.table, entry.file, options);
  }
  return tl::unexpected(
      NameNotFound(Say("no model is called '{}'", name.substr(0, 60)), name, known));
}

Result<std::vector<ModelInfo>> CheckModels(std::string_view toml, std::string_view file_name) {
  const auto file = ReadFile(toml, file_name);
  if (!file) return tl::unexpected(file.error());
  std::vector<ModelInfo> infos;
  for (const Entry& entry : file->entries) {
    const auto graph = BuildFromTable(entry.info, *entry.table, entry.file, {});
    if (!graph) return tl::unexpected(graph.error());
    infos.push_back(entry.info);
  }
  return infos;
}

}  // namespace epochcost::estimate
