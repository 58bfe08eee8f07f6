#pragma once
// What every command gets, and how a command is added.
//
// A command is one file command_<name>.cc with one function Add<Name>(CLI::App&, Context&) that
// declares its options and sets a callback; the callback does the work and leaves the exit code in
// `context.exit_code`, as docs/json.md tells it: 0 ok, 1 failure (of `run` 125), 2 usage, 4 price
// or data missing. Data goes to stdout, messages to stderr.

#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "store/store.h"

namespace CLI {
class App;
}

namespace epochcost::app {

struct Context {
  int exit_code = 0;
  bool json = false;      // --json, of any command: one object with schema_version on stdout
  bool quiet = false;     // -q
  std::string data_home;  // the folder of ledger.db and runs/, made on demand
  std::string ledger;     // --db: another database than data_home's ledger.db
  SystemClock clock;

  // The ledger in data_home. Read-only: error kNotFound where there is none yet.
  Result<std::unique_ptr<store::Store>> OpenLedger(bool read_only) const;
};

// Prints the error as Describe does to stderr and sets the exit code (kNotFound of a price → 4 is
// the caller's business; this sets 1, or 2 for kInvalidInput).
void Complain(Context& context, const Error& error);

void AddAttach(CLI::App& app, Context& context);
void AddCalc(CLI::App& app, Context& context);
void AddCalibrate(CLI::App& app, Context& context);
void AddCompare(CLI::App& app, Context& context);
void AddCompletion(CLI::App& app, Context& context);
void AddDoctor(CLI::App& app, Context& context);
void AddEstimate(CLI::App& app, Context& context);
void AddExport(CLI::App& app, Context& context);
void AddMeter(CLI::App& app, Context& context);
void AddPrice(CLI::App& app, Context& context);
void AddRecord(CLI::App& app, Context& context);
void AddReport(CLI::App& app, Context& context);
void AddRun(CLI::App& app, Context& context);
void AddRuns(CLI::App& app, Context& context);
void AddServe(CLI::App& app, Context& context);
void AddShow(CLI::App& app, Context& context);
void AddToken(CLI::App& app, Context& context);
void AddWatch(CLI::App& app, Context& context);

}  // namespace epochcost::app
