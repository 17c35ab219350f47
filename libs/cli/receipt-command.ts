/** `potluck receipt`: fetches a job's proof, and checks one offline with nothing but the file and the log's key. */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { type ReceiptVerdict, verifyReceipt } from '#libs/signing/verify-receipt.js';
import { parseVerifierKey, type VerifierKey } from '#libs/transparency/verifier-key.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { exitCodes } from './exit-codes.js';
import { receiptLines } from './receipt-lines.js';
import { UsageError } from './render-error.js';
import type { Terminal } from './terminal.js';

interface FetchFlags extends CommonFlags {
  out?: string;
  revision?: string;
}

interface VerifyFlags {
  logKey: string[];
  json?: boolean;
}

// A receipt is some 4 kB.
const MAX_BYTES = 1_048_576;

export function addReceiptCommand(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const receipt = program
    .command('receipt')
    .argument('[job]')
    .description('fetch the portable proof of a settled job, or check one offline')
    .enablePositionalOptions()
    .option('--out <file>', 'write it there instead of to standard output')
    .option('--revision <n>', '1: the settlement (default); 2: the correction of a result that was proven wrong')
    .action(async (jobId: string | undefined, flags: FetchFlags) => fetchReceipt(jobId, flags, terminal));
  withExamples(
    withConnection(receipt),
    'potluck receipt job_01j… --out receipt.json',
    'potluck receipt verify receipt.json --log-key grid.example.org/v1/log+1f2e3d4c+AX…',
  );
  const verify = receipt
    .command('verify <file>')
    .description('check a receipt with nothing but itself and the log’s key; no network is used')
    .option('--log-key <vkey>', 'a key of the log that you trust (or POTLUCK_LOG_KEY_TRUSTED); again for more', gather, [])
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: VerifyFlags) => {
      const verdict = verifyReceipt(await readReceiptFile(file, terminal), {
        keys: trustedKeys(flags, terminal),
        verify: verifyBy,
      });
      terminal.out(flags.json ? JSON.stringify(shown(verdict)) : receiptLines(verdict).join('\n'));
      if (verdict.state === 'refused') context.exitWith(exitCodes.failed);
    });
  verify.addHelpText('after', `\n${FOOTNOTE}`);
}

const FOOTNOTE = `The log's keys are at GET /v1/log/keys. A receipt does not name its key, for it could name any: take the key from where
the operator publishes it, or from the log.json of a worker that has followed this log.
Exit codes: 0 valid, 1 not valid, 2 wrong use.`;

async function fetchReceipt(jobId: string | undefined, flags: FetchFlags, terminal: Terminal): Promise<void> {
  if (jobId === undefined) throw new UsageError('Which job? potluck receipt JOB, or: potluck receipt verify FILE');
  const revision = flags.revision === undefined ? undefined : wholeNumber('--revision', flags.revision);
  const receipt = await connect(flags, terminal).waitForReceipt(jobId, { revision });
  if (flags.out === undefined) return terminal.out(JSON.stringify(receipt, null, flags.json ? undefined : 2));
  await writeFile(resolve(terminal.directory, flags.out), `${JSON.stringify(receipt, null, 2)}\n`).catch((error: Error) => {
    throw new UsageError(`Cannot write ${flags.out}: ${error.message}`);
  });
  if (flags.json) return terminal.out(JSON.stringify({ jobId: receipt.jobId, file: flags.out }));
  terminal.out(`${flags.out}: the receipt of ${receipt.jobId}`);
  terminal.err(`Check it, also without this grid: potluck receipt verify ${flags.out} --log-key KEY (see GET /v1/log/keys)`);
}

async function readReceiptFile(file: string, terminal: Terminal): Promise<unknown> {
  const path = resolve(terminal.directory, file);
  const bytes = await (file === '-' ? terminal.readStdin() : readFile(path)).catch((error: Error) => {
    throw new UsageError(`Cannot read ${file}: ${error.message}`);
  });
  if (bytes.length > MAX_BYTES) throw new UsageError(`${file} is no receipt: it has ${bytes.length} bytes`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new UsageError(`${file} is no receipt: it is not JSON in UTF-8 (${(error as Error).message})`);
  }
}

function trustedKeys({ logKey }: VerifyFlags, { env }: Terminal): VerifierKey[] {
  const given = logKey.length > 0 ? logKey : (env.POTLUCK_LOG_KEY_TRUSTED ?? '').split(/\s+/).filter((text) => text !== '');
  if (given.length === 0) {
    throw new UsageError('Which key of the log do you trust? Give --log-key NAME+HASH+KEY, as GET /v1/log/keys shows it.');
  }
  return given.map((text) => {
    const reading = parseVerifierKey(text);
    if (reading.state === 'valid') return reading.key;
    throw new UsageError(`--log-key ${text.slice(0, 80)}: ${reading.detail}`);
  });
}

const gather = (value: string, values: string[]): string[] => [...values, value];
const verifyBy = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean =>
  createVerifier(Buffer.from(publicKey))(bytes, signature);

function shown(verdict: ReceiptVerdict): object {
  if (verdict.state === 'refused') return verdict;
  const { state, receipt, nodes, checks, transfer } = verdict;
  const { jobId, outcome, outputDigest, fuel, charged } = receipt;
  return {
    state,
    jobId,
    outcome,
    outputDigest,
    fuel,
    charged,
    nodes,
    transferId: transfer.id,
    settledAt: transfer.createdAt,
    checks,
  };
}
