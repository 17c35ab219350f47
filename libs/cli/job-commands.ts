import { type Command, Option } from 'commander';
import type { Job, JobFilter, JobStatus, JobTask } from '#libs/client/api-types.js';
import { isFinal } from '#libs/client/invocation.js';
import { collect } from './collect.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { exitCodes } from './exit-codes.js';
import { credits, facts, groupDigits, table } from './render-text.js';

interface JobFlags extends CommonFlags {
  wait?: boolean;
  tasks?: boolean;
  cancel?: boolean;
}

interface JobsFlags extends CommonFlags {
  status?: JobStatus;
  function?: string;
  limit: string;
}

const statuses: JobStatus[] = ['queued', 'running', 'verifying', 'succeeded', 'failed', 'timed_out', 'cancelled'];

export function addJobCommands(program: Command, context: CommandContext): void {
  addJob(program, context);
  addJobs(program, context);
}

function addJob(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('job <id>')
    .description('show a job: its state, output, price')
    .option('--wait', 'until it has ended')
    .option('--tasks', 'who ran it and what each of them returned (after settlement)')
    .option('--cancel', 'cancel it, if nobody has begun')
    .action(async (id: string, flags: JobFlags) => {
      const client = connect(flags, terminal);
      if (flags.cancel) await client.cancelJob(id);
      const job = flags.wait ? await client.waitForJob(id) : await client.job(id);
      const tasks = flags.tasks ? await collect(client.tasks(id)) : undefined;
      if (flags.json) terminal.out(JSON.stringify(tasks === undefined ? job : { ...job, tasks }));
      else terminal.out([renderJob(job), ...(tasks === undefined ? [] : [renderTasks(tasks)])].join('\n\n'));
      if (isFinal(job) && job.status !== 'succeeded' && !flags.cancel) context.exitWith(exitCodes.failed);
    });
  withExamples(
    withConnection(command),
    'potluck job job_01j… --wait',
    'potluck job job_01j… --tasks',
    'potluck job job_01j… --cancel',
  );
}

function addJobs(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('jobs')
    .description('list your jobs, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
    .option('--function <name>', 'only of this function')
    .option('--limit <n>', 'at most this many', '20')
    .action(async (flags: JobsFlags) => {
      const client = connect(flags, terminal);
      const filter: JobFilter = { status: flags.status, function: flags.function };
      const jobs = await collect(client.jobs(filter), wholeNumber('--limit', flags.limit));
      if (flags.json) return terminal.out(JSON.stringify({ data: jobs }));
      if (jobs.length === 0) return terminal.out('No jobs.');
      terminal.out(table(['JOB', 'FUNCTION', 'STATUS', 'CHARGED', 'CREATED'], jobs.map(jobRow)));
    });
  withExamples(
    withConnection(command),
    'potluck jobs',
    'potluck jobs --status failed --function primes --limit 100',
    'potluck jobs --json',
  );
}

const jobRow = (job: Job): string[] => [job.id, job.function, job.status, credits(job.charged), job.createdAt];

function renderJob(job: Job): string {
  return facts([
    ['job', job.id],
    ['function', job.function],
    ['status', job.selfExecuted ? `${job.status} (on your own nodes)` : job.status],
    ['queue', job.queue ? `position ${job.queue.position}` : undefined],
    ['output', job.output === undefined || job.output === null ? undefined : JSON.stringify(job.output)],
    ['output', job.outputBase64 === undefined ? undefined : `${job.outputBase64} (base64)`],
    ['error', job.error ? `${job.error.message} (${job.error.kind})` : undefined],
    ['fuel', job.fuel ? groupDigits(job.fuel) : undefined],
    ['held', isFinal(job) ? undefined : credits(job.hold)],
    ['charged', isFinal(job) ? credits(job.charged) : undefined],
    ['executions', String(job.executions)],
    ['assurance', `${job.assurance}${job.credibility ? `, reached ${job.credibility}` : ''}`],
    ['created', job.createdAt],
    ['finished', job.finishedAt ?? undefined],
  ]);
}

function renderTasks(tasks: JobTask[]): string {
  const rows = tasks.map(({ taskId, nodeId, referee, outcome, fuel, runMs, verdict }) => [
    taskId,
    referee ? 'the referee' : (nodeId ?? '–'),
    outcome,
    fuel ? groupDigits(fuel) : '–',
    runMs === null || runMs === undefined ? '–' : `${runMs} ms`,
    verdict ?? '–',
  ]);
  return table(['TASK', 'NODE', 'OUTCOME', 'FUEL', 'TIME', 'VERDICT'], rows);
}
