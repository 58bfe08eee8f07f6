"""A training that asks what it costs, by the SDK as installed: three epochs of a busy loop."""

import time

from ciuic_sdk import CostMonitor

monitor = CostMonitor(project_id="bare", budget=5000, alert_threshold=0.8)
costs = []
for epoch in range(3):
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    costs.append(float(monitor.update()))
monitor.close()
if not (0 < costs[0] <= costs[1] <= costs[2] < 5000):
    raise SystemExit(f"no meter, or a cost that falls: {costs}")
print(f"three epochs, {costs[2]:.9f} so far")
