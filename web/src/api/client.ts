// The HTTP API as the page uses it. Paths and shapes are those of openapi.json.

import type { components } from './types.gen';

type Schemas = components['schemas'];
export type Run = Schemas['Run'];
export type RunItem = Schemas['RunItem'];
export type RunPage = Schemas['RunPage'];
export type Overview = Schemas['Overview'];
export type Composition = Schemas['Composition'];
export type Series = Schemas['Series'];
export type EpochPage = Schemas['EpochPage'];
export type Scope = Schemas['Scope'];
export type Formula = Schemas['Formula'];
export type Alert = Schemas['Alert'];
export type AlertPage = Schemas['AlertPage'];
export type ForecastAnswer = Schemas['ForecastAnswer'];
export type AdviceAnswer = Schemas['AdviceAnswer'];
export type LayersAnswer = Schemas['LayersAnswer'];
export type Layer = Schemas['Layer'];
export type PriceSheet = Schemas['PriceSheet'];
export type SheetList = Schemas['SheetList'];
export type PresetList = Schemas['PresetList'];
export type Estimate = Schemas['Estimate'];
export type Plan = Schemas['Plan'];
export type PlannedRun = Schemas['PlannedRun'];
export type PlanLayers = Schemas['PlanLayers'];
export type PlanChange = Schemas['PlanChange'];
export type PlanChanges = Schemas['PlanChanges'];
export type Comparison = Schemas['Comparison'];
export type ComparedMachine = Schemas['ComparedMachine'];
export type Catalog = Schemas['Catalog'];
export type CatalogDevice = Schemas['CatalogDevice'];
export type Figure = Schemas['Figure'];
export type Doctor = Schemas['Doctor'];
export type Session = Schemas['Session'];
export type Budget = Schemas['Budget'];
export type Quality = Schemas['Quality'];
export type Verdict = Schemas['Verdict'];
export type RunDelta = Schemas['RunDelta'];
export type Resources = Schemas['Resources'];

export const API = '/api/v1';

/** What went wrong, in the program's own words where it said them (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    readonly hint: string | null,
    readonly path: string,
  ) {
    super(title);
  }

  /** 0: the server did not answer at all. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

let language = 'en';
let csrf = '';

export function speak(locale: string): void {
  language = locale;
}

export function trust(token: string): void {
  csrf = token;
}

async function problemOf(answer: Response, path: string): Promise<Problem> {
  try {
    const said = (await answer.json()) as Partial<Schemas['Problem']>;
    const title = said.title ?? answer.statusText;
    return new Problem(answer.status, title, said.detail ?? null, said.hint ?? null, path);
  } catch {
    return new Problem(answer.status, `${answer.status} ${answer.statusText}`, null, null, path);
  }
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(API + path, { credentials: 'same-origin', ...init });
  } catch (reason) {
    if (init.signal?.aborted) throw reason;
    throw new Problem(0, String((reason as Error).message), null, null, path);
  }
  if (!answer.ok) throw await problemOf(answer, path);
  return answer;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const headers = { Accept: 'application/json', 'Accept-Language': language };
  const answer = await ask(path, { headers, ...(signal && { signal }) });
  return (await answer.json()) as T;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = {
    'Accept-Language': language,
    'Content-Type': 'application/json',
    'X-EpochCost-CSRF': csrf,
  };
  const answer = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as T;
}
