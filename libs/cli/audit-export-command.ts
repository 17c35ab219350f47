import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type CommandContext, type CommonFlags, withConnection, withExamples } from './command-frame.js';
import { connect } from './connection.js';
import { wholeNumber } from './deploy-command.js';
import { ExportBooks } from './export-books.js';
import { ExportDirectory } from './export-directory.js';
import { ProgressLine } from './progress-line.js';
import { UsageError } from './render-error.js';
import { groupDigits } from './render-text.js';

interface ExportFlags extends CommonFlags {
  from?: string;
  to?: string;
  format: 'ndjson' | 'journal';
  filesOf: string;
}

const MAX_FILE = 100_000;

export function addExportCommand(audit: Command, { terminal }: CommandContext): void {
  const command = audit
    .command('export <directory>')
    .description('copy the books into a directory: journal, leaf hashes, signed checkpoint; go on where a run was cut')
    .option('--from <time>', 'only from this moment or UTC day (a part proves less, see docs/auditing.md)')
    .option('--to <time>', 'only before this moment, or with this UTC day')
    .addOption(
      new Option('--format <format>', 'journal: text files for hledger and ledger too')
        .choices(['ndjson', 'journal'])
        .default('ndjson'),
    )
    .option('--files-of <n>', `transfers a file, at most ${groupDigits(MAX_FILE)}`, String(MAX_FILE))
    .action(async (path: string, flags: ExportFlags) => {
      const filesOf = wholeNumber('--files-of', flags.filesOf);
      if (filesOf < 1 || filesOf > MAX_FILE)
        throw new UsageError(`--files-of must be 1 to ${groupDigits(MAX_FILE)}, not ${flags.filesOf}`);
      const say = flags.json ? () => {} : (text: string) => terminal.err(text);
      const directory = new ExportDirectory(resolve(terminal.directory, path));
      const manifest = await new ExportBooks({
        client: connect(flags, terminal, 'auditor'),
        directory,
        wish: { from: flags.from ?? null, to: flags.to ?? null, wantsText: flags.format === 'journal', filesOf },
        progress: new ProgressLine(say),
        say,
      }).run();
      const { treeSize, files, texts } = manifest;
      const transfers = files.reduce((sum, file) => sum + file.transfers, 0);
      if (flags.json)
        return terminal.out(
          JSON.stringify({ directory: directory.path, treeSize, transfers, files: files.length, texts: texts.length }),
        );
      terminal.out(`${groupDigits(transfers)} transfers of a log of ${groupDigits(treeSize)} leaves, in ${directory.path}`);
      terminal.err(`Check it: potluck audit verify ${path} --log-key VKEY`);
    });
  withExamples(
    withConnection(command),
    'potluck audit export books',
    'potluck audit export books --format journal && hledger -f books/journal/000001.journal check',
    'potluck audit export november --from 2026-11-01 --to 2026-11-30',
  ).addHelpText('after', '\nRun it again on the same directory to go on after a cut, or to add what the log has grown since.');
}
