/** A call's input from the command line: a JSON value, as the client sends it, or bytes as they are. */
import type { Command } from 'commander';
import { productionPolicy } from '#libs/policy/policy.js';
import { readBytesValue, readJsonValue } from './read-value.js';
import { UsageError } from './render-error.js';
import type { Terminal } from './terminal.js';

export interface InputFlags {
  input?: string;
  inputFile?: string;
  binary?: boolean;
  contentType?: string;
}

const TYPES = ['application/json', 'application/octet-stream'] as const;

export interface CallInput {
  input: Uint8Array;
  contentType: (typeof TYPES)[number];
}

export function withInputOptions(command: Command): Command {
  return command
    .option('--input <json>', 'the same as the argument: JSON, @file, or - for standard input (default: null)')
    .option('--input-file <file>', 'the same as --input @file')
    .option('--binary', 'the input is bytes, not JSON')
    .option('--content-type <type>', `${TYPES[0]} or, the same as --binary, ${TYPES[1]}`);
}

export async function readInput(given: string | undefined, flags: InputFlags, terminal: Terminal): Promise<CallInput> {
  const named = [given, flags.input, flags.inputFile === undefined ? undefined : `@${flags.inputFile}`];
  const [text = 'null', second] = named.filter((one): one is string => one !== undefined);
  if (second !== undefined) throw new UsageError('Give the input once: as an argument, with --input or with --input-file');
  const contentType = typeOf(flags);
  const input =
    contentType === 'application/json'
      ? new TextEncoder().encode(JSON.stringify(await readJsonValue('--input', text, terminal)))
      : await readBytesValue('--input', text, terminal);
  const { inputBytes } = productionPolicy.execution;
  if (input.length > inputBytes) throw new UsageError(`The input has ${input.length} bytes, it may have ${inputBytes}`);
  return { input, contentType };
}

function typeOf({ binary, contentType }: InputFlags): CallInput['contentType'] {
  const byDefault = binary ? TYPES[1] : TYPES[0];
  const type = TYPES.find((known) => known === (contentType ?? byDefault));
  if (type === undefined || (binary && type !== TYPES[1]))
    throw new UsageError(`--content-type must be ${TYPES.join(' or ')}${binary ? ', the latter with --binary' : ''}`);
  return type;
}
