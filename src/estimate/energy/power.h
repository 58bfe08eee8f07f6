#pragma once
// What a node draws while it trains: devices by how busy they are, and the rest of the machine.
//
// Fitted to the metered nodes of MLPerf Training v4.0 (8 × H100, AC): a busy node draws more than
// its devices' rated power, because processors, fans, network cards and the supply draw too.

#include <cstdint>

#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

struct PowerConstants {
  double idle_part = 0.2;    // of the rated power, drawn by a device that waits
  double busy_part = 0.93;   // of the rated power, drawn by one that computes without pause
  double host_watts = 1330;  // of a node of eight, beside its devices, at full load
  double supply = 0.94;      // of what is taken from the wall reaches the machine
};

struct Power {
  double device_watts = 0;  // of one device
  double node_watts = 0;    // at the wall, devices included
  double watts = 0;         // at the wall, of all nodes that the strategy uses
};

// `busy` is the part of a step in which the devices compute or communicate, 0 to 1.
[[nodiscard]] Power DrawnPower(const Machine& machine, std::int64_t devices, double busy,
                               const PowerConstants& constants = {});

}  // namespace epochcost::estimate
