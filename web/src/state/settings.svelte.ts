// How the reader wants to see: language, theme, currency, idle in or out, live or paused. The URL
// decides; what it leaves open comes from the last visit, then from the browser.

import { speak } from '../api/client';
import { baseLocale, locales, overwriteGetLocale, type Locale } from '../paraglide/runtime.js';
import { route } from './route.svelte';

export type Theme = 'light' | 'dark';

function remembered(name: string): string {
  try {
    return localStorage.getItem(`epochcost.${name}`) ?? '';
  } catch {
    return ''; // storage is forbidden: nothing is remembered
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`epochcost.${name}`, value);
  } catch {
    // storage is forbidden: nothing is remembered
  }
}

function localeOf(asked: string): Locale | undefined {
  return locales.find((known) => known === asked || known.split('-')[0] === asked.split('-')[0]);
}

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

class Settings {
  #systemDark = $state(darkScheme.matches);

  constructor() {
    darkScheme.addEventListener('change', (event) => (this.#systemDark = event.matches));
  }

  readonly locale: Locale = $derived.by(() => {
    const asked = [route.get('lang'), remembered('lang'), ...navigator.languages];
    for (const each of asked) {
      const known = each && localeOf(each);
      if (known) return known;
    }
    return baseLocale;
  });

  readonly theme: Theme = $derived.by(() => {
    const asked = route.get('theme') || remembered('theme');
    if (asked === 'light' || asked === 'dark') return asked;
    return this.#systemDark ? 'dark' : 'light';
  });

  readonly withIdle: boolean = $derived(route.get('idle') === 'in');
  readonly isPaused: boolean = $derived(route.get('live') === '0');

  setLocale(locale: Locale): void {
    remember('lang', locale);
    route.set({ lang: locale });
  }

  setTheme(theme: Theme): void {
    remember('theme', theme);
    route.set({ theme });
  }

  pause(isPaused: boolean): void {
    route.set({ live: isPaused ? '0' : '' });
  }

  showIdle(isShown: boolean): void {
    route.set({ idle: isShown ? 'in' : '' });
  }

  /** Writes them where style sheets, assistive technology and requests read them. */
  apply(): void {
    speak(this.locale);
    document.documentElement.lang = this.locale;
    document.documentElement.dataset.theme = this.theme;
  }
}

export const settings = new Settings();
overwriteGetLocale(() => settings.locale);
