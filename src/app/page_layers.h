#pragma once
// What each layer of a model costs, as a tree whose parts sum to the whole to the nano-unit. JSON
// documents as openapi.json describes them.

#include <string>

#include "app/context.h"
#include "app/page_json.h"
#include "base/result.h"
#include "base/text.h"
#include "model/cost.h"

namespace epochcost::app {

// PlanLayers: an epoch of a plan, divided up. Errors as PlanJson.
[[nodiscard]] Result<std::string> PlanLayersJson(const Context& context, const Given& given,
                                                 Language language);

// LayersAnswer: what a metered run cost, divided by the weights of the model and machine that the
// parameters name; a ledger does not say which model was trained. What is of no layer (time outside
// of epochs, terms that the formula does not have) is a part by itself. Without `model` there is no
// tree but a reason. Errors as PlanJson.
[[nodiscard]] Result<std::string> RunLayersJson(const Context& context, const RunCost& cost,
                                                const Given& given, Language language);

}  // namespace epochcost::app
