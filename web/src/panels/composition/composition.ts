// What each epoch cost, by term, as a chart over epochs, steps, time or money spent so far.

import type { Composition } from '../../api/client';
import type { PlotSpec, XKind } from '../../charts/spec';
import { formatMoney, money, toPixelValue } from '../../lib/money';
import { instant, dateTimeWithZone } from '../../lib/time';
import { TERMS, termName, termNano, type Term } from '../../lib/terms';
import { count, duration } from '../../lib/quantity';
import * as m from '../../paraglide/messages.js';

export type Group = Composition['groups'][number];

/** Everything that the run had cost when each group ended: its epochs and the phases until then. */
export function spentAtEnd(composition: Pick<Composition, 'groups' | 'phases'>): bigint[] {
  const phases = composition.phases
    .map((phase) => ({ end: instant(phase.t1), nano: BigInt(phase.amount.nano) }))
    .sort((a, b) => a.end - b.end);
  let sum = 0n;
  let next = 0;
  return composition.groups.map((group) => {
    const end = instant(group.t1);
    for (let phase = phases[next]; phase && phase.end <= end; phase = phases[++next]) sum += phase.nano;
    sum += BigInt(group.amount.nano);
    return sum;
  });
}

export function groupName(group: Group): string {
  const first = String(group.first + 1);
  return group.first === group.last
    ? m.scope_epoch({ n: first })
    : m.scope_epochs({ first, last: String(group.last + 1) });
}

function edgesOf(composition: Composition, xKind: XKind): [number, number][] {
  const { groups } = composition;
  if (xKind === 'epoch') return groups.map((group) => [group.first + 0.5, group.last + 1.5]);
  if (xKind === 'time') return groups.map((group) => [instant(group.t0) / 1000, instant(group.t1) / 1000]);
  if (xKind === 'money') {
    const ends = spentAtEnd(composition);
    return groups.map((group, at) => {
      const end = ends[at] ?? 0n;
      return [toPixelValue(end - BigInt(group.amount.nano)), toPixelValue(end)];
    });
  }
  let steps = 0;
  return groups.map((group) => {
    const from = steps;
    steps += group.steps;
    return [from, steps];
  });
}

/** Of one epoch: where a group holds several it is their mean, since bars must stay comparable. */
function perEpoch(nano: bigint, group: Group): bigint {
  return nano / BigInt(group.last - group.first + 1);
}

export function compositionSpec(composition: Composition, xKind: XKind, locale: string): PlotSpec {
  const { groups, currency } = composition;
  const edges = edgesOf(composition, xKind);
  const metered = TERMS.filter((term) => groups.some((group) => termNano(group.nano, term) !== null));
  const amount = (group: Group, term: Term): bigint | null => {
    const nano = termNano(group.nano, term);
    return nano === null ? null : perEpoch(nano, group);
  };
  const words = (nano: bigint | null): string =>
    nano === null ? '–' : formatMoney(money(nano, currency), locale);
  const xLabel = { epoch: m.axis_epoch(), step: m.axis_step(), time: m.axis_time(), money: m.axis_spent({ currency }) };
  return {
    name: m.composition_title(),
    xKind,
    xLabel: xLabel[xKind],
    yLabel: m.axis_per_epoch({ currency }),
    x: edges.map(([left, right]) => (left + right) / 2),
    edges,
    series: metered.map((term) => ({
      key: term,
      label: termName(term),
      color: term,
      kind: 'stack',
      values: groups.map((group) => {
        const nano = amount(group, term);
        return nano === null ? null : toPixelValue(nano);
      }),
    })),
    tell: (at) => {
      const group = groups[at];
      if (!group) return { head: '', lines: [] };
      const extra = [duration(group.duration_ns), m.steps_n({ n: count(group.steps, locale) })];
      if (xKind === 'time') extra.push(dateTimeWithZone(group.t1, locale));
      return {
        head: [groupName(group), ...extra].join(' · '),
        lines: metered.toReversed().map((term) => {
          const nano = amount(group, term);
          return {
            key: term, label: termName(term), color: term, text: words(nano),
            ...(nano !== null && { exact: nano.toString() }),
          };
        }),
      };
    },
    total: (at) => {
      const group = groups[at];
      return group ? words(perEpoch(BigInt(group.amount.nano), group)) : '–';
    },
  };
}
