#pragma once
// The machines that `epochcost calibrate` measured: files in the home's folder `calibration`.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/own_machine.h"

namespace epochcost::app {

// What `--gpu` calls the machine that the program runs on.
inline constexpr std::string_view kThisMachine = "this-machine";

using OwnMachines = std::vector<std::shared_ptr<const estimate::OwnMachine>>;

// In the order of their names; none where nothing was calibrated. Errors: kIo, and kInvalidInput
// with the place, of a file that is not what `calibrate` writes.
[[nodiscard]] Result<OwnMachines> LoadOwnMachines(const std::string& data_home);

// Writes it as `calibration/<name>.toml`, all or nothing; gives the file's path.
[[nodiscard]] Result<std::string> SaveOwnMachine(const std::string& data_home,
                                                 const estimate::OwnMachine& machine);

// The machine of that name, without regard to case; kThisMachine is the one measured here last.
// Null where there is none.
[[nodiscard]] std::shared_ptr<const estimate::OwnMachine> FindOwnMachine(
    const OwnMachines& machines, std::string_view name, std::string_view agent);

}  // namespace epochcost::app
