import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import type { DeployBody, DeployedVersion } from '#libs/client/api-types.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { type FunctionFlags, readFunctionFile, withFunctionOptions } from './function-file.js';
import { readJsonValue } from './read-value.js';
import { UsageError } from './render-error.js';
import { facts } from './render-text.js';
import type { Terminal } from './terminal.js';

interface DeployFlags extends CommonFlags, FunctionFlags {
  name?: string;
  description?: string;
  sampleInput?: string;
  fuelLimit?: string;
  memoryBytes?: string;
  maxOutputBytes?: string;
}

export function addDeployCommand(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('deploy <file>')
    .description('deploy a function: JavaScript or TypeScript with a default export, or a WebAssembly module')
    .option('--name <name>', "the function's name (default: the file's)")
    .option('--description <text>', 'what it does')
    .option('--sample-input <json>', 'an input to try it with; JSON, @file or -')
    .option('--fuel-limit <fuel>', 'most fuel of one invocation')
    .option('--memory-bytes <bytes>', 'most memory of one invocation')
    .option('--max-output-bytes <bytes>', 'largest output')
    .action(async (file: string, flags: DeployFlags) => {
      const client = connect(flags, terminal);
      const body = await deployBody(file, flags, terminal);
      const { created, version } = await client.deploy(body);
      if (flags.json) return terminal.out(JSON.stringify({ created, ...version }));
      terminal.out(renderDeployed(body.name, created, version));
    });
  withExamples(
    withConnection(withFunctionOptions(command)),
    'potluck deploy primes.js',
    'potluck deploy src/resize.ts --fuel-limit 200000000',
    'potluck deploy build/word-count.wasm --name count',
    `potluck deploy double.js --sample-input '21' --json`,
  ).addHelpText('after', '\nThe code is readable by the strangers who run it: put no secrets into it.');
}

function renderDeployed(name: string, created: boolean, deployed: DeployedVersion): string {
  const digest = deployed.version ?? deployed.codeDigest;
  const headline = created ? `Deployed ${name}` : `${name} has this code already; nothing changed`;
  return `${headline}\n${facts([
    ['version', typeof digest === 'string' ? digest : undefined],
    ['runtime', deployed.runtimeId],
    ['try it', `potluck invoke ${name} --input '…'`],
  ])}`;
}

async function deployBody(file: string, flags: DeployFlags, terminal: Terminal): Promise<DeployBody> {
  const { abi, code } = await readFunctionFile(file, flags, terminal);
  const sampleInput =
    flags.sampleInput === undefined ? {} : { sampleInput: await readJsonValue('--sample-input', flags.sampleInput, terminal) };
  const shared = { name: flags.name ?? nameFromFile(file), description: flags.description, ...sampleInput, ...limitsOf(flags) };
  if (abi === 'js') return { ...shared, runtime: 'js', source: new TextDecoder('utf-8', { ignoreBOM: true }).decode(code) };
  return { ...shared, runtime: 'wasm', module: Buffer.from(code).toString('base64'), abi };
}

function limitsOf(flags: DeployFlags): Pick<DeployBody, 'limits'> {
  const { fuelLimit, memoryBytes, maxOutputBytes } = flags;
  if (fuelLimit === undefined && memoryBytes === undefined && maxOutputBytes === undefined) return {};
  return {
    limits: {
      fuelLimit: fuelLimit === undefined ? undefined : String(wholeNumber('--fuel-limit', fuelLimit)),
      memoryBytes: memoryBytes === undefined ? undefined : wholeNumber('--memory-bytes', memoryBytes),
      maxOutputBytes: maxOutputBytes === undefined ? undefined : wholeNumber('--max-output-bytes', maxOutputBytes),
    },
  };
}

/** `1000000` or `1_000_000`. */
export function wholeNumber(flag: string, text: string): number {
  const digits = text.replaceAll(/[_,]/g, '');
  if (!/^\d{1,15}$/.test(digits)) throw new UsageError(`${flag} must be a whole number, not ${text}`);
  return Number(digits);
}

/** `build/My Thing.js` → `my-thing`. */
export function nameFromFile(file: string): string {
  const stem = basename(file, extname(file)).toLowerCase();
  const name = stem.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  if (name === '') throw new UsageError(`Cannot make a function's name of ${file}: give --name`);
  return name;
}
