/** `potluck audit …`: what an operator changes, each with its reason in the books. */
import type { Command } from 'commander';
import type { Freeze } from '#libs/client/audit-types.js';
import { addAdjustCommands } from './adjust-commands.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { readMicroCredits } from './read-credits.js';
import { credits } from './render-text.js';

export function addAuditChanges(audit: Command, context: CommandContext): void {
  addAdjustCommands(audit, context);
  addFreeze(audit, context, 'freeze', 'refuse an account’s debits, except settle, release and slash');
  addFreeze(audit, context, 'unfreeze', 'let a frozen account’s credits move again');
  addGrant(audit, context);
}

function addFreeze(audit: Command, { terminal }: CommandContext, verb: 'freeze' | 'unfreeze', description: string): void {
  const command = audit
    .command(`${verb} <account>`)
    .description(description)
    .requiredOption('--reason <text>', 'why; kept for ever, shown to the owner and to auditors')
    .action(async (account: string, flags: CommonFlags & { reason: string }) => {
      const { audit: client } = connect(flags, terminal, 'operator');
      const freeze = await client[verb](account, flags.reason);
      terminal.out(flags.json ? JSON.stringify(freeze) : renderFreeze(freeze));
    });
  withExamples(
    withConnection(command),
    `potluck audit ${verb} acct_01j… --reason "case 71: ${verb === 'freeze' ? 'chargeback under investigation' : 'closed'}"`,
    `potluck audit ${verb} acct_01j… --reason "case 71" --json`,
  );
}

const renderFreeze = ({ accountId, frozen, by, at }: Freeze): string =>
  `${accountId} is ${frozen ? 'frozen' : 'free'}, by ${by} at ${at}`;

function addGrant(audit: Command, { terminal }: CommandContext): void {
  const command = audit
    .command('grant <to> <amount>')
    .description('issue new credits to an account, to commons or to insurance; public in the journal of issuance')
    .requiredOption('--reason <text>', 'why; stands in the books for everyone')
    .action(async (to: string, text: string, flags: CommonFlags & { reason: string }) => {
      const amount = readMicroCredits('amount', text);
      const grant = await connect(flags, terminal, 'operator').audit.grant({ to, amount, reason: flags.reason });
      if (flags.json) return terminal.out(JSON.stringify(grant));
      terminal.out(`Granted ${credits(grant.amount)} to ${grant.to}: ${grant.reason}`);
    });
  withExamples(
    withConnection(command),
    'potluck audit grant acct_01j… 25CR --reason "prize of the November hackathon"',
    'potluck audit grant commons 1000000 --reason "a credit, in micro-credits"',
  );
}
