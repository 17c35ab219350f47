/** `potluck audit adjust|approve|reject|adjustments`: corrections by hand, each with a reason and the approvals that the policy asks for. */
import type { Command } from 'commander';
import type { Adjustment } from '#libs/client/audit-types.js';
import { collect } from './collect.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { readMicroCredits } from './read-credits.js';
import { UsageError } from './render-error.js';
import { credits, facts, table } from './render-text.js';

interface AdjustFlags extends CommonFlags {
  leg: string[];
  reverses?: string;
  reason: string;
}

export function addAdjustCommands(audit: Command, context: CommandContext): void {
  addAdjust(audit, context);
  addDecision(audit, context, 'approve', 'approve an adjustment; the last approval posts it');
  addDecision(audit, context, 'reject', 'reject an adjustment that waits, or withdraw your own');
  addAdjustments(audit, context);
}

function addAdjust(audit: Command, { terminal }: CommandContext): void {
  const command = audit
    .command('adjust')
    .description('propose to move credits by hand, or to undo a transfer')
    .option('--leg <balance=amount>', 'what a balance gains or, with a minus, loses; at least two, which sum to 0', gather, [])
    .option('--reverses <transfer>', 'undo this transfer, whole and once, instead of --leg')
    .requiredOption('--reason <text>', 'why; stands in the books for ever')
    .action(async (flags: AdjustFlags) => {
      const { leg, reverses, reason } = flags;
      if (leg.length > 0 === (reverses !== undefined)) throw new UsageError('Give either --leg, twice or more, or --reverses.');
      const what = reverses === undefined ? { legs: leg.map(readLeg) } : { reverses };
      const adjustment = await connect(flags, terminal, 'operator').audit.proposeAdjustment({ reason, ...what });
      terminal.out(flags.json ? JSON.stringify(adjustment) : renderAdjustment(adjustment));
    });
  withExamples(
    withConnection(command),
    'potluck audit adjust --leg commons=-0.25CR --leg acct_01j…:available=0.25CR --reason "refund of ticket 71"',
    'potluck audit adjust --reverses 1042 --reason "granted twice"',
  );
}

const gather = (value: string, values: string[]): string[] => [...values, value];

function readLeg(text: string): { balance: string; amount: string } {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new UsageError(`--leg must be balance=amount, as commons=-250000 or acct_…:available=0.25CR, not ${text}`);
  return { balance: text.slice(0, at), amount: readMicroCredits('--leg', text.slice(at + 1)) };
}

function addDecision(audit: Command, { terminal }: CommandContext, verb: 'approve' | 'reject', description: string): void {
  const command = audit
    .command(`${verb} <adjustment>`)
    .description(description)
    .action(async (id: string, flags: CommonFlags) => {
      const { audit: client } = connect(flags, terminal, 'operator');
      const adjustment = await (verb === 'approve' ? client.approveAdjustment(id) : client.rejectAdjustment(id));
      terminal.out(flags.json ? JSON.stringify(adjustment) : renderAdjustment(adjustment));
    });
  withExamples(withConnection(command), `potluck audit ${verb} adj_01j…`, `potluck audit ${verb} adj_01j… --json`);
}

function addAdjustments(audit: Command, { terminal }: CommandContext): void {
  const command = audit
    .command('adjustments')
    .description('list adjustments and reversals, newest first')
    .option('--limit <n>', 'at most this many', '20')
    .action(async (flags: CommonFlags & { limit: string }) => {
      const limit = wholeNumber('--limit', flags.limit);
      const data = await collect(connect(flags, terminal, 'auditor').audit.adjustments(), limit);
      if (flags.json) return terminal.out(JSON.stringify({ data }));
      if (data.length === 0) return terminal.out('No adjustments.');
      terminal.out(table(['ADJUSTMENT', 'KIND', 'STATE', 'APPROVALS', 'PROPOSED', 'REASON'], data.map(row)));
    });
  withExamples(withConnection(command), 'potluck audit adjustments', 'potluck audit adjustments --limit 100 --json');
}

const row = ({ id, kind, state, approvals, approvalsNeeded, proposedAt, reason }: Adjustment): string[] => [
  id,
  kind,
  state,
  `${approvals.length} of ${approvalsNeeded}`,
  proposedAt,
  reason,
];

function renderAdjustment(adjustment: Adjustment): string {
  const { id, kind, state, reason, legs, reverses, approvals, approvalsNeeded, transferId, expiresAt } = adjustment;
  return facts([
    [kind, id],
    ['state', transferId === undefined ? state : `${state} as transfer ${transferId}`],
    ['reason', reason],
    ['reverses', reverses],
    ...(legs ?? []).map(({ balance, amount }): [string, string] => ['leg', `${balance}  ${credits(amount)}`]),
    ['approvals', `${approvals.length} of ${approvalsNeeded}`],
    ['expires', state === 'waiting' ? expiresAt : undefined],
    ['next', state === 'waiting' ? `potluck audit approve ${id}` : undefined],
  ]);
}
