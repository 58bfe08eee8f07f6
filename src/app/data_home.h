#pragma once
// Where things lie on this machine.

#include <string>

#include "base/ids.h"
#include "base/result.h"

namespace epochcost::app {

// The folder of ledger.db and runs/.
struct DataHome {
  std::string path;
  std::string note;  // why it is not the usual place, for a person; empty if it is
};

// EPOCHCOST_HOME, else $XDG_DATA_HOME/epochcost, else ~/.local/share/epochcost; where that cannot
// be made or written, /tmp/epochcost-<uid>, mode 0700 and our own. The folder exists afterwards.
// Error kIo: not even that.
[[nodiscard]] Result<DataHome> FindDataHome();

// The same without making anything: for commands that only read.
[[nodiscard]] DataHome GuessDataHome();

// The folder of one run; docs/formats.md says what lies in it.
struct RunFolder {
  std::string path;
  [[nodiscard]] std::string Marks() const { return path + "/marks"; }
  [[nodiscard]] std::string Totals() const { return path + "/totals"; }
  [[nodiscard]] std::string Gpus() const { return path + "/gpus"; }
  [[nodiscard]] std::string WakeSocket() const { return path + "/wake"; }
  [[nodiscard]] std::string Log() const { return path + "/meter.log"; }
  [[nodiscard]] std::string FallbackLedger() const { return path + "/ledger.db"; }
};
[[nodiscard]] RunFolder FolderOf(const std::string& data_home, const RunId& run);

// Makes it, mode 0700, with its mark folder.
[[nodiscard]] Result<RunFolder> MakeRunFolder(const std::string& data_home, const RunId& run);

// Identifies this machine: the head of /etc/machine-id, else the host name.
[[nodiscard]] AgentId ThisAgent();

}  // namespace epochcost::app
