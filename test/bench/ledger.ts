/**
 * The ledger through its service in Node.js beside hand-written row-by-row SQL in the same process, on one PostgreSQL with fsync: 32
 * callers, rounds interleaved, medians, trigger and leaves on; then both once more with 2 ms added to each flush of the write-ahead log.
 * After it the log's, the export's and the history's figures.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { asOfFigures } from './ledger-history-figures.js';
import { loads, rowBalances, rowCall, serviceCall } from './ledger-loads.js';
import { exportSeconds, keepLog, leafCpuMicros, logOf, proofDelays } from './ledger-log-figures.js';
import { LedgerService } from './ledger-service.js';
import { RowByRowLedger } from './row-by-row-ledger.js';
import { serverCpuSeconds } from './server-cpu.js';
import { median, runFor } from './window.js';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`npm run bench:ledger [-- --quick] [-- --json]

Transfers/s and CPU a transfer through the ledger's service beside row-by-row SQL in the same process, for random pairs, one hot balance
and a whole job (hold and settle), also with 2 ms added to each fsync; CPU a leaf, delay of a proof, seconds of an export, a balance as
of a moment over 10 million entries. --quick: shorter rounds and 1 million entries. --json: one object.
`);
  process.exit(0);
}

const quick = args.includes('--quick');
const ROUNDS = quick ? 2 : 5;
const DELAYED_ROUNDS = quick ? 1 : 3;
const WINDOW_MS = quick ? 2_000 : 4_000;
const ENTRIES = quick ? 1_000_000 : 10_000_000;
const CALLERS = 32;
const ACCOUNTS = 10_000;
const DELAYED = ' +2 ms';
const WARM_UP_MS = 1_000;
/** Tables and indexes of the books; the log's are told apart. */
const BOOKS_BYTES = `SELECT sum(pg_total_relation_size(c.oid)) AS n FROM pg_class c
  WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('leaves', 'subtree_roots', 'checkpoints')`;
const LOG_BYTES = `SELECT sum(pg_total_relation_size(c.oid)) AS n FROM pg_class c
  WHERE c.relnamespace = 'ledger'::regnamespace AND c.relname IN ('leaves', 'subtree_roots', 'checkpoints')`;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Sample {
  rate: number;
  serverMicros: number;
  nodeMicros: number;
  walBytes: number;
  storageBytes: number;
}

Logger.overrideLogger(['error', 'warn']);
const home = mkdtempSync(join(tmpdir(), 'potluck-bench-'));
chmodSync(home, 0o711);
const directory = join(home, 'postgres');
const postgres = await EmbeddedPostgres.start({ directory });
for (const name of ['rows', 'history']) await postgres.createDatabase(name);
const owner = new pg.Client({ connectionString: postgres.url() });
await owner.connect();
const service = await LedgerService.open(postgres.url(), ACCOUNTS);
const peer = await RowByRowLedger.open(postgres.url('rows'), rowBalances(ACCOUNTS), CALLERS);
const log = logOf(service);
const samples = new Map<string, Sample[]>();
let code = 0;
try {
  await owner.query('CHECKPOINT');
  await rounds('', ROUNDS);
  say('the log');
  const leaf = await leafCpuMicros(service, log, WINDOW_MS * 2);
  const keeping = await keepLog(service);
  const proof = await proofDelays(service, log, quick ? 5_000 : 20_000);
  await keeping.stop();
  say('the export');
  await log.sequence();
  const exported = await exportSeconds(service);
  const logBytes = Number((await owner.query<{ n: string }>(LOG_BYTES)).rows[0]?.n) / (await log.readLog.size());
  await owner.query('ALTER SYSTEM SET commit_siblings = 0');
  // The flush's leader sleeps under the lock of the write-ahead log, as a slower disk would let it.
  await owner.query('ALTER SYSTEM SET commit_delay = 2000');
  await owner.query('SELECT pg_reload_conf()');
  await rounds(DELAYED, DELAYED_ROUNDS);
  say(`a history of ${ENTRIES.toLocaleString('en')} entries`);
  print({ leaf: { ...leaf, bytes: logBytes }, proof, exported, asOf: await asOfFigures(postgres.url('history'), ENTRIES) });
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  code = 1;
} finally {
  await service.close();
  await peer.close();
  await owner.end();
  await postgres.stop('immediate');
  rmSync(home, { recursive: true, force: true });
}
process.exit(code);

async function rounds(suffix: string, count: number): Promise<void> {
  for (let round = 1; round <= count; round += 1) {
    say(`round ${round} of ${count}${suffix}`);
    for (const load of loads) {
      const keeping = await keepLog(service);
      note(`${load}${suffix} ours`, await sample(serviceCall(service, load)));
      await keeping.stop();
      await log.sequence();
      note(`${load}${suffix} rows`, await sample(rowCall(peer, ACCOUNTS, load)));
    }
  }
}

