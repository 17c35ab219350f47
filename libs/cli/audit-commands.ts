/** `potluck audit …`: what an auditor reads. */
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import type { TrialBalance } from '#libs/client/api-types.js';
import type { IntegrityReport, StatementFormat } from '#libs/client/audit-types.js';
import { formatFixedCredits } from '#libs/credits/credits.js';
import { addAuditChanges } from './audit-changes.js';
import { addExportCommand } from './audit-export-command.js';
import { addVerifyCommand } from './audit-verify-command.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { exitCodes } from './exit-codes.js';
import { UsageError } from './render-error.js';
import { table } from './render-text.js';

export function addAuditCommands(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('read, export and check the books (docs/auditing.md)');
  addTrialBalance(audit, context);
  addStatement(audit, context);
  addIntegrity(audit, context);
  addExportCommand(audit, context);
  addVerifyCommand(audit, context);
  addAuditChanges(audit, context);
}

function addTrialBalance(audit: Command, { terminal }: CommandContext): void {
  const command = audit
    .command('trial-balance')
    .description('all balances at a moment; they sum to 0')
    .option('--at <time>', 'as of this moment (RFC 3339), or the end of this UTC day; now by default')
    .action(async (flags: CommonFlags & { at?: string }) => {
      const trial = await connect(flags, terminal, 'auditor').audit.trialBalance({ at: flags.at });
      terminal.out(flags.json ? JSON.stringify(trial) : renderTrialBalance(trial));
    });
  withExamples(
    withConnection(command),
    'potluck audit trial-balance',
    'potluck audit trial-balance --at 2026-11-30',
    'potluck audit trial-balance --at 2026-11-23T12:00:00.000Z --json',
  );
}

export function renderTrialBalance({ at, treeSize, balances, total }: TrialBalance): string {
  const lines = [...balances.map(({ name, balance }) => [name, balance]), ['total', total]];
  const amounts = lines.map(([, micro]) => formatFixedCredits(micro as string));
  const width = Math.max(...amounts.map(({ length }) => length));
  const rows = lines.map(([name], at) => `${(amounts[at] as string).padStart(width)} CR  ${name}`);
  return [...rows, `As of ${at}, ${treeSize ?? '?'} transfers.`].join('\n');
}

interface StatementFlags extends CommonFlags {
  from?: string;
  to?: string;
  format: StatementFormat;
  out?: string;
  account?: string;
}

function addStatement(audit: Command, { terminal }: CommandContext): void {
  const command = audit
    .command('statement')
    .description('an account’s statement: opening balances, every entry, closing balances')
    .option('--from <time>', 'from this moment or UTC day; the first of this month by default')
    .option('--to <time>', 'before this moment, or with this UTC day; now by default')
    .addOption(
      new Option('--format <format>', 'json, csv or journal (for hledger and ledger)')
        .choices(['json', 'csv', 'journal'])
        .default('json'),
    )
    .option('--out <file>', 'write it here, not to standard output')
    .option('--account <id>', 'of this account (takes an auditor’s key); your own by default')
    .action(async (flags: StatementFlags) => {
      if (flags.json && flags.format !== 'json')
        throw new UsageError('--json and --format contradict each other: leave one out.');
      const client = connect(flags, terminal, flags.account === undefined ? 'developer' : 'auditor');
      const { from, to, format, account: accountId } = flags;
      const { body } = await client.audit.statement({ from, to, format, accountId });
      if (flags.out === undefined) {
        for await (const chunk of Readable.fromWeb(body as never)) terminal.outBytes(chunk as Uint8Array);
        return;
      }
      const path = resolve(terminal.directory, flags.out);
      await pipeline(Readable.fromWeb(body as never), createWriteStream(path)).catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(`--out: cannot write ${path} (${error.code ?? error.message})`);
      });
      terminal.err(`Written to ${path}`);
    });
  withExamples(
    withConnection(command),
    'potluck audit statement',
    'potluck audit statement --from 2026-11-01 --to 2026-11-30 --format csv --out november.csv',
    'potluck audit statement --account acct_01j… --format journal | hledger -f - balance',
  );
}

function addIntegrity(audit: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = audit
    .command('integrity')
    .description('the laws of the books, I1 to I15, as last checked; exits 1 where one is broken')
    .option('--full', 'check the whole history now, which takes a while on large books')
    .action(async (flags: CommonFlags & { full?: boolean }) => {
      const report = await connect(flags, terminal, 'auditor').audit.integrity({ full: flags.full });
      terminal.out(flags.json ? JSON.stringify(report) : renderIntegrity(report));
      if (!report.ok) context.exitWith(exitCodes.failed);
    });
  withExamples(
    withConnection(command),
    'potluck audit integrity',
    'potluck audit integrity --full',
    'potluck audit integrity --json',
  ).addHelpText('after', '\nWhat each law says: docs/auditing.md');
}

export function renderIntegrity({ ok, checkedAt, invariants }: IntegrityReport): string {
  const rows = invariants.map(({ id, ok, range, detail }) => [id, ok ? 'holds' : 'BROKEN', range, detail ?? '']);
  return `${table(['LAW', 'STATE', 'RANGE', ''], rows)}\n${ok ? 'All laws hold' : 'The books are broken'}, checked ${checkedAt}.`;
}
