/**
 * As if WebAssembly itself had failed: an attacker's code runs in the executor child, under the child's own start arguments. Which
 * wall stops what, with bubblewrap and without, and by it alone. docs/threat-model.md shows the same table.
 *
 * Needs: bwrap, prlimit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledPlace } from '../../libs/sandbox/node/compiled-file.js';
import { spawnChild } from '../../libs/sandbox/node/spawn-child.js';
import { findWalls, type Walls } from '../../libs/sandbox/node/walls.js';

const MIB = 1_048_576;
const MEMORY_BYTES = 150 * MIB;

type Tried = { worked: string } | { stopped: string };
type Said = { type: 'tried'; name: string; outcome: Tried } | { type: 'serving'; port: number } | { type: 'done' };

/** Attempts that nothing but bubblewrap stops in every Node.js we support. */
const ONLY_BUBBLEWRAP = [
  'read the agent’s key by a thread without permissions',
  'signal the agent',
  'connect to the machine itself',
  'connect by a socket file',
  'fetch over HTTP',
  'send a datagram to the network',
  'see a network',
  'learn the machine’s name',
  'serve on a port of the machine',
  'connect by internals',
];
/** What bubblewrap alone lets through: harmless inside it, and the permission model's to stop. */
const ONLY_PERMISSIONS = ['list the root', 'start another Node.js', 'load native code'];

describe('an attacker in the executor child', () => {
  let directory: string;
  let servers: Server[];
  let port: number;
  const keyOf = () => join(directory, 'agent', 'node-key.json');
  const socketOf = () => join(directory, 'agent', 'socket');

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'potluck-attack-'));
    mkdirSync(join(directory, 'place', 'sandbox'), { recursive: true });
    mkdirSync(join(directory, 'agent'), { mode: 0o700 });
    writeFileSync(keyOf(), 'the key', { mode: 0o600 });
    writeFileSync(join(directory, 'place', 'package.json'), '{"type":"module"}');
    const sandbox = join(directory, 'place', 'sandbox');
    for (const name of ['attacker.mjs', 'attacker-child.mjs', 'attacker-thread.mjs'])
      cpSync(fileURLToPath(new URL(`./${name}`, import.meta.url)), join(sandbox, name));
    cpSync(join(compiledPlace().directory, 'node', 'close-thread.js'), join(sandbox, 'close-thread.js'));
    const answer = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n';
    servers = [0, socketOf()].map((at) => createServer((socket) => socket.on('error', () => {}).end(answer)).listen(at));
    await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
    port = (servers[0]!.address() as { port: number }).port;
    process.env.POTLUCK_TEST_SECRET = 'secret';
  });
  afterAll(() => {
    delete process.env.POTLUCK_TEST_SECRET;
    for (const server of servers) server.close();
    rmSync(directory, { recursive: true });
  });

  const wallsOf = (bubblewrap: boolean): Promise<Walls> =>
    findWalls({
      memoryBytes: MEMORY_BYTES,
      bubblewrap,
      place: { directory: join(directory, 'place', 'sandbox'), root: join(directory, 'place') },
    });

  async function attack(child: ChildProcess, walls: Walls, inThread = false): Promise<Record<string, Tried>> {
    const tried: Record<string, Tried> = {};
    let complaint = '';
    child.stderr?.on('data', (text) => {
      complaint += text;
    });
    const over = new Promise<void>((resolve) => {
      child.on('close', resolve);
      child.on('message', (said: Said) => {
        if (said.type === 'tried') tried[said.name] = said.outcome;
        else if (said.type === 'done') resolve();
        else void isSeen(said.port).then((seen) => child.send({ type: 'seen', seen }));
      });
    });
    const { root } = walls;
    child.send({
      type: 'attack',
      inThread,
      key: keyOf(),
      socket: socketOf(),
      code: join(root, 'sandbox'),
      agent: process.pid,
      port,
      name: hostname(),
      memoryBytes: MEMORY_BYTES,
    });
    await over;
    child.kill('SIGKILL');
    // An allocator that finds no more memory may end its process: stopped as well. It comes last, so that no other can end so.
    const isLast = Object.keys(tried).length === documented.length - 1;
    if (isLast) tried['take more memory than the child may have'] ??= { stopped: `the child ended: ${complaint.split('\n')[0]}` };
    expect(Object.keys(tried).sort()).toEqual(documented.map(({ name }) => name).sort());
    return tried;
  }

  const worked = (tried: Record<string, Tried>): string[] =>
    Object.entries(tried)
      .filter(([, outcome]) => 'worked' in outcome)
      .map(([name]) => name);

  it('gets nowhere behind all walls', async () => {
    const walls = await wallsOf(true);
    expect(walls.containment).toEqual({ layers: ['kernel limits', 'bubblewrap'], missing: [] });
    const tried = await attack(spawnChild(walls, 'attacker-child.mjs'), walls);
    expect(worked(tried)).toEqual([]);
    expect(documented.filter(({ both }) => both !== 'stopped')).toEqual([]);
  });

  it('without bubblewrap has the network, and by another thread what the permission model forbids', async () => {
    const walls = await wallsOf(false);
    const tried = await attack(spawnChild(walls, 'attacker-child.mjs'), walls);
    expect(worked(tried).filter((name) => !ONLY_BUBBLEWRAP.includes(name))).toEqual([]);
    expect(tried['read the agent’s key']).toEqual({ stopped: 'ERR_ACCESS_DENIED' });
    expect(tried['start a shell']).toEqual({ stopped: 'ERR_ACCESS_DENIED' });
    expect(documented.filter(({ child }) => child === 'works').map(({ name }) => name)).toEqual(ONLY_BUBBLEWRAP);
  });

  it('without bubblewrap gets nowhere from a guest’s thread by JavaScript', async () => {
    const walls = await wallsOf(false);
    const tried = await attack(spawnChild(walls, 'attacker-child.mjs'), walls, true);
    expect(worked(tried)).toEqual([]);
    expect(documented.filter(({ thread }) => thread !== 'stopped')).toEqual([]);
  });

  it('behind bubblewrap alone finds nothing to read, to start or to talk to', async () => {
    const walls = await wallsOf(true);
    const [file = '', ...args] = [...walls.command, '--no-warnings', join(walls.directory, 'attacker-child.mjs')];
    const child = spawn(file, args, { env: {}, serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const tried = await attack(child, walls);
    expect(worked(tried)).toEqual(ONLY_PERMISSIONS);
    expect(documented.filter(({ bubblewrap }) => bubblewrap === 'works').map(({ name }) => name)).toEqual(ONLY_PERMISSIONS);
  });

  it('is the one that an unprotected Node.js would let do all of it', async () => {
    const walls = await wallsOf(false);
    const child = spawn(process.execPath, ['--no-warnings', join(walls.directory, 'attacker-child.mjs')], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const tried = await attack(child, walls);
    expect(Object.entries(tried).filter(([, outcome]) => 'stopped' in outcome)).toEqual([]);
  });
});

/** Rows of the docs' table: | attempt | all walls | no bubblewrap, child | no bubblewrap, guest's thread | bubblewrap alone |. */
const documented = (
  readFileSync(new URL('../../docs/threat-model.md', import.meta.url), 'utf8').split('## If the sandbox itself were broken')[1] ??
  ''
)
  .split('\n')
  .filter((line) => /^\| .* \| (stopped|works) \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, name, both, child, thread, bubblewrap]) => ({ name, both, child, thread, bubblewrap }));

function isSeen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
