/** The first SIGINT or SIGTERM asks, the second does not: it ends the process at once, with the code that shells expect. */
import { constants } from 'node:os';

export interface StopSignals {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  onStop(listener: () => void): void;
  /** From now on signals do what they do without us. */
  release(): void;
}

const names = ['SIGINT', 'SIGTERM'] as const;

export function stopOnSignals(): StopSignals {
  const asked = new AbortController();
  const receive = (name: (typeof names)[number]) => {
    if (asked.signal.aborted) process.exit(128 + constants.signals[name]);
    asked.abort();
  };
  for (const name of names) process.on(name, receive);
  return {
    signal: asked.signal,
    onStop: (listener) => (asked.signal.aborted ? listener() : asked.signal.addEventListener('abort', listener, { once: true })),
    release: () => {
      for (const name of names) process.off(name, receive);
    },
  };
}
