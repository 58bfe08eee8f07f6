"""What a training run costs, epoch by epoch, while it runs.

    from ciuic_sdk import CostMonitor
    monitor = CostMonitor(project_id="proj_123", budget=5000, alert_threshold=0.8)
    for epoch in range(100):
        train_one_epoch()
        current_cost = monitor.update()
        if current_cost > budget: break
"""

from ciuic_sdk._alerts import Alert
from ciuic_sdk._cost import Cost
from ciuic_sdk._describe import describe
from ciuic_sdk._monitor import CostMonitor, Summary
from ciuic_sdk._track import track_cost

__all__ = ["Alert", "Cost", "CostMonitor", "Summary", "describe", "track_cost"]
__version__ = "0.1.0"
