/**
 * The ledger through its service in Node.js beside hand-written row-by-row SQL in the same process, on one PostgreSQL with fsync: 32
 * callers, rounds interleaved, medians; then both once more with 2 ms added to each flush of the write-ahead log.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { type Load, loads, rowBalances, rowCall, serviceCall } from './ledger-loads.js';
import { LedgerService } from './ledger-service.js';
import { RowByRowLedger } from './row-by-row-ledger.js';
import { serverCpuSeconds } from './server-cpu.js';
import { median, runFor } from './window.js';

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const ROUNDS = quick ? 2 : 5;
const WINDOW_MS = quick ? 2_000 : 4_000;
const CALLERS = 32;
const ACCOUNTS = 10_000;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Sample {
  rate: number;
  serverMicros: number;
  nodeMicros: number;
  walBytes: number;
  storageBytes: number;
}

const home = mkdtempSync(join(tmpdir(), 'potluck-bench-'));
chmodSync(home, 0o711);
const directory = join(home, 'postgres');
const postgres = await EmbeddedPostgres.start({ directory });
await postgres.createDatabase('rows');
const owner = new pg.Client({ connectionString: postgres.url() });
await owner.connect();
const service = await LedgerService.open(postgres.url(), ACCOUNTS);
const peer = await RowByRowLedger.open(postgres.url('rows'), rowBalances(ACCOUNTS), CALLERS);
await owner.query('CHECKPOINT');

async function sample(call: () => Promise<void>, database: string): Promise<Sample> {
  const wal = async (): Promise<number> =>
    Number((await owner.query('SELECT pg_current_wal_insert_lsn() - $1::pg_lsn AS n', ['0/0'])).rows[0].n);
  const size = async (): Promise<number> => Number((await owner.query('SELECT pg_database_size($1) AS n', [database])).rows[0].n);
  const [walBefore, sizeBefore, cpuBefore, nodeBefore] = [
    await wal(),
    await size(),
    serverCpuSeconds(directory),
    process.cpuUsage(),
  ];
  let calls = 0;
  const seconds = await runFor(
    WINDOW_MS,
    Array.from({ length: CALLERS }, () => async () => {
      await call();
      calls += 1;
    }),
  );
  const node = process.cpuUsage(nodeBefore);
  const serverMicros = ((serverCpuSeconds(directory) - cpuBefore) * 1e6) / calls;
  return {
    rate: calls / seconds,
    serverMicros,
    nodeMicros: (node.user + node.system) / calls,
    walBytes: ((await wal()) - walBefore) / calls,
    storageBytes: ((await size()) - sizeBefore) / calls,
  };
}

const samples = new Map<string, Sample[]>();
const note = (name: string, one: Sample): void => void samples.set(name, [...(samples.get(name) ?? []), one]);
async function rounds(suffix: string, count: number): Promise<void> {
  for (let round = 1; round <= count; round += 1) {
    say(`round ${round} of ${count}${suffix}`);
    for (const load of loads) {
      note(`${load}${suffix} ours`, await sample(serviceCall(service, load), 'potluck'));
      note(`${load}${suffix} rows`, await sample(rowCall(peer, ACCOUNTS, load), 'rows'));
    }
  }
}
await rounds('', ROUNDS);
await owner.query('ALTER SYSTEM SET commit_siblings = 0');
await owner.query('ALTER SYSTEM SET commit_delay = 2000');
await owner.query('SELECT pg_reload_conf()');
await rounds(' +2ms', quick ? 1 : 3);

const of = (name: string, field: keyof Sample): number => median((samples.get(name) ?? []).map((one) => one[field]));
const row = (load: Load, suffix: string): string => {
  const [ours, rows] = [`${load}${suffix} ours`, `${load}${suffix} rows`];
  const cell = (value: number, width = 9): string => Math.round(value).toLocaleString('en').padStart(width);
  return `${`${load}${suffix}`.padEnd(12)}${cell(of(ours, 'rate'))}/s ${cell(of(rows, 'rate'))}/s ${(of(ours, 'rate') / of(rows, 'rate')).toFixed(2).padStart(7)} × ${cell(of(ours, 'serverMicros'))} ${cell(of(rows, 'serverMicros'))} ${cell(of(ours, 'nodeMicros'))} ${cell(of(ours, 'walBytes'))} ${cell(of(ours, 'storageBytes'))}`;
};
process.stdout.write(`
${cpus().length} cores, PostgreSQL with fsync, ${CALLERS} callers, median of ${ROUNDS} rounds of ${WINDOW_MS / 1_000} s
                 ours       row by row     ratio   server µs  (rows)   node µs  WAL B   storage B
${['', ' +2ms'].flatMap((suffix) => loads.map((load) => row(load, suffix))).join('\n')}
`);
await service.close();
await peer.close();
await owner.end();
await postgres.stop('immediate');
rmSync(home, { recursive: true, force: true });
process.exit(0);
