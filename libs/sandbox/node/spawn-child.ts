/** Starts the executor's child process with as little as it can live with. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { compiledPlace } from './compiled-file.js';

// Only messages pass through this process's own heap; guests live in the threads' engines.
const HEAP_MIB = 256;

export function spawnChild(): ChildProcess {
  const { directory, root } = compiledPlace();
  // The module loader looks for the package's type on the way up from the code.
  const readable = [
    join(directory, '*'),
    join(root, 'package.json'),
    join(root, 'dist', 'package.json'),
    join(root, 'dist', 'libs', 'package.json'),
  ];
  const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  return fork(join(directory, 'node', 'executor-child.js'), [], {
    cwd: directory,
    env: {},
    execArgv: [
      permission,
      '--allow-worker',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--max-old-space-size=${HEAP_MIB}`,
      '--no-warnings',
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
