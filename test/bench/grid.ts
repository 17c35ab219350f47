/**
 * The first honest figures of the grid, as ratios in one run: beside a hand-written floor of the same loop (what any such grid must
 * do, and nothing else) and beside BullMQ processing a no-op. One machine, one PostgreSQL with fsync, rounds interleaved, medians.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres, freePort } from '../../demo/embedded-postgres.js';
import { BullmqLoop } from './bullmq-loop.js';
import { Floor } from './floor.js';
import { PotluckGrid } from './potluck-grid.js';
import { median, quantile } from './window.js';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`npm run bench:grid [-- --quick] [-- --json]

Settled jobs/s of the grid over HTTP, batched and one by one, and the added latency of a synchronous invocation on an idle grid,
beside a hand-written floor and BullMQ in the same run. --quick: shorter rounds. --json: one object.
`);
  process.exit(0);
}

const quick = args.includes('--quick');
const ROUNDS = quick ? 1 : 3;
const WINDOW_MS = quick ? 3_000 : 5_000;
const IDLE_CALLS = quick ? 50 : 200;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const home = mkdtempSync(join(tmpdir(), 'potluck-bench-'));
chmodSync(home, 0o711);
const postgres = await EmbeddedPostgres.start({ directory: join(home, 'postgres') });
for (const name of ['floor', 'bullmq']) await postgres.createDatabase(name);

const floor = await Floor.start(postgres.url('floor'), await freePort());
const bullmq = await BullmqLoop.start(postgres.url('bullmq'));
const grid = await PotluckGrid.start(postgres.url(), await freePort(), home);
let code = 0;
try {
  const rounds = {
    floorBatched: [] as number[],
    floorSingle: [] as number[],
    bullBulk: [] as number[],
    bullSingle: [] as number[],
    batched: [] as number[],
    single: [] as number[],
    cpu: [] as number[],
  };
  const latencies: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`round ${round} of ${ROUNDS}`);
    rounds.floorBatched.push(await floor.batched(WINDOW_MS));
    const batched = await grid.batched(WINDOW_MS);
    rounds.batched.push(batched.rate);
    rounds.cpu.push(batched.cpuMicros);
    rounds.bullBulk.push(await bullmq.bulk(WINDOW_MS));
    rounds.floorSingle.push(await floor.single(WINDOW_MS));
    const single = await grid.single(WINDOW_MS);
    rounds.single.push(single.rate);
    latencies.push(...single.latenciesMs);
    rounds.bullSingle.push(await bullmq.single(WINDOW_MS));
  }
  const idle = await idleLatency();
  const fault = await grid.fault();
  if (fault) throw new Error(`the figures do not count: ${fault}`);
  const figures = Object.fromEntries(Object.entries(rounds).map(([name, values]) => [name, median(values)])) as Record<
    keyof typeof rounds,
    number
  >;
  print(figures, { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) }, idle);
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  code = 1;
} finally {
  floor.stop();
  await grid.stop();
  await bullmq.stop();
  await postgres.stop('immediate');
  rmSync(home, { recursive: true, force: true });
}
process.exit(code);

/** A real worker, one caller, nothing else: all but the function's own run. */
async function idleLatency(): Promise<{ p50: number; p99: number }> {
  say('latency on an idle grid, with a real worker');
  const worker = await grid.startWorker();
  try {
    await grid.invoke();
    await grid.giveStanding();
    for (let n = 0; n < 20; n += 1) await grid.invoke();
    const added: number[] = [];
    for (let n = 0; n < IDLE_CALLS; n += 1) {
      const startedAt = performance.now();
      const jobId = await grid.invoke();
      const took = performance.now() - startedAt;
      added.push(took - (await grid.runMsOf(jobId)));
    }
    return { p50: quantile(added, 0.5), p99: quantile(added, 0.99) };
  } finally {
    worker.kill('SIGKILL');
  }
}

function print(figures: Record<string, number>, single: { p50: number; p99: number }, idle: { p50: number; p99: number }): void {
  const of = (name: string): number => figures[name] ?? Number.NaN;
  const ratios = {
    batchedToFloor: of('batched') / of('floorBatched'),
    singleToFloor: of('single') / of('floorSingle'),
    batchedToBullmqBulk: of('batched') / of('bullBulk'),
    singleToBullmqSingle: of('single') / of('bullSingle'),
  };
  if (args.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ figures, ratios, single, idle }, null, 2)}\n`);
    return;
  }
  const rate = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`.padStart(10);
  const times = (value: number): string => `${value.toFixed(2)} ×`.padStart(8);
  process.stdout.write(`
${cpus().length} cores, one PostgreSQL with fsync, median of ${ROUNDS} rounds of ${WINDOW_MS / 1_000} s; everything on one machine

settled jobs over HTTP                     potluck      floor   to floor   BullMQ no-op   to BullMQ
  batches 100/50/50, one execution      ${rate(of('batched'))} ${rate(of('floorBatched'))}   ${times(ratios.batchedToFloor)}     ${rate(of('bullBulk'))}    ${times(ratios.batchedToBullmqBulk)}
  one job per request, 64 callers       ${rate(of('single'))} ${rate(of('floorSingle'))}   ${times(ratios.singleToFloor)}     ${rate(of('bullSingle'))}    ${times(ratios.singleToBullmqSingle)}

one job per request: p50 ${single.p50.toFixed(1)} ms, p99 ${single.p99.toFixed(1)} ms
CPU per settled job, coordinator and PostgreSQL, batched: ${Math.round(of('cpu'))} µs
synchronous invoke on an idle grid, all but the function's own run: p50 ${idle.p50.toFixed(1)} ms, p99 ${idle.p99.toFixed(1)} ms
the nodes of the load are simulated and answer at once, with real signatures; they were given standing and stake by SQL, so that one
execution settles a job; the trial balance is 0 and every job settled
`);
}
