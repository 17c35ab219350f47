/** Drives the floor: in batches of 100/50/50, and with one job a request from 64 callers. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { callJson } from './http-client.js';
import { runFor } from './window.js';

interface FloorLease {
  job: string;
  token: string;
}

export class Floor {
  private constructor(
    private readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(databaseUrl: string, port: number): Promise<Floor> {
    const child = fork(fileURLToPath(new URL('./floor-server.js', import.meta.url)), {
      env: { ...process.env, FLOOR_DATABASE_URL: databaseUrl, FLOOR_PORT: String(port) },
    });
    await new Promise<void>((resolve, reject) =>
      child.once('message', () => resolve()).once('exit', () => reject(new Error('the floor ended'))),
    );
    return new Floor(`http://127.0.0.1:${port}`, child);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  /** Settled jobs a second. */
  async batched(ms: number): Promise<number> {
    let settled = 0;
    let backlog = 0;
    const inputs = Array.from({ length: 100 }, (_, n) => n);
    const submit = async (): Promise<void> => {
      if (backlog > 2_000) return pause();
      backlog += inputs.length;
      await callJson('POST', `${this.url}/submit`, { inputs });
    };
    const serve = async (): Promise<void> => {
      const done = await this.serveOnce(50);
      if (done === 0) return pause();
      settled += done;
      backlog -= done;
    };
    const seconds = await runFor(ms, [submit, submit, serve, serve, serve, serve]);
    return settled / seconds;
  }

  async single(ms: number): Promise<number> {
    let settled = 0;
    let waiting = 0;
    const submit = async (): Promise<void> => {
      if (waiting > 256) return pause();
      waiting += 1;
      await callJson('POST', `${this.url}/submit`, { inputs: [1] });
    };
    const serve = async (): Promise<void> => {
      const done = await this.serveOnce(50);
      if (done === 0) return pause();
      settled += done;
      waiting -= done;
    };
    const seconds = await runFor(ms, [...Array.from({ length: 64 }, () => submit), serve, serve]);
    return settled / seconds;
  }

  private async serveOnce(slots: number): Promise<number> {
    const { leases } = await callJson<{ leases: FloorLease[] }>('POST', `${this.url}/lease`, { slots });
    if (leases.length === 0) return 0;
    const results = leases.map(({ job, token }) => ({ job, token, output: 'NDI=' }));
    return (await callJson<{ settled: number }>('POST', `${this.url}/report`, { results })).settled;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
