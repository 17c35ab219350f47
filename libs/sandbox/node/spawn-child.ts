/** Starts the executor's child process with as little as it can live with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { CompiledPlace } from './compiled-file.js';
import type { Walls } from './walls.js';

// Only messages pass through this process's own heap; guests live in the threads' engines.
const HEAP_MIB = 256;
export const CHILD_MAIN = 'node/executor-child.js';

/** `main`: the program to start, below the sandbox's folder. */
export function spawnChild(walls: Walls, main = CHILD_MAIN): ChildProcess {
  const [file, ...args] = [...walls.command, ...permissions(walls), join(walls.directory, main)];
  return spawn(file as string, args, {
    cwd: '/',
    // Nothing of the agent's: what is not given cannot be read. Node.js adds the channel's number, and the child takes it out again.
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function permissions({ directory, root }: CompiledPlace): string[] {
  // The module loader looks for the package's type on the way up from the code.
  const packages = ['package.json', join('dist', 'package.json'), join('dist', 'libs', 'package.json')];
  const readable = [join(directory, '*'), ...packages.map((path) => join(root, path))];
  return [
    process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
    '--allow-worker',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${HEAP_MIB}`,
    '--no-warnings',
  ];
}
