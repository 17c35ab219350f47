import type { Command } from 'commander';
import type { VolunteerNode } from '#libs/client/api-types.js';
import { collect } from './collect.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect, coordinatorUrl } from './connection.js';
import { UsageError } from './render-error.js';
import { credits, facts, table } from './render-text.js';

export function addAccountCommands(program: Command, context: CommandContext): void {
  addBalance(program, context);
  addEnrol(program, context);
  addNodes(program, context);
}

function addBalance(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('balance')
    .description('show your credits: available, held for open jobs, at stake')
    .action(async (flags: CommonFlags) => {
      const balances = await connect(flags, terminal).balances();
      if (flags.json) return terminal.out(JSON.stringify(balances));
      const { available, held, stake } = balances;
      const rows: [string, string][] = [
        ['available', credits(available)],
        ['held', `${credits(held)} for open jobs`],
        ['stake', `${credits(stake)} of earnings not released yet`],
      ];
      terminal.out(facts(rows));
    });
  withExamples(withConnection(command), 'potluck balance', 'potluck balance --as volunteer:2', 'potluck balance --json');
}

function addEnrol(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('enrol')
    .description('make a single-use token by which a machine becomes a node of your account')
    .action(async (flags: CommonFlags) => {
      const enrolment = await connect(flags, terminal, 'volunteer').createEnrolment();
      if (flags.json) return terminal.out(JSON.stringify(enrolment));
      if (enrolment.token === null) throw new UsageError('The token got lost on its way and is shown only once. Run this again.');
      terminal.out(enrolment.token);
      terminal.err(`Good until ${enrolment.expiresAt}. On the machine that serves:`);
      terminal.err(`  potluck worker --url ${coordinatorUrl(flags, terminal)} --enrol ${enrolment.token}`);
    });
  withExamples(
    withConnection(command),
    'potluck enrol',
    'potluck worker --enrol "$(potluck enrol)"',
    'potluck enrol --as volunteer:2 --json',
  );
}

function addNodes(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('nodes')
    .description('list the nodes of your account')
    .action(async (flags: CommonFlags) => {
      const nodes = await collect(connect(flags, terminal, 'volunteer').nodes());
      if (flags.json) return terminal.out(JSON.stringify({ data: nodes }));
      if (nodes.length === 0) return terminal.out('No nodes. Make one with: potluck enrol');
      terminal.out(table(['NODE', 'NAME', 'STAGE', 'CREDIBILITY', 'LAST SEEN'], nodes.map(nodeRow)));
    });
  withExamples(withConnection(command), 'potluck nodes', 'potluck nodes --as volunteer:3', 'potluck nodes --json');
}

const nodeRow = ({ id, name, stage, credibility, lastSeenAt }: VolunteerNode): string[] => [
  id,
  name,
  stage,
  credibility === null || credibility === undefined ? '–' : credibility.toFixed(4),
  lastSeenAt ?? 'never',
];
