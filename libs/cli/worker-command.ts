import { availableParallelism, homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { productionPolicy } from '#libs/policy/policy.js';
import { isUnprotected } from '#libs/worker/same-origin.js';
import type { WorkerEnd } from '#libs/worker/worker.js';
import { type CommandContext, withExamples } from './command-frame.js';
import { coordinatorUrl } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { UsageError } from './render-error.js';
import { stopOnSignals } from './stop-on-signals.js';
import type { Terminal } from './terminal.js';
import { WorkerConsole } from './worker-console.js';

interface WorkerFlags {
  url?: string;
  enrol?: string;
  name?: string;
  concurrency?: string;
  region?: string;
  state?: string;
  logKey?: string;
  json?: boolean;
  verbose?: boolean;
}

export function addWorkerCommand(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('worker')
    .description('serve: run other people’s functions in a sandbox and earn credits')
    .option('--url <url>', 'the coordinator (or POTLUCK_URL)')
    .option('--enrol <token>', 'the token of `potluck enrol`; needed once (or POTLUCK_ENROL)')
    .option('--name <name>', "the node's name (default: this machine's)")
    .option('--concurrency <n>', 'functions run at once (default: one less than there are cores)')
    .option('--region <region>', 'narrow the region that your address shows')
    .option('--state <directory>', 'where its key is kept (default: ~/.potluck/worker)')
    .option(
      '--log-key <vkey>',
      "the key of the grid's public log, where you know it (or POTLUCK_LOG_KEY_TRUSTED; default: the first one shown)",
    )
    .option('--json', 'print one JSON object per event')
    .option('--verbose', 'a line for each task')
    .action(async (flags: WorkerFlags) => context.exitWith(await serve(flags, terminal)));
  withExamples(
    command,
    'potluck worker --url https://grid.example.org --enrol TOKEN --name "my laptop"',
    'potluck worker --url https://grid.example.org',
    'potluck worker --concurrency 2 --state ./second-node --enrol "$(potluck enrol --as volunteer:2)"',
  ).addHelpText('after', `\n${FOOTNOTE}`);
}

const FOOTNOTE = `The key stays on this machine, in a file that only you can read; no API key is needed here.
Ctrl-C finishes what runs (5 s), delivers it and gives the rest back; a second Ctrl-C stops at once.
It keeps the last checkpoint of the grid's public log that it verified, and stops when history was changed since.
Exit codes: 0 stopped as asked, 2 wrong use, 3 refused, 4 no coordinator, 5 this worker is too old,
6 the log forked: do not let a service manager restart it (docs/auditing.md).`;

async function serve(flags: WorkerFlags, terminal: Terminal): Promise<ExitCode> {
  const url = coordinatorUrl(flags, terminal);
  const threads = threadsOf(flags);
  const { json = false, verbose = false, region } = flags;
  const console = new WorkerConsole({ terminal, price: productionPolicy.price, json, verbose });
  if (isUnprotected(url)) terminal.err(`Warning: ${url} is not encrypted; anyone on the way can read the work. Use https.`);
  // Loaded here, because no other command needs the sandbox.
  const { Volunteer } = await import('#libs/worker/volunteer.js');
  const signals = stopOnSignals();
  const preparing = Volunteer.prepare({
    url,
    threads,
    region,
    enrolment: flags.enrol ?? (terminal.env.POTLUCK_ENROL || undefined),
    name: flags.name ?? hostname(),
    logKey: flags.logKey ?? (terminal.env.POTLUCK_LOG_KEY_TRUSTED || undefined),
    stateDirectory: resolve(terminal.directory, flags.state ?? join(homedir(), '.potluck', 'worker')),
    fetch: terminal.fetch,
    onEvent: (event) => console.onEvent(event),
    onWaiting: (detail) => console.waiting(detail),
    signal: signals.signal,
  });
  const volunteer = await preparing.catch((error) => {
    // Ctrl-C while it waited for the coordinator: nothing has begun, so there is nothing to say.
    if (signals.signal.aborted) return undefined;
    throw error;
  });
  if (volunteer === undefined) return exitCodes.ok;
  console.started({ node: volunteer.node, containment: volunteer.containment, url, threads });
  signals.onStop(() => volunteer.stop());
  const end = await volunteer.run();
  signals.release();
  console.stopped(end);
  return exitCodeOf(end);
}

function threadsOf({ concurrency }: WorkerFlags): number {
  const { maxThreads } = productionPolicy.reputation;
  if (concurrency === undefined) return Math.min(maxThreads, Math.max(1, availableParallelism() - 1));
  const threads = wholeNumber('--concurrency', concurrency);
  if (threads < 1 || threads > maxThreads) throw new UsageError(`--concurrency must be 1 to ${maxThreads}, not ${concurrency}`);
  return threads;
}

function exitCodeOf({ reason }: WorkerEnd): ExitCode {
  if (reason === 'asked') return exitCodes.ok;
  if (reason === 'log_forked') return exitCodes.logForked;
  return reason === 'protocol_too_old' ? exitCodes.tooOld : exitCodes.refused;
}
