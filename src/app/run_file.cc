#include "app/run_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

using nlohmann::json;

std::string PathOf(const RunFolder& folder) { return folder.path + "/run.json"; }

json ToJson(const RunOrder& order) {
  const Run& run = order.run;
  json notices = json::array();
  for (const Notice& n : order.notices) {
    notices.push_back({{"kind", static_cast<int>(n.kind)},
                       {"at", n.at.ns},
                       {"detail", n.detail},
                       {"hint", n.hint}});
  }
  json out = {{"schema_version", 1},
              {"run", run.id.Value()},
              {"project", run.project.Value()},
              {"agent", run.agent.Value()},
              {"name", run.name},
              {"command", run.command},
              {"working_directory", run.working_directory},
              {"sheet", run.sheet.Value()},
              {"currency", run.currency.Code()},
              {"started_utc_ns", run.started.ns},
              {"hz", run.hz},
              {"data_home", order.data_home},
              {"ledger", order.ledger},
              {"project_was_named", order.project_was_named},
              {"threshold_ppm", order.threshold_ppm},
              {"attached", order.attached},
              {"began_boot_ns", order.began.ns},
              {"forced_sources", order.forced_sources},
              {"output", order.output},
              {"quiet", order.quiet},
              {"colour", order.colour},
              {"width", order.width},
              {"page", order.page},
              {"notices", std::move(notices)}};
  if (run.planned_epochs) out["planned_epochs"] = *run.planned_epochs;
  std::string sheets;
  for (const PriceSheet& sheet : order.own_sheets) sheets += tariff::ToToml(sheet) + "\n";
  out["own_sheets"] = sheets;
  if (order.budget) out["budget_nano"] = ToString(order.budget->nano);
  return out;
}

Result<RunOrder> FromJson(const json& in) {
  RunOrder order;
  Run& run = order.run;
  run.id = RunId{in.at("run")};
  run.project = ProjectId{in.at("project")};
  run.agent = AgentId{in.at("agent")};
  run.name = in.at("name");
  run.command = in.at("command").get<std::vector<std::string>>();
  run.working_directory = in.at("working_directory");
  run.sheet = SheetName{in.at("sheet")};
  const auto currency = Currency::Parse(in.at("currency").get<std::string>());
  if (!currency) return tl::unexpected(currency.error());
  run.currency = *currency;
  run.started = UtcTime{in.at("started_utc_ns")};
  run.hz = in.at("hz");
  if (in.contains("planned_epochs")) run.planned_epochs = in["planned_epochs"].get<std::int64_t>();
  order.data_home = in.at("data_home");
  order.ledger = in.at("ledger");
  order.project_was_named = in.at("project_was_named");
  order.threshold_ppm = in.at("threshold_ppm");
  order.attached = in.at("attached");
  order.began = BootTime{in.at("began_boot_ns")};
  order.forced_sources = in.at("forced_sources");
  order.output = in.at("output");
  order.quiet = in.at("quiet");
  order.colour = in.at("colour");
  order.width = in.at("width");
  order.page = in.value("page", "");
  for (const json& n : in.at("notices")) {
    order.notices.push_back({static_cast<NoticeKind>(n.at("kind").get<int>()), UtcTime{n.at("at")},
                             n.at("detail"), n.at("hint")});
  }
  if (const auto text = in.at("own_sheets").get<std::string>(); !text.empty()) {
    auto sheets = tariff::ParseSheets(text, "run.json");
    if (!sheets) return tl::unexpected(sheets.error());
    order.own_sheets = std::move(*sheets);
  }
  if (in.contains("budget_nano")) {
    const auto nano = ParseWide(in["budget_nano"].get<std::string>());
    if (!nano) return tl::unexpected(nano.error());
    order.budget = Money{*nano, run.currency};
  }
  return order;
}

}  // namespace

Result<void> SaveOrder(const RunFolder& folder, const RunOrder& order) {
  const std::string path = PathOf(folder);
  std::ofstream file(path, std::ios::trunc);
  // Names and arguments are bytes; what is not UTF-8 is replaced rather than refused.
  file << ToJson(order).dump(1, ' ', false, json::error_handler_t::replace) << "\n";
  file.close();
  if (!file) return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
  return {};
}

Result<RunOrder> LoadOrder(const RunFolder& folder) {
  const std::string path = PathOf(folder);
  std::ifstream file(path);
  if (!file) return Fail(ErrorCode::kNotFound, Say("cannot read {}", path), SystemReason(errno));
  try {
    return FromJson(json::parse(file));
  } catch (const json::exception& e) {
    return Fail(ErrorCode::kCorrupt, Say("cannot read {}", path), e.what());
  }
}

}  // namespace epochcost::app
