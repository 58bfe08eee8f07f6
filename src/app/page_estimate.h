#pragma once
// The estimator behind the page: a model, a machine, a strategy and prices in; the published terms,
// money with its interval and what does not fit out. JSON documents as openapi.json describes them.

#include <string>

#include "app/context.h"
#include "app/estimate_case.h"
#include "app/page_json.h"
#include "base/result.h"
#include "base/text.h"

namespace epochcost::app {

// From parameters to what `epochcost estimate` is asked. Files are none of them: who asks may sit
// at another machine. Error kInvalidInput: a switch that is neither "yes" nor "no".
[[nodiscard]] Result<PlanOptions> PlanOptionsOf(const Given& given);

// Plan. Errors: those of GatherModel, GatherPlan, ChooseSheet, Answer and Price.
[[nodiscard]] Result<std::string> PlanJson(const Context& context, const Given& given,
                                           Language language);

// PlanChanges: what single changes of the plan would do, each computed anew: half and twice of its
// numbers, the other ways to share and to compute again. What cannot be laid out is left out.
// Errors: as PlanJson.
[[nodiscard]] Result<std::string> PlanChangesJson(const Context& context, const Given& given,
                                                  Language language);

// Comparison: `machines` is a list with commas of at most 12. Errors: as CompareMachines.
[[nodiscard]] Result<std::string> ComparisonJson(const Context& context, const Given& given,
                                                 Language language);

// Catalog: the models, devices (calibrated ones first), networks and reference trainings that there
// are to choose from.
[[nodiscard]] Result<std::string> CatalogJson(const Context& context);

// The machine that the parameters name, a calibrated one before the catalog's.
[[nodiscard]] Result<MachineWords> MachineOfPlan(const Context& context,
                                                 const PlanOptions& options);

}  // namespace epochcost::app
