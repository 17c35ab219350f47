import type { Command } from 'commander';
import type { Invocation, InvokeOptions } from '#libs/client/invocation.js';
import { parseAssurance } from './assurance.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { exitCodes } from './exit-codes.js';
import { readBytesValue, readJsonValue } from './read-value.js';
import { credits, groupDigits } from './render-text.js';
import type { Terminal } from './terminal.js';

interface InvokeFlags extends CommonFlags {
  input?: string;
  binary?: boolean;
  async?: boolean;
  assurance?: string;
  version?: string;
  fuelLimit?: string;
  maxCharge?: string;
  deadlineMs?: string;
  regions?: string;
  near?: string;
  ownNodesOnly?: boolean;
}

export function addInvokeCommand(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('invoke <name> [input]')
    .description('run a function and print its verified output')
    .option('--input <json>', 'the same as the argument: JSON, @file, or - for standard input (default: null)')
    .option('--binary', 'send the input as bytes, not as JSON')
    .option('--async', 'do not wait: print the job')
    .option('--assurance <level>', 'fast, standard, high, strict, or a probability such as 0.995')
    .option('--version <digest>', 'a certain version (default: the current one)')
    .option('--fuel-limit <fuel>', 'stop it at this much fuel')
    .option('--max-charge <micro>', 'refuse if it could cost more micro-credits')
    .option('--deadline-ms <ms>', 'give up if nobody has begun by then')
    .option('--regions <list>', 'only nodes in these regions, for example eu,us')
    .option('--near <region>', 'prefer nodes in this region')
    .option('--own-nodes-only', 'run on your own nodes: free, checked by nobody else')
    .action(async (name: string, given: string | undefined, flags: InvokeFlags) => {
      const client = connect(flags, terminal);
      const input = await inputOf(flags.input ?? given ?? 'null', flags, terminal);
      const options = invokeOptions(flags);
      if (flags.async) return printJob((await client.invokeAsync(name, input, options)).jobId, flags, terminal);
      const invocation = await client.invoke(name, input, options);
      printInvocation(invocation, flags, terminal);
      context.exitWith(invocation.status === 'succeeded' ? exitCodes.ok : exitCodes.failed);
    });
  withExamples(
    withConnection(command),
    `potluck invoke primes '{"below": 100}'`,
    'potluck invoke resize --binary @photo.raw > small.raw',
    'potluck invoke primes @numbers.json --assurance high --json',
    `potluck invoke primes '{"below": 100000}' --async`,
  ).addHelpText('after', '\nThe input is readable by the strangers who run it: send no secrets.');
}

const inputOf = (text: string, flags: InvokeFlags, terminal: Terminal): Promise<unknown> =>
  flags.binary ? readBytesValue('--input', text, terminal) : readJsonValue('--input', text, terminal);

function invokeOptions(flags: InvokeFlags): InvokeOptions {
  const { version, fuelLimit, maxCharge, deadlineMs, regions, near, ownNodesOnly } = flags;
  return {
    version,
    assurance: flags.assurance === undefined ? undefined : parseAssurance(flags.assurance),
    placement: { regions: regions?.split(','), near, ownNodesOnly },
    fuelLimit: fuelLimit === undefined ? undefined : String(wholeNumber('--fuel-limit', fuelLimit)),
    maxCharge: maxCharge === undefined ? undefined : String(wholeNumber('--max-charge', maxCharge)),
    deadlineMs: deadlineMs === undefined ? undefined : wholeNumber('--deadline-ms', deadlineMs),
  };
}

function printJob(jobId: string, flags: InvokeFlags, terminal: Terminal): void {
  if (flags.json) {
    terminal.out(JSON.stringify({ jobId }));
    return;
  }
  terminal.out(jobId);
  terminal.err(`Follow it with: potluck job ${jobId} --wait`);
}

/** The output alone on standard output, so that it can be piped; the facts beside it on standard error. */
function printInvocation(invocation: Invocation, flags: InvokeFlags, terminal: Terminal): void {
  if (flags.json) {
    terminal.out(JSON.stringify(invocation, bytesAsBase64));
    return;
  }
  if (invocation.status === 'succeeded') printOutput(invocation.output, terminal);
  else terminal.err(`The function failed: ${invocation.error.message} (${invocation.error.kind})`);
  const { jobId, executions, fuel, charged } = invocation;
  const count = `${executions} execution${executions === 1 ? '' : 's'}`;
  terminal.err(`${jobId} · ${count} · ${fuel === null ? '–' : groupDigits(fuel)} fuel · ${credits(charged)}`);
}

function printOutput(output: unknown, terminal: Terminal): void {
  if (output instanceof Uint8Array) {
    terminal.outBytes(output);
    return;
  }
  terminal.out(JSON.stringify(output, null, terminal.isInteractive ? 2 : undefined));
}

const bytesAsBase64 = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
