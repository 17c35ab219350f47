/** Figures of the log and the export: Node.js CPU a leaf, delay from commit to a signed checkpoint, seconds for 100,000 transfers. */

import type { TestBooks } from '../support/ledger.js';
import { openLog, type TestLog } from '../support/log.js';
import { openReading } from '../support/reading.js';
import { type Load, serviceCall } from './ledger-loads.js';
import type { LedgerService } from './ledger-service.js';
import { quantile, runFor } from './window.js';

const CALLERS = 32;
const EXPORTED = 100_000;

/** The sequencer and signer as a coordinator runs them, beside whatever goes on; `stop` ends them. */
export async function keepLog(service: LedgerService): Promise<{ stop: () => Promise<void> }> {
  const { keeper } = logOf(service);
  await keeper.onApplicationBootstrap();
  return { stop: () => keeper.beforeApplicationShutdown() };
}

export const logOf = (service: LedgerService): TestLog => openLog(service as unknown as TestBooks);

/** Posts for a while with the sequencer at rest, then drains what waits. Nothing else runs meanwhile. */
export async function leafCpuMicros(
  service: LedgerService,
  log: TestLog,
  ms: number,
): Promise<{ leaves: number; micros: number }> {
  await log.sequence();
  const before = await log.readLog.size();
  for (const load of ['pairs', 'job'] satisfies Load[])
    await runFor(
      ms / 2,
      Array.from({ length: CALLERS }, () => serviceCall(service, load)),
    );
  const cpu = process.cpuUsage();
  await log.sequence();
  const { user, system } = process.cpuUsage(cpu);
  const leaves = (await log.readLog.size()) - before;
  return { leaves, micros: (user + system) / leaves };
}

/** Under load: from the answer of a posting to a stored checkpoint that covers it. */
export async function proofDelays(
  service: LedgerService,
  log: TestLog,
  ms: number,
): Promise<{ p50: number; p99: number; probes: number }> {
  const delays: number[] = [];
  const waiting = new Set<Promise<void>>();
  let over = false;
  const covered = async (since: number): Promise<void> => {
    const [row]: { id: string }[] = await service.dataSource.query('SELECT max(id) AS id FROM ledger.transfers');
    for (;;) {
      const place = await log.readLog.placeOf(BigInt(row?.id ?? 0));
      if (place.state === 'sequenced' && (await log.readLog.checkpointCovering(place.index))) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    delays.push(performance.now() - since);
  };
  const probe = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 37));
    if (over) return;
    const run = covered(performance.now()).finally(() => waiting.delete(run));
    waiting.add(run);
  };
  await runFor(ms, [...Array.from({ length: CALLERS }, () => serviceCall(service, 'job')), probe]);
  over = true;
  await Promise.all(waiting);
  return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), probes: delays.length };
}

export async function exportSeconds(
  service: LedgerService,
): Promise<{ transfers: number; ndjson: number; journal: number; megabytes: number }> {
  const { exportJournal } = openReading(service as unknown as TestBooks);
  const seconds = { ndjson: 0, journal: 0 };
  let [transfers, bytes] = [0, 0];
  for (const format of ['ndjson', 'journal'] as const) {
    const startedAt = performance.now();
    transfers = 0;
    bytes = 0;
    const { body } = await exportJournal.run({ format, limit: EXPORTED }, new Date());
    for await (const text of body) {
      bytes += text.length;
      if (format === 'ndjson') transfers += text.split('"type":"transfer"').length - 1;
    }
    seconds[format] = (performance.now() - startedAt) / 1_000;
    if (format === 'ndjson' && transfers !== EXPORTED)
      throw new Error(`only ${transfers} of ${EXPORTED} transfers were exported`);
  }
  return { transfers: EXPORTED, ...seconds, megabytes: bytes / 1e6 };
}
