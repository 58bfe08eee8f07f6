// What several panels of a run's pages need, asked once.

import type { AdviceAnswer, AlertPage, Composition, ForecastAnswer, Formula, Overview, Series } from '../api/client';
import { currentRun } from './run.svelte';
import { live } from './live.svelte';
import { route } from './route.svelte';
import { source, type Source } from './source.svelte';

const path = (rest: string): string => `/runs/${encodeURIComponent(route.run)}${rest}`;
const revision = (): number => live.revision(route.run);

export function overviewSource(): Source<Overview> {
  const made = source<Overview>(() => path(''), revision, 2000);
  $effect(() => {
    if (made.data) currentRun.tell(made.data.run);
  });
  return made;
}

/** Two points for each pixel of the widest chart, as more cannot be seen. */
export function seriesSource(): Source<Series> {
  const points = Math.min(4000, Math.max(400, 2 * Math.round(screen.width * devicePixelRatio * 0.6)));
  return source<Series>(() => path(`/series?points=${points}`), revision, 2000);
}

export function compositionSource(groups = 240): Source<Composition> {
  return source<Composition>(() => {
    const query = new URLSearchParams({ groups: String(groups) });
    for (const name of ['from', 'to'] as const) {
      const epoch = Number(route.get(name));
      if (epoch > 0) query.set(name, String(epoch - 1));
    }
    return path(`/composition?${query}`);
  }, revision, 2000);
}

export function alertsSource(limit = 200): Source<AlertPage> {
  return source<AlertPage>(() => path(`/alerts?limit=${limit}`), () => live.alertsOf(route.run), 1000);
}

export function forecastSource(): Source<ForecastAnswer> {
  return source<ForecastAnswer>(() => path('/forecast'), revision, 5000);
}

export function adviceSource(): Source<AdviceAnswer> {
  return source<AdviceAnswer>(() => path('/advice'), revision, 10_000);
}

export function formulaSource(scope: () => string | null): Source<Formula> {
  return source<Formula>(() => {
    const wanted = scope();
    return wanted ? path(`/formula/${wanted}`) : null;
  }, () => 0);
}
