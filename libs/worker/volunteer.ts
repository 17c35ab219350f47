/**
 * The daemon shell: a state directory with the node's key, the registration, the sandbox's executor and the core, put together.
 * This process holds the key and does the network; guests run in the executor's child process, which has neither.
 */
import type { Containment } from '#libs/sandbox/containment.js';
import { Executor } from '#libs/sandbox/node/executor.js';
import { runtimeIds } from '#libs/sandbox/runtime-id.js';
import { createSigner } from '#libs/signing/ed25519-node.js';
import { logNameOf } from '#libs/transparency/log-name.js';
import { parseVerifierKey, type VerifierKey } from '#libs/transparency/verifier-key.js';
import { JoinError } from './join-errors.js';
import { type JoinedNode, type JoinOptions, joinGrid } from './join-grid.js';
import { LogFile } from './log-file.js';
import { makeStateDirectory } from './node-key.js';
import { lockState, type StateLock } from './state-lock.js';
import { Worker, type WorkerEnd } from './worker.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface VolunteerOptions extends JoinOptions {
  /** Guests running at once. */
  threads: number;
  /** The verifier key of the grid's log, where the volunteer knows it. */
  logKey?: string;
  onEvent: OnWorkerEvent;
}

export class Volunteer {
  private constructor(
    readonly node: JoinedNode,
    /** The walls between a guest and this machine: those that are up, and those that are not. */
    readonly containment: Containment,
    private readonly worker: Worker,
    private readonly executor: Executor,
    private readonly lock: StateLock,
  ) {}

  /** Throws a JoinError when this machine cannot be a node. */
  static async prepare(options: VolunteerOptions): Promise<Volunteer> {
    // Before a token is used up: a key that nobody can read helps no one.
    const logKey = options.logKey === undefined ? undefined : readLogKey(options.logKey);
    await makeStateDirectory(options.stateDirectory);
    const lock = await lockState(options.stateDirectory);
    try {
      const node = await joinGrid(options);
      if (logKey !== undefined) refuseOtherLogsKey(logKey, node.origin);
      const logMemory = new LogFile(options.stateDirectory);
      await logMemory.read(logNameOf(node.origin));
      const executor = await Executor.start({ threads: options.threads });
      const { url, threads, onEvent, fetch } = options;
      const { origin, nodeId, secretKey } = node;
      const execute = executor.run.bind(executor);
      const worker = new Worker({
        url,
        origin,
        nodeId,
        secretKey,
        sign: createSigner(secretKey),
        runtimes: runtimeIds,
        threads,
        execute,
        logMemory,
        ...(options.logKey === undefined ? {} : { logKey: options.logKey }),
        onEvent,
        fetch,
      });
      return new Volunteer(node, executor.containment, worker, executor, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Serves until `stop`, then leaves gracefully. */
  async run(): Promise<WorkerEnd> {
    try {
      return await this.worker.run();
    } finally {
      await this.executor.stop();
      await this.lock.release();
    }
  }

  stop(): void {
    this.worker.stop();
  }
}

function readLogKey(text: string): VerifierKey {
  const reading = parseVerifierKey(text);
  if (reading.state === 'valid') return reading.key;
  const form = 'grid.example.org/v1/log+1f2e3d4c+AX…, as GET /v1/log/keys shows it';
  throw new JoinError('log_key_invalid', `--log-key must be a verifier key like ${form}: ${reading.detail}`);
}

function refuseOtherLogsKey(key: VerifierKey, origin: string): void {
  const log = logNameOf(origin);
  if (key.name === log) return;
  throw new JoinError('log_key_invalid', `--log-key is a key of the log ${key.name}; this grid's log is ${log}`);
}
