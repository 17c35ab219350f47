import type { Command } from 'commander';
import { unitPrice } from '#libs/credits/price.js';
import { productionPolicy } from '#libs/policy/policy.js';
import type { Execution, ExecutionResult } from '#libs/sandbox/execution.js';
import { outputType } from '#libs/sandbox/output-type.js';
import { runtimeIdOf } from '#libs/sandbox/runtime-id.js';
import { wallLimitMs } from '#libs/sandbox/wall-limit.js';
import { formatDigest, sha256 } from '#libs/signing/digest.js';
import { type CommandContext, withExamples } from './command-frame.js';
import { nameFromFile, wholeNumber } from './deploy-command.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { type FunctionFlags, readFunctionFile, withFunctionOptions } from './function-file.js';
import { type InputFlags, readInput, withInputOptions } from './read-input.js';
import { UsageError } from './render-error.js';
import { credits, groupDigits } from './render-text.js';
import type { Terminal } from './terminal.js';

interface RunFlags extends FunctionFlags, InputFlags {
  fuelLimit?: string;
  memoryBytes?: string;
  maxOutputBytes?: string;
  now?: string;
  seed?: string;
  json?: boolean;
}

/** Long enough for any fuel limit, short enough for one to notice a hang. */
const WALL_MAX_MS = 600_000;
/** Nobody's job; as long as a job's, so that a context costs what it will cost. */
const JOB_ID = 'job_00000000000000000000000000';
const SEED = '0'.repeat(32);

export function addRunCommand(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('run <file> [input]')
    .description('run a function here, in the same sandbox as on the grid, and tell what it would cost')
    .option('--fuel-limit <fuel>', 'stop it at this much fuel')
    .option('--memory-bytes <bytes>', 'most memory')
    .option('--max-output-bytes <bytes>', 'largest output')
    .option('--now <time>', 'what its clock says, RFC 3339 (default: the present)')
    .option('--seed <hex>', 'what its random numbers come from (default: zeros)')
    .option('--json', 'print one JSON object')
    .action(async (file: string, given: string | undefined, flags: RunFlags) => {
      const execution = await executionOf(file, given, flags, terminal);
      const result = await executed(file, execution);
      if (flags.json) terminal.out(JSON.stringify(asJson(execution, result)));
      else print(execution, result, terminal);
      context.exitWith(exitCodeOf(result));
    });
  withExamples(
    withInputOptions(withFunctionOptions(command)),
    `potluck run primes.ts '{"below": 100}'`,
    'potluck run resize.js --binary @photo.raw > small.raw',
    'potluck run word-count.wasm --binary @text.txt --json',
  ).addHelpText(
    'after',
    '\nThe grid charges the same fuel for the same input, unless the function reads its context, the time or random numbers.',
  );
}

async function executionOf(file: string, given: string | undefined, flags: RunFlags, terminal: Terminal): Promise<Execution> {
  const { abi, code } = await readFunctionFile(file, flags, terminal);
  const input = await readInput(given, flags, terminal);
  const { execution: limits, scheduling } = productionPolicy;
  const number = (flag: string, text: string | undefined, most: number, fallback: number): number => {
    const value = text === undefined ? fallback : wholeNumber(flag, text);
    if (value < 1 || value > most) throw new UsageError(`${flag} must be from 1 to ${most}, not ${value}`);
    return value;
  };
  const fuelLimit = BigInt(number('--fuel-limit', flags.fuelLimit, Number(limits.fuelMax), Number(limits.fuelDefault)));
  const codeDigest = formatDigest(sha256(code));
  return {
    runtimeId: runtimeIdOf(abi),
    abi,
    code,
    codeDigest,
    ...input,
    context: {
      jobId: JOB_ID,
      now: timeOf(flags.now),
      seed: flags.seed ?? SEED,
      functionName: nameFromFile(file),
      version: codeDigest,
      fuelLimit: fuelLimit.toString(),
    },
    limits: {
      fuelLimit,
      memoryBytes: number('--memory-bytes', flags.memoryBytes, limits.memoryBytes, limits.memoryBytes),
      maxOutputBytes: number('--max-output-bytes', flags.maxOutputBytes, limits.outputBytes, limits.outputBytes),
    },
    wallMs: wallLimitMs({ fuelLimit, fuelPerSecond: scheduling.fuelPerSecond, atMostMs: WALL_MAX_MS }),
  };
}

function timeOf(text: string | undefined): string {
  const time = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(time.getTime())) throw new UsageError(`--now must be a time such as 2026-01-31T12:00:00Z, not ${text}`);
  return time.toISOString();
}

/** In a child process without rights, as at a volunteer's. What a deploy would refuse is refused here in the same words. */
async function executed(file: string, execution: Execution): Promise<ExecutionResult> {
  const { Executor } = await import('#libs/sandbox/node/executor.js');
  const executor = await Executor.start({ threads: 1 });
  try {
    const check = await executor.check(execution);
    if (!check.ok) throw new UsageError(`${file} cannot be deployed: ${check.message}`);
    return await executor.run(execution);
  } finally {
    await executor.stop();
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function unitOf({ input }: Execution, { fuel, output }: { fuel: bigint; output: Uint8Array }): bigint {
  return unitPrice({ fuel, inputBytes: input.length, outputBytes: output.length }, productionPolicy.price);
}

function isJsonOutput({ abi, contentType }: Execution, output: Uint8Array): boolean {
  const { jsonDepth, jsonNodes } = productionPolicy.execution;
  return outputType({ abi, contentType, output }, { depth: jsonDepth, nodes: jsonNodes }) === 'application/json';
}

function asJson(execution: Execution, result: ExecutionResult): object {
  const { runtimeId } = execution;
  if ('hostFailure' in result) return { hostFailure: result.hostFailure, runtimeId, runMs: Math.round(result.runMs) };
  const { outcome, output, fuel, log, runMs } = result;
  const facts = { fuel: fuel.toString(), unit: unitOf(execution, result).toString(), runtimeId, log, runMs: Math.round(runMs) };
  if (outcome !== 'ok') return { outcome, error: JSON.parse(textOf(output)), ...facts };
  if (isJsonOutput(execution, output)) return { outcome, output: JSON.parse(textOf(output)), ...facts };
  return { outcome, outputBase64: Buffer.from(output).toString('base64'), ...facts };
}

/** The output alone on standard output, so that it can be piped; the facts beside it on standard error. */
function print(execution: Execution, result: ExecutionResult, terminal: Terminal): void {
  if ('hostFailure' in result) return terminal.err(`This machine could not run the function: ${result.hostFailure}`);
  const { outcome, output, fuel, log, runMs } = result;
  if (outcome !== 'ok') terminal.err(`The function failed: ${(JSON.parse(textOf(output)) as { message: string }).message}`);
  else if (isJsonOutput(execution, output)) terminal.out(textOf(output));
  else terminal.outBytes(output);
  const unit = credits(unitOf(execution, result));
  terminal.err(`${outcome} · ${groupDigits(fuel)} fuel · unit ${unit} · ${Math.round(runMs)} ms · ${execution.runtimeId}`);
  if (log !== '') terminal.err(`log:\n${log.trimEnd()}`);
}

function exitCodeOf(result: ExecutionResult): ExitCode {
  if ('hostFailure' in result) return exitCodes.hostFailed;
  return result.outcome === 'ok' ? exitCodes.ok : exitCodes.failed;
}
