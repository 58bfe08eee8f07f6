import * as m from '../../paraglide/messages.js';

/** The kind of a notice as a heading; one that this page does not know yet says its own name. */
export function alertName(kind: string): string {
  const names: Record<string, () => string> = {
    source_chosen: m.alert_source_chosen, source_lost: m.alert_source_lost, source_back: m.alert_source_back,
    counter_reset: m.alert_counter_reset, gap: m.alert_gap, clock_jump: m.alert_clock_jump,
    suspended: m.alert_suspended, meter_restarted: m.alert_meter_restarted, marks_folded: m.alert_marks_folded,
    mark_rejected: m.alert_mark_rejected, price_changed: m.alert_price_changed, degraded: m.alert_degraded,
    commit_failed: m.alert_commit_failed, budget: m.alert_budget, anomaly: m.alert_anomaly,
  };
  return names[kind]?.() ?? kind.replaceAll('_', ' ');
}
