/**
 * The first Ctrl-C, SIGTERM or closed terminal asks for an end in good order; the second does not wait. Started by npm, the death of
 * npm is such a request too.
 */
export interface StopRequests {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** Resolves at the first. */
  readonly asked: Promise<void>;
  onSecond(act: () => void): void;
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const PARENT_LOOK_MS = 1_000;
/** npm passes Ctrl-C on, so the terminal's and npm's arrive together: one request. */
const SAME_REQUEST_MS = 500;

export function stopRequests(): StopRequests {
  const first = new AbortController();
  const acts: (() => void)[] = [];
  let firstAt = 0;
  const receive = (): void => {
    if (!first.signal.aborted) {
      firstAt = Date.now();
      first.abort();
      return;
    }
    if (Date.now() - firstAt < SAME_REQUEST_MS) return;
    for (const act of acts) act();
    process.exit(130);
  };
  for (const name of NAMES) process.on(name, receive);
  if (process.env.npm_lifecycle_event) watchParent(() => first.abort());
  return {
    signal: first.signal,
    asked: new Promise((resolve) => first.signal.addEventListener('abort', () => resolve(), { once: true })),
    onSecond: (act) => acts.push(act),
  };
}

function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_LOOK_MS);
  timer.unref();
}
