/**
 * bubblewrap, where it can be used (Linux, user namespaces): the executor child then lives in a file system that holds Node.js, the
 * libraries it is linked with and the sandbox's code, without a network, without a view of any other process. It is found by trying:
 * in many containers it is installed and may not make a namespace.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledPlace } from './compiled-file.js';
import type { Wall } from './walls.js';

/** Not by PATH: whoever could set that would choose the wall. */
const PLACES = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap', '/run/current-system/sw/bin/bwrap'];
/** nobody, by the numbers of most systems. Inside there is no other user. */
const NOBODY = '65534';

/** How Node.js is started behind it, or why it cannot be. Whether the system lets it is another question: walls.ts tries. */
export function bubblewrapWall(code: CompiledPlace): Wall | { why: string } {
  if (process.platform !== 'linux') return { why: 'it exists for Linux only' };
  const program = PLACES.find((place) => existsSync(place));
  if (program === undefined) return { why: 'not installed; most systems call the package bubblewrap' };
  return wallOf(program, sharedLibraries(), code);
}

function wallOf(program: string, libraries: string[], { directory, root }: CompiledPlace): Wall {
  const seen = { directory: '/code/sandbox', root: '/code' };
  const files: [string, string][] = [
    ...libraries.map((path): [string, string] => [path, path]),
    [realpathSync(process.execPath), '/node'],
    [join(root, 'package.json'), join(seen.root, 'package.json')],
    [directory, seen.directory],
  ];
  const command = [
    program,
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    ...['--cap-drop', 'ALL', '--uid', NOBODY, '--gid', NOBODY, '--hostname', 'sandbox'],
    ...files.flatMap(([from, to]) => ['--ro-bind', from, to]),
    // Where libraries are not in the places the loader knows by itself.
    ...['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    // The memory watch reads its own size there; of other processes it shows nothing.
    ...['--proc', '/proc'],
    ...['--remount-ro', '/', '--chdir', seen.root],
    ...['--', '/node'],
  ];
  return { command, ...seen };
}

/** The libraries that Node.js itself is linked with, from the process that runs it: no need to show a whole /usr/lib. */
function sharedLibraries(): string[] {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // Or it would ask the resolver for the names of this process' connections.
  report.excludeNetwork = true;
  const { sharedObjects } = report.getReport() as { sharedObjects?: string[] };
  const own = /\/(ld|ld-linux.*|ld-musl.*|lib[^/]+)\.so[^/]*$/;
  return (sharedObjects ?? []).filter((path) => path.startsWith('/') && own.test(path) && existsSync(path));
}