function note(name: string, one: Sample): void {
  samples.set(name, [...(samples.get(name) ?? []), one]);
}

async function sample(call: () => Promise<void>): Promise<Sample> {
  const number = async (sql: string): Promise<number> => Number((await owner.query<{ n: string }>(sql)).rows[0]?.n);
  const wal = (): Promise<number> => number(`SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS n`);
  const size = (): Promise<number> => number(BOOKS_BYTES);
  await quiet();
  await runFor(WARM_UP_MS, callersOf(call));
  const [walBefore, sizeBefore, cpuBefore, nodeBefore] = [
    await wal(),
    await size(),
    serverCpuSeconds(directory),
    process.cpuUsage(),
  ];
  let calls = 0;
  const step = async (): Promise<void> => {
    await call();
    calls += 1;
  };
  const seconds = await runFor(WINDOW_MS, callersOf(step));
  const node = process.cpuUsage(nodeBefore);
  return {
    rate: calls / seconds,
    serverMicros: ((serverCpuSeconds(directory) - cpuBefore) * 1e6) / calls,
    nodeMicros: (node.user + node.system) / calls,
    walBytes: ((await wal()) - walBefore) / calls,
    storageBytes: ((await size()) - sizeBefore) / calls,
  };
}

function callersOf(step: () => Promise<void>): (() => Promise<void>)[] {
  return Array.from({ length: CALLERS }, () => step);
}

/** What the sample before left to be vacuumed is not this one's. */
async function quiet(): Promise<void> {
  const working = `SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'`;
  for (let still = 0; still < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    still = (await owner.query<{ n: string }>(working)).rows[0]?.n === '0' ? still + 1 : 0;
  }
}

interface Further {
  leaf: Awaited<ReturnType<typeof leafCpuMicros>> & { bytes: number };
  proof: Awaited<ReturnType<typeof proofDelays>>;
  exported: Awaited<ReturnType<typeof exportSeconds>>;
  asOf: Awaited<ReturnType<typeof asOfFigures>>;
}

function print(further: Further): void {
  const of = (name: string): Sample => {
    const list = samples.get(name) ?? [];
    const fields = ['rate', 'serverMicros', 'nodeMicros', 'walBytes', 'storageBytes'] as const;
    return Object.fromEntries(fields.map((field) => [field, median(list.map((one) => one[field]))])) as unknown as Sample;
  };
  const figures = ['', DELAYED].flatMap((suffix) =>
    loads.map((load) => {
      const [ours, rows] = [of(`${load}${suffix} ours`), of(`${load}${suffix} rows`)];
      return { load: `${load}${suffix}`, ours, rows, ratio: ours.rate / rows.rate };
    }),
  );
  if (args.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ figures, ...further }, null, 2)}\n`);
    return;
  }
  const cell = (value: number, width = 10): string => Math.round(value).toLocaleString('en').padStart(width);
  const lines = figures.map(
    ({ load, ours, rows, ratio }) =>
      `${load.padEnd(12)}${cell(ours.rate)}${cell(rows.rate, 12)}${ratio.toFixed(1).padStart(8)} ×${cell(ours.serverMicros)}` +
      `${cell(rows.serverMicros, 9)}${cell(ours.nodeMicros)}${cell(ours.walBytes)}${cell(ours.storageBytes)}`,
  );
  const { leaf, proof, exported, asOf } = further;
  const two = ({ p50, p99 }: { p50: number; p99: number }): string => `${p50.toFixed(2)} ms p50, ${p99.toFixed(2)} ms p99`;
  process.stdout.write(`
${cpus().length} cores, one PostgreSQL with fsync, ${CALLERS} callers, ${ACCOUNTS.toLocaleString('en')} accounts, median of ${ROUNDS} rounds of ${WINDOW_MS / 1_000} s, trigger and leaves on
                 per second           ratio       CPU µs of the server     µs of     bytes of a call
               ours  row by row                    ours (row by row)   Node.js       WAL   storage
${lines.join('\n')}

A call is one transfer; with job it is two, hold and settle. The server's CPU includes sequencing, its bytes in WAL too; storage is the books'. +2 ms: added to each flush of the write-ahead log.
a leaf: ${leaf.micros.toFixed(1)} µs of Node.js CPU, ${leaf.bytes.toFixed(0)} bytes, over ${leaf.leaves.toLocaleString('en')} leaves
a proof: ${Math.round(proof.p50)} ms p50, ${Math.round(proof.p99)} ms p99 from commit to a signed checkpoint, ${proof.probes} probes under load
an export of ${exported.transfers.toLocaleString('en')} transfers: ${exported.ndjson.toFixed(2)} s as ndjson, ${exported.journal.toFixed(2)} s as a journal of ${exported.megabytes.toFixed(0)} MB
a balance as of a moment among ${asOf.entries.toLocaleString('en')} entries: commons ${two(asOf.commons)}; an account ${two(asOf.account)}
`);
}
