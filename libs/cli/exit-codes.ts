/** What the shell sees. Scripts rely on these: additive only. */
export const exitCodes = {
  ok: 0,
  /** The function or the job failed; the grid did its part. */
  failed: 1,
  /** Wrong arguments, files or configuration on this side. */
  usage: 2,
  /** The coordinator refused. */
  refused: 3,
  /** No coordinator answered. */
  unreachable: 4,
  /** This worker is too old for its coordinator: restarting does not help, updating does. */
  tooOld: 5,
  /** The grid's public log contradicts what this worker knew of it: not to be started again until that is explained. */
  logForked: 6,
  /** `potluck run`: this machine failed, not the function. */
  hostFailed: 7,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
