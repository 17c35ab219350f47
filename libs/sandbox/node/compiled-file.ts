/** Child processes and threads always run compiled files, also when this process itself runs from TypeScript. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CompiledPlace {
  /** The folder of the compiled sandbox: all that runs with a guest is in it. */
  directory: string;
  /** The package's root, with its package.json. */
  root: string;
}

/** `<root>/dist/libs/sandbox`, whether this file is below it or is `<root>/libs/sandbox/node/*.ts`. */
export function compiledPlace(): CompiledPlace {
  const own = realpathSync(fileURLToPath(import.meta.url));
  const directory = dirname(dirname(own));
  const libs = dirname(directory);
  if (own.endsWith('.ts')) {
    const root = dirname(libs);
    return { directory: join(root, 'dist', 'libs', 'sandbox'), root };
  }
  const parent = dirname(libs);
  return { directory, root: basename(parent) === 'dist' ? resolve(parent, '..') : parent };
}
