#include "store/sqlite/run_table.h"

namespace epochcost::store::sqlite {

std::int64_t ProjectKey(Connection& connection, const ProjectId& project) {
  connection.Use("INSERT OR IGNORE INTO project (id, threshold_ppm) VALUES (?, ?)")
      .Run(project.Value(), Project{}.threshold_ppm);
  Statement row = connection.Use("SELECT project_key FROM project WHERE id = ?");
  if (!row.Bind(project.Value()).Next()) throw Damaged{"a project that was added is not there"};
  return row.Int();
}

void PutProjectRow(Connection& connection, const Project& project) {
  Statement put = connection.Use(
      "INSERT INTO project (id, budget_whole, budget_nano, budget_currency, threshold_ppm)"
      " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET budget_whole = excluded.budget_whole,"
      " budget_nano = excluded.budget_nano, budget_currency = excluded.budget_currency,"
      " threshold_ppm = excluded.threshold_ppm");
  if (project.budget) {
    put.Run(project.id.Value(), *project.budget, project.budget->currency.Code(),
            project.threshold_ppm);
  } else {
    put.Run(project.id.Value(), nullptr, nullptr, nullptr, project.threshold_ppm);
  }
}

std::optional<Project> GetProjectRow(Connection& connection, const ProjectId& project) {
  Statement row = connection.Use(
      "SELECT threshold_ppm, budget_whole, budget_nano, budget_currency FROM project WHERE id = ?");
  if (!row.Bind(project.Value()).Next()) return std::nullopt;
  Project found{.id = project, .threshold_ppm = row.Int()};
  if (!row.IsNull()) {
    const Wide nano = row.Nano();
    found.budget = Money{nano, row.ACurrency()};
  }
  return found;
}

Money TotalOf(Connection& connection, const ProjectId& project) {
  Statement row = connection.Use(
      "SELECT p.project_key, coalesce(p.budget_currency, (SELECT currency FROM run r"
      " WHERE r.project_key = p.project_key ORDER BY r.started DESC, r.run_key DESC LIMIT 1), ?)"
      " FROM project p WHERE p.id = ?");
  if (!row.Bind(Currency{}.Code(), project.Value()).Next()) return {};
  const std::int64_t key = row.Int();
  return ReadTotal(connection, key, row.ACurrency());
}

Money ReadTotal(Connection& connection, std::int64_t project_key, Currency currency) {
  Statement row = connection.Use(
      "SELECT total_whole, total_nano FROM project_total WHERE project_key = ? AND currency = ?");
  const bool is_there = row.Bind(project_key, currency.Code()).Next();
  return {is_there ? row.Nano() : Wide{0}, currency};
}

void WriteTotal(Connection& connection, std::int64_t project_key, const Money& total) {
  connection
      .Use(
          "INSERT INTO project_total (project_key, currency, total_whole, total_nano)"
          " VALUES (?, ?, ?, ?) ON CONFLICT (project_key, currency) DO UPDATE"
          " SET total_whole = excluded.total_whole, total_nano = excluded.total_nano")
      .Run(project_key, total.currency.Code(), total);
}

}  // namespace epochcost::store::sqlite
