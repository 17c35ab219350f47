import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Fault } from '#libs/transparency/export/fault.js';
import { type OlderRoot, type VerifyReport, verifyExport } from '#libs/transparency/export/verify-export.js';
import { parseVerifierKey, type VerifierKey } from '#libs/transparency/verifier-key.js';
import { type CommandContext, withExamples } from './command-frame.js';
import { exitCodes } from './exit-codes.js';
import { verifySignature } from './export-checkpoint.js';
import { ExportDirectory } from './export-directory.js';
import { readOlderRoots } from './older-roots.js';
import { ProgressLine } from './progress-line.js';
import { readBytesValue } from './read-value.js';
import { UsageError } from './render-error.js';
import { groupDigits } from './render-text.js';
import type { Terminal } from './terminal.js';

interface VerifyFlags {
  logKey?: string[];
  checkpoint?: string[];
  json?: boolean;
}

export function addVerifyCommand(audit: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = audit
    .command('verify <directory>')
    .description('check an export offline, on its files alone; exits 1 where it does not hold, and names the first bad leaf')
    .option('--log-key <vkey...>', 'the log’s key, got from elsewhere than the export: name+hash+base64, or @file')
    .option('--checkpoint <file...>', 'checkpoints that someone kept: signed notes, or a worker’s log.json')
    .option('--json', 'print one JSON object')
    .action(async (path: string, flags: VerifyFlags) => {
      const say = flags.json ? () => {} : (text: string) => terminal.err(text);
      const trustedKeys = await keysOf(flags.logKey ?? [], terminal);
      const older: OlderRoot[] = [];
      for (const file of flags.checkpoint ?? []) older.push(...(await readOlderRoots(file, terminal)));
      const progress = new ProgressLine(say);
      progress.begin('transfers', 0);
      const report = await verifyExport(new ExportDirectory(resolve(terminal.directory, path)), {
        verify: verifySignature,
        trustedKeys,
        older,
        onProgress: ({ transfers, total }) => progress.set(transfers, total),
      });
      terminal.out(flags.json ? JSON.stringify(report) : renderReport(report));
      if (!report.ok) context.exitWith(exitCodes.failed);
    });
  withExamples(
    command,
    'potluck audit verify books --log-key "grid.example.org/v1/log+0a1b2c3d+AY…"',
    'potluck audit verify books --log-key @log.vkey --checkpoint ~/.potluck/worker/log.json',
    'potluck audit verify books --checkpoint last-year/checkpoint --json',
  ).addHelpText('after', '\nNeeds no network and no API key. What it proves and what it cannot: docs/auditing.md');
}

async function keysOf(texts: string[], terminal: Terminal): Promise<VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const text of texts) {
    const bytes = await readBytesValue('--log-key', text, terminal);
    for (const vkey of new TextDecoder()
      .decode(bytes)
      .split('\n')
      .filter((line) => line.trim() !== '')) {
      const reading = parseVerifierKey(vkey.trim());
      if (reading.state === 'refused')
        throw new UsageError(`--log-key: ${vkey.slice(0, 80)} is no verifier key: ${reading.detail}`);
      keys.push(reading.key);
    }
  }
  return keys;
}

export function renderReport(report: VerifyReport): string {
  const lines: string[] = [];
  if (report.ok)
    lines.push(
      `VERIFIED  ${groupDigits(report.transfers)} transfers, ${groupDigits(report.balances)} balances, ${report.files} files`,
    );
  else lines.push(`REFUSED   ${report.verdict}: ${report.faults[0]?.detail ?? ''}`);
  if (report.checkpointSize !== null) {
    lines.push(
      `          log ${report.keyName ?? '(unsigned)'}, ${groupDigits(report.checkpointSize)} leaves, root ${report.root}`,
    );
  }
  if (report.firstBadLeaf !== null) lines.push('', 'First bad leaf', ...faultLines(report.firstBadLeaf));
  if (report.faultCount > 0) {
    lines.push(
      '',
      `Faults (${groupDigits(report.faultCount)}${report.faultCount > report.faults.length ? `, ${report.faults.length} shown` : ''})`,
    );
    lines.push(...report.faults.map((fault) => `  ${fault.code}  ${placeOf(fault)}${fault.detail}`));
  }
  if (report.warnings.length > 0) lines.push('', 'Warnings', ...report.warnings.map((text) => `  ${text}`));
  if (report.proven.length > 0) lines.push('', 'Proven', ...report.proven.map((text) => `  ${text}`));
  lines.push('', 'Not proven', ...report.unproven.map((text) => `  ${text}`));
  return lines.join('\n');
}

function faultLines({ index, transferId, file, line, differs, detail }: Fault): string[] {
  const where = file === undefined ? '' : `, ${file}${line === undefined ? '' : ` line ${line}`}`;
  const transfer = transferId === undefined ? '' : `, transfer ${transferId}`;
  return [
    `  leaf ${index}${transfer}${where}`,
    ...(differs === undefined ? [] : [`  differs: ${differs.join(', ')}`]),
    `  ${detail}`,
  ];
}

function placeOf({ file, line, index }: Fault): string {
  const at = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`} `;
  return index === undefined ? at : `${at}leaf ${index} `;
}
