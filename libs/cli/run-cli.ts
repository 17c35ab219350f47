/** The `potluck` command: what it was asked, done, and the exit code. Knows nothing of the process, so that tests can run it. */
import { Command, CommanderError } from 'commander';
import { addAccountCommands } from './account-commands.js';
import { addAuditCommands } from './audit-commands.js';
import { addBundleCommand } from './bundle-command.js';
import type { CommandContext } from './command-frame.js';
import { addDeployCommand } from './deploy-command.js';
import { addEstimateCommand } from './estimate-command.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { addInvokeCommand } from './invoke-command.js';
import { addJobCommands } from './job-commands.js';
import { addReceiptCommand } from './receipt-command.js';
import { renderError } from './render-error.js';
import { addRunCommand } from './run-command.js';
import type { Terminal } from './terminal.js';
import { addWorkerCommand } from './worker-command.js';

const ENVIRONMENT = `
Environment:
  POTLUCK_URL      the coordinator
  POTLUCK_API_KEY  your API key
  POTLUCK_ENROL    an enrolment token, for the worker
  POTLUCK_LOG_KEY_TRUSTED  the key of the public log that you trust, for the worker and for receipts
Where \`npm start\` has made .potluck/demo.json, everything works without them.

Exit codes: 0 ok, 1 the function or job failed, 2 wrong use, 3 the coordinator refused, 4 no coordinator answered,
7 this machine could not run the function.`;

export async function runCli(args: string[], terminal: Terminal, version = '0.1.0'): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const context: CommandContext = {
    terminal,
    exitWith: (code) => {
      exitCode = code;
    },
  };
  try {
    await buildProgram(context, version).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return printError(error, args, terminal);
  }
  return exitCode;
}

function buildProgram(context: CommandContext, version: string): Command {
  const { terminal } = context;
  const program = new Command('potluck')
    .description('A public volunteer cloud for serverless functions: submit X, serve Y.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: (text) => terminal.err(text.trimEnd()) })
    .addHelpText('after', ENVIRONMENT);
  addWorkerCommand(program, context);
  addRunCommand(program, context);
  addBundleCommand(program, context);
  addDeployCommand(program, context);
  addEstimateCommand(program, context);
  addInvokeCommand(program, context);
  addJobCommands(program, context);
  addReceiptCommand(program, context);
  addAccountCommands(program, context);
  addAuditCommands(program, context);
  return program;
}

function printError(error: unknown, args: string[], terminal: Terminal): ExitCode {
  const { text, json, exitCode } = renderError(error);
  if (args.includes('--json')) terminal.out(JSON.stringify(json));
  else terminal.err(text);
  return exitCode;
}
