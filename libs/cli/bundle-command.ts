import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CommandContext, withExamples } from './command-frame.js';
import { readFunctionFile } from './function-file.js';
import { UsageError } from './render-error.js';

interface BundleFlags {
  output?: string;
  minify?: boolean;
}

export function addBundleCommand(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('bundle <file>')
    .description('make one JavaScript module of a function, as deploy and run do')
    .option('-o, --output <file>', 'write it there (default: standard output)')
    .option('--minify', 'make it small')
    .action(async (file: string, { output, minify }: BundleFlags) => {
      const { abi, code } = await readFunctionFile(file, { minify }, terminal);
      if (abi !== 'js') throw new UsageError(`${file} is one module already`);
      if (output === undefined) return terminal.outBytes(code);
      await writeFile(resolve(terminal.directory, output), code);
      terminal.err(`${output}: ${code.length} bytes`);
    });
  withExamples(command, 'potluck bundle main.ts -o main.js', 'potluck bundle main.ts --minify | wc -c');
}
