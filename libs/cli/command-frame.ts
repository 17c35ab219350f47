/** What all commands share: the connection's options, `--json`, examples under `--help`. */
import { type Command, Option } from 'commander';
import type { ConnectionFlags } from './connection.js';
import type { ExitCode } from './exit-codes.js';
import type { Terminal } from './terminal.js';

export interface CommonFlags extends ConnectionFlags {
  json?: boolean;
}

/** Where a command leaves its exit code. */
export interface CommandContext {
  terminal: Terminal;
  exitWith(code: ExitCode): void;
}

export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'the coordinator (or POTLUCK_URL)')
    .option('--api-key <key>', 'your API key (or POTLUCK_API_KEY)')
    .addOption(new Option('--as <account>', 'whose key of the local demo: developer, volunteer[:n], auditor, operator'))
    .option('--json', 'print one JSON object');
}

export function withExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
}
