import type { Command } from 'commander';
import type { Estimate } from '#libs/client/api-types.js';
import { parseAssurance } from './assurance.js';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { exitCodes } from './exit-codes.js';
import { type InputFlags, readInput, withInputOptions } from './read-input.js';
import { credits, facts, groupDigits } from './render-text.js';

interface EstimateFlags extends CommonFlags, InputFlags {
  assurance?: string;
  version?: string;
  fuelLimit?: string;
}

export function addEstimateCommand(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('estimate <name> [input]')
    .description('tell what a job with this input would cost, by running it once in the referee, free')
    .option('--assurance <level>', 'fast, standard, high, strict, or a probability such as 0.995')
    .option('--version <digest>', 'a certain version (default: the current one)')
    .option('--fuel-limit <fuel>', 'the fuel limit that the job would have')
    .action(async (name: string, given: string | undefined, flags: EstimateFlags) => {
      const client = connect(flags, terminal);
      const { input, contentType } = await readInput(given, flags, terminal);
      const estimate = await client.estimate(name, {
        input: contentType === 'application/json' ? JSON.parse(new TextDecoder().decode(input)) : input,
        assurance: flags.assurance === undefined ? undefined : parseAssurance(flags.assurance),
        version: flags.version,
        fuelLimit: flags.fuelLimit === undefined ? undefined : String(wholeNumber('--fuel-limit', flags.fuelLimit)),
      });
      terminal.out(flags.json ? JSON.stringify(estimate) : render(estimate));
      context.exitWith(estimate.outcome === 'ok' ? exitCodes.ok : exitCodes.failed);
    });
  withExamples(
    withConnection(withInputOptions(command)),
    `potluck estimate primes '{"below": 100}'`,
    'potluck estimate word-count --binary @text.txt --assurance high --json',
  );
}

function render({ outcome, fuel, outputBytes, unit, charge, hold, executions }: Estimate): string {
  return facts([
    ['outcome', outcome],
    ['fuel', groupDigits(fuel)],
    ['output', `${groupDigits(outputBytes)} bytes`],
    ['unit', credits(unit)],
    ['charge', credits(charge)],
    ['hold', credits(hold)],
    ['executions', `${executions} on average`],
  ]);
}
