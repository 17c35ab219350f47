/** A worker's events as lines for the person whose machine it is. `undefined`: not worth a line at this level. */
import type { Containment } from '#libs/sandbox/containment.js';
import type { WorkerEvent } from '#libs/worker/worker-events.js';
import type { Tally } from './earnings.js';
import { credits, groupDigits } from './render-text.js';

export function eventLine(event: WorkerEvent, verbose: boolean): string | undefined {
  switch (event.type) {
    case 'leased':
      return verbose ? `leased   ${event.functionName} · ${event.jobId} · ${event.leaseMs} ms` : undefined;
    case 'executed':
      return verbose
        ? `ran      ${event.functionName} · ${event.outcome} · ${event.runMs} ms · ${groupDigits(event.fuel)} fuel · ${event.jobId}`
        : undefined;
    case 'acknowledged':
      return acknowledgedLines(event, verbose);
    case 'given_back':
      return `gave back a task of ${event.jobId}: ${event.reason}`;
    case 'cancelled':
      return verbose ? `${count(event.leaseIds.length, 'task')} not needed any more` : undefined;
    case 'idle':
      return `waiting for work: ${event.words ?? idleWords[event.reason] ?? event.reason}`;
    case 'message':
      return `the coordinator says: ${event.text}`;
    case 'stage':
      return `this node is now in stage ${event.stage}`;
    case 'offline':
      return `the coordinator does not answer (${event.detail}); trying again, finished results are kept`;
    case 'online':
      return `the coordinator is back after ${seconds(event.awayMs)}`;
    case 'refused':
      return refusedLine(event);
    case 'clock_corrected':
      return `this machine's clock is ${seconds(Math.abs(event.offsetMs))} ${event.offsetMs > 0 ? 'behind' : 'ahead'}; corrected for signing`;
    case 'log_key':
      return keyLine(event);
    case 'checkpoint':
      return verbose ? `the public log has grown to ${groupDigits(String(event.size))} entries, as proven` : undefined;
    case 'log_unproven':
      return `the public log does not prove its growth at the moment (${event.detail}); the last verified checkpoint is kept`;
    case 'stopping':
      return stoppingLine(event);
    case 'started':
    case 'stopped':
    // Told on stderr.
    case 'log_forked':
      return undefined;
  }
}

const idleWords: Readonly<Record<string, string>> = {
  no_demand: 'nobody has submitted any',
  probation_share: 'new nodes get a reserved share of the work, and it is used up for now',
  quota: 'this node holds as many leases as it may; finished tasks make room',
  cooldown: 'this node lapsed too often lately; it pauses for a while',
  region: 'the work there is wants another region',
  runtime: 'the work there is wants another runtime',
  protocol_old: 'this worker is too old; update it',
  suspended: 'this node is suspended; its owner sees why with `potluck nodes`',
  paused: 'this node is paused by its owner',
};

type EventOf<T extends WorkerEvent['type']> = Extract<WorkerEvent, { type: T }>;

function acknowledgedLines({ tasks }: EventOf<'acknowledged'>, verbose: boolean): string | undefined {
  const told = verbose ? tasks : tasks.filter(({ status }) => status === 'rejected');
  if (told.length === 0) return undefined;
  return told
    .map(({ status, code, jobId }) => `${status.padEnd(8)} ${jobId}${code === undefined ? '' : ` · ${code}`}`)
    .join('\n');
}

function refusedLine({ call, status, code, detail, retryInMs }: EventOf<'refused'>): string {
  const then = retryInMs === undefined ? '' : `; again in ${seconds(retryInMs)}`;
  return `refused: ${call}: ${detail} (${status} ${code})${then}`;
}

function keyLine({ vkey, how }: EventOf<'log_key'>): string {
  if (how === 'given') return `trusting the public log's key that you gave: ${vkey}`;
  if (how === 'succession') return `the public log has a new key, signed by the one before: ${vkey}`;
  return `first contact with the public log; from now on its key is trusted: ${vkey}`;
}

/** Which walls stand between guests and this machine, and for each that does not, why: its owner can often do something about it. */
export function containmentLines({ layers, missing }: Containment): string[] {
  const walls = `guests are contained by: ${layers.join(', ') || 'nothing'}`;
  return [walls, ...missing.map(({ layer, why }) => `not in place here: ${layer} (${why})`)];
}

/** What a fork means and what the volunteer should do about it. */
export function forkWords({ log, detail, evidence }: EventOf<'log_forked'>): string {
  return `
THE PUBLIC LOG OF THIS GRID CONTRADICTS ITSELF. This worker has stopped serving it.
  ${log}: ${detail}
  What it means: the grid showed this worker one history of its ledger before, and another one now. Credits may have been
  changed after the fact, the grid restored from an old backup, or a test grid begun anew under the same address.
  Checkpoints are signed: whoever runs the grid answers for both.
  What to do:
  1. Keep this file, it is the evidence:  ${evidence}
  2. Show it to other volunteers, to auditors, and to the operator; compare with GET /v1/log/cosignatures.
  3. Do not start this worker again until it is explained. It goes on refusing; if you are satisfied, move log.json out of the
     state directory and it begins anew, trusting the log that it is shown then.
`;
}

function stoppingLine({ unfinished, undelivered }: EventOf<'stopping'>): string {
  const parts = [];
  if (unfinished > 0) parts.push(`${count(unfinished, 'task')} to finish`);
  if (undelivered > 0) parts.push(`${count(undelivered, 'result')} to deliver`);
  return parts.length === 0 ? 'stopping' : `stopping: ${parts.join(', ')} (press Ctrl-C again to stop at once)`;
}

/** `62 tasks, 61 recorded, 1 late · 1,234,567 fuel · estimated 0.85 CR (5.1 CR since the start)`. */
export function tallyLine(tally: Tally, total: Tally): string {
  const ends: [number, string][] = [
    [tally.recorded, 'recorded'],
    [tally.late, 'late'],
    [tally.rejected, 'rejected'],
    [tally.hostFailures, 'failed on this machine'],
  ];
  const counted = ends.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
  const estimate = `estimated ${credits(tally.estimatedMicro)}`;
  const whole = tally === total ? '' : ` (${credits(total.estimatedMicro)} since the start)`;
  return `${[count(tally.executed, 'task'), ...counted].join(', ')} · ${groupDigits(tally.fuel)} fuel · ${estimate}${whole}`;
}

export const count = (n: number, noun: string): string => `${groupDigits(n)} ${noun}${n === 1 ? '' : 's'}`;
export const seconds = (ms: number): string => `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
