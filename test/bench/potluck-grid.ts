/** The real coordinator under load: its own process and database, simulated nodes, real callers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { decodeId } from '#libs/signing/ids.js';
import { call, callJson } from './http-client.js';
import { processCpuSeconds, serverCpuSeconds } from './server-cpu.js';
import { SimulatedNode } from './simulated-node.js';
import { runFor } from './window.js';

interface Credential {
  accountId: string;
  apiKey: string;
}

interface Accounts {
  developer: Credential;
  volunteers: Credential[];
  auditor: Credential;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const STAKE = 1_000_000_000_000n;

export class PotluckGrid {
  readonly nodes: SimulatedNode[] = [];

  private constructor(
    readonly url: string,
    readonly database: pg.Client,
    readonly accounts: Accounts,
    private readonly child: ChildProcess,
    private readonly home: string,
  ) {}

  static async start(databaseUrl: string, port: number, home: string): Promise<PotluckGrid> {
    const demoFile = join(home, 'demo.json');
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      POTLUCK_HOME: home,
      POTLUCK_POLICY: 'demo',
      POTLUCK_DEMO_FILE: demoFile,
      LOG_LEVEL: 'warn',
    };
    const child = spawn(process.execPath, ['dist/src/main.js'], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const url = `http://localhost:${port}`;
    for (let attempt = 0; ; attempt += 1) {
      const ready = await call('GET', `${url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (ready) break;
      if (attempt > 300 || child.exitCode !== null) throw new Error('the coordinator did not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    const grid = new PotluckGrid(url, database, JSON.parse(readFileSync(demoFile, 'utf8')) as Accounts, child, home);
    await grid.prepare();
    return grid;
  }

  async stop(): Promise<void> {
    await this.database.end().catch(() => undefined);
    this.child.kill('SIGKILL');
  }

  /** The function, and nodes with the standing of ones that have served for long: each may work alone. */
  private async prepare(): Promise<void> {
    const source = 'export default () => 42';
    await this.post('/v1/functions', {
      name: 'answer',
      runtime: 'js',
      source,
      limits: { fuelLimit: '1000000', maxOutputBytes: 100 },
    });
    for (const [place, { apiKey }] of this.accounts.volunteers.entries())
      this.nodes.push(await SimulatedNode.register(this.url, apiKey, `bench ${place}`));
    await this.giveStanding();
  }

  async giveStanding(): Promise<void> {
    await this.database.query(`UPDATE node_records SET stage = 'participant', k_audit = 5000, quota = 256, threads = 64`);
    for (const { accountId } of this.accounts.volunteers) {
      await this.database.query(
        `SELECT p.* FROM ledger.balances b, LATERAL ledger.post(ARRAY[14]::smallint[], ARRAY[gen_random_uuid()], ARRAY[0]::bigint[],
           ARRAY[decode(repeat('00', 16), 'hex')], ARRAY[NULL]::integer[], ARRAY[NULL]::bytea[], ARRAY[NULL]::bigint[], '{}'::uuid[],
           ARRAY[NULL]::integer[], ARRAY[NULL]::bigint[], ARRAY[NULL]::bigint[], ARRAY[NULL]::timestamptz[], ARRAY['bench'], ARRAY[NULL]::jsonb[],
           ARRAY[1, b.id], ARRAY[1, 1], ARRAY[1, 2], ARRAY[-$2::bigint, $2::bigint], ARRAY[NULL, NULL]::bigint[], ARRAY[NULL, NULL]::timestamptz[]) p
         WHERE b.owner_id = $1 AND b.code = 6`,
        [decodeId('acct', accountId), STAKE.toString()],
      );
    }
  }

  /** Settled jobs a second: 100 a submission, 50 a poll, 50 a report. */
  async batched(ms: number): Promise<{ rate: number; cpuMicros: number }> {
    const inputs = Array.from({ length: 100 }, (_, n) => n);
    let backlog = 0;
    let settled = 0;
    const submit = async (): Promise<void> => {
      if (backlog > 2_000) return new Promise((resolve) => setTimeout(resolve, 1));
      backlog += inputs.length;
      await this.post('/v1/batches', { function: 'answer', inputs });
    };
    const serve = (node: SimulatedNode) => async (): Promise<void> => {
      const done = await node.serveOnce(50, 1);
      settled += done;
      backlog -= done;
    };
    const cpuBefore = this.cpuSeconds();
    const seconds = await runFor(ms, [submit, submit, ...this.nodes.map(serve)]);
    const cpuMicros = ((this.cpuSeconds() - cpuBefore) * 1e6) / Math.max(1, settled);
    while (backlog > 0) backlog -= (await this.nodes[0]?.serveOnce(50, 1)) ?? 0;
    return { rate: settled / seconds, cpuMicros };
  }

  /** 64 callers, one synchronous invocation each at a time. */
  async single(ms: number): Promise<{ rate: number; latenciesMs: number[] }> {
    const latenciesMs: number[] = [];
    const until = performance.now() + ms;
    const invoke = async (): Promise<void> => {
      const startedAt = performance.now();
      await this.invoke();
      latenciesMs.push(performance.now() - startedAt);
    };
    let over = false;
    const serving = Promise.all(
      this.nodes.map(async (node) => {
        while (!over) await node.serveOnce(64, 1);
      }),
    );
    const seconds = await runFor(
      until - performance.now(),
      Array.from({ length: 64 }, () => invoke),
    );
    over = true;
    await serving;
    return { rate: latenciesMs.length / seconds, latenciesMs };
  }

  async invoke(): Promise<string> {
    const answer = await call('POST', `${this.url}/v1/functions/answer/invoke`, '1', this.headers({ prefer: 'wait=20' }));
    if (answer.status !== 200 || answer.body !== '42')
      throw new Error(`an invocation answered ${answer.status}: ${answer.body.slice(0, 200)}`);
    return answer.headers['job-id'] as string;
  }

  /** What the nodes say that the function itself took. */
  async runMsOf(jobId: string): Promise<number> {
    const { data } = await callJson<{ data: { runMs?: number; referee: boolean }[] }>(
      'GET',
      `${this.url}/v1/jobs/${jobId}/tasks`,
      undefined,
      this.headers(),
    );
    return Math.max(0, ...data.filter(({ referee }) => !referee).map(({ runMs }) => runMs ?? 0));
  }

  /** A shipped worker as a process of its own, of a fourth account. */
  async startWorker(): Promise<ChildProcess> {
    const owner = this.accounts.volunteers[0] as Credential;
    const { token } = await callJson<{ token: string }>('POST', `${this.url}/v1/node-enrolments`, undefined, {
      authorization: `Bearer ${owner.apiKey}`,
      'idempotency-key': randomUUID(),
    });
    const args = [
      'dist/libs/cli/potluck.js',
      'worker',
      '--url',
      this.url,
      '--enrol',
      token,
      '--state',
      join(this.home, 'worker'),
      '--name',
      'real',
      '--concurrency',
      '2',
      '--json',
    ];
    return spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
  }

  /** null: the books are sound. */
  async fault(): Promise<string | null> {
    const headers = { authorization: `Bearer ${this.accounts.auditor.apiKey}` };
    const { total } = await callJson<{ total: string }>('GET', `${this.url}/v1/audit/trial-balance`, undefined, headers);
    const { rows } = await this.database.query<{ open: string; unsettled: string }>(
      `SELECT (SELECT count(*) FROM open_jobs) AS open, (SELECT count(*) FROM job_outcomes o WHERE NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reference = o.job_id AND t.kind = 5)) AS unsettled`,
    );
    const { open, unsettled } = rows[0] as { open: string; unsettled: string };
    return total === '0' && open === '0' && unsettled === '0'
      ? null
      : `the trial balance is ${total}, ${open} jobs are open, ${unsettled} final ones are not settled`;
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return callJson<T>('POST', this.url + path, body, this.headers());
  }

  private headers(more: Record<string, string> = {}): Record<string, string> {
    return {
      authorization: `Bearer ${this.accounts.developer.apiKey}`,
      'idempotency-key': randomUUID(),
      'content-type': 'application/json',
      ...more,
    };
  }

  /** Of the coordinator and of its PostgreSQL. */
  private cpuSeconds(): number {
    return serverCpuSeconds(join(this.home, 'postgres')) + processCpuSeconds(this.child.pid as number);
  }
}
