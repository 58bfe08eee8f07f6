// The run that the reader looks at, for the bar above: told by the page that asked for it.

import type { Run } from '../api/client';

class CurrentRun {
  #run = $state.raw<Run | null>(null);

  of(id: string): Run | null {
    return this.#run?.id === id ? this.#run : null;
  }

  tell(run: Run): void {
    this.#run = run;
  }
}

export const currentRun = new CurrentRun();
