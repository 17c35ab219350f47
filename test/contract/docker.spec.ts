/** The image and the compose file, checked as texts: they name only what exists, hold no secret and give away no privilege. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const exists = (path: string): boolean => existsSync(new URL(path, ROOT));

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  networks?: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  profiles?: string[];
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
}

interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, object>;
}

/** Instructions with continuations joined and comments dropped. */
function instructionsOf(dockerfile: string): { name: string; value: string }[] {
  const joined = dockerfile.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '');
  const lines = joined.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => ({ name: line.slice(0, line.indexOf(' ')), value: line.slice(line.indexOf(' ') + 1).trim() }));
}

const instructions = instructionsOf(read('docker/Dockerfile'));
const valuesOf = (name: string): string[] => instructions.filter((one) => one.name === name).map((one) => one.value);
const compose = parse(read('docker/compose.yaml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const service = (name: string): Service => compose.services[name] as Service;
const ours = services.filter(([, { build }]) => build !== undefined);

/** `dist/x/y.js` is built from `x/y.ts`. */
const sourceOf = (built: string): string => built.replace(/^dist\//, '').replace(/\.js$/, '.ts');

describe('the image', () => {
  it('is built in one stage and run from another, both on a slim Node.js that the project supports', () => {
    const stages = valuesOf('FROM');
    expect(stages).toEqual(['node:22-bookworm-slim AS build', 'node:22-bookworm-slim']);
  });

  it('installs what the lock file names, builds, and keeps no development package', () => {
    const runs = valuesOf('RUN').join('\n');
    expect(runs).toMatch(/^npm ci /m);
    expect(runs).toMatch(/npm run build/);
    expect(runs).toMatch(/npm prune --omit=dev/);
    expect((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts.build).toBeDefined();
  });

  it('copies only files that the project has', () => {
    const copied = valuesOf('COPY').filter((value) => !value.startsWith('--from'));
    const files = copied.flatMap((value) => value.split(' ').slice(0, -1)).filter((file) => file !== '.');
    expect(files.filter((file) => !exists(file))).toEqual([]);
  });

  it('runs the compiled coordinator as an ordinary user under the production policy', () => {
    const last = instructions.findLastIndex(({ name }) => name === 'FROM');
    const final = instructions.slice(last);
    expect(final.find(({ name }) => name === 'USER')?.value).toBe('node');
    expect(final.find(({ name }) => name === 'ENV')?.value).toContain('POTLUCK_POLICY=production');
    const command = JSON.parse(final.find(({ name }) => name === 'CMD')?.value ?? '[]') as string[];
    expect(command).toEqual(['node', 'dist/src/main.js']);
    expect(exists(sourceOf('dist/src/main.js'))).toBe(true);
    expect(final.find(({ name }) => name === 'HEALTHCHECK')?.value).toContain('/livez');
  });

  it('gets from the build context nothing but what is listed, and no private folder', () => {
    const lines = read('docker/Dockerfile.dockerignore').split('\n');
    const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    expect(rules).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '**/.potluck*']));
    for (const needed of [
      'package.json',
      'package-lock.json',
      'nest-cli.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'src',
      'libs',
      'LICENSE',
    ]) {
      expect(rules).toContain(`!${needed}`);
    }
  });

  it('excludes no sources that the build compiles', () => {
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    const listed = read('docker/Dockerfile.dockerignore').split('\n');
    expect(include.filter((folder) => !listed.includes(`!${folder}`))).toEqual([]);
  });
});

describe('the compose file', () => {
  it('holds PostgreSQL, Redis, a coordinator and two workers', () => {
    expect(services.map(([name]) => name)).toEqual(['postgres', 'redis', 'coordinator', 'worker-1', 'worker-2']);
    expect(service('postgres').image).toBe('postgres:18');
    expect(service('redis').image).toBe('redis:7');
  });

  it('builds our services from the Dockerfile of this folder', () => {
    expect(ours.map(([name]) => name)).toEqual(['coordinator', 'worker-1', 'worker-2']);
    for (const [, { build }] of ours) expect(build).toEqual({ context: '..', dockerfile: 'docker/Dockerfile' });
  });

  it('gives the coordinator only variables that it reads', () => {
    const settings = read('src/settings/read-settings.ts');
    const unread = Object.keys(service('coordinator').environment ?? {}).filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(settings),
    );
    expect(unread).toEqual([]);
  });

  it('starts workers by the command, with flags and variables that it knows', () => {
    const sources = read('libs/cli/worker-command.ts') + read('libs/cli/connection.ts');
    for (const name of ['worker-1', 'worker-2']) {
      const [node, program, verb, ...flags] = service(name).command ?? [];
      expect([node, verb]).toEqual(['node', 'worker']);
      expect(exists(sourceOf(program ?? ''))).toBe(true);
      for (const flag of flags.filter((one) => one.startsWith('--'))) expect(sources).toContain(`'${flag} <`);
      for (const variable of Object.keys(service(name).environment ?? {})) expect(sources).toContain(`env.${variable}`);
    }
  });

  it('sends workers to the very origin that the coordinator calls its own', () => {
    const origin = service('coordinator').environment?.PUBLIC_ORIGIN;
    for (const name of ['worker-1', 'worker-2']) expect(service(name).environment?.POTLUCK_URL).toBe(origin);
  });

  it('keeps each worker’s key in a volume of its own and its token out of the file', () => {
    const tokens = ['worker-1', 'worker-2'].map((name) => service(name).environment?.POTLUCK_ENROL);
    expect(tokens[0]).toMatch(/^\$\{POTLUCK_ENROL_1:-\}$/);
    expect(tokens[1]).toMatch(/^\$\{POTLUCK_ENROL_2:-\}$/);
    expect(service('worker-1').volumes).not.toEqual(service('worker-2').volumes);
  });

  it('writes no secret down', () => {
    const environments = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const secrets = environments.filter(([name]) => /PASSWORD|SECRET|ENROL|KEY/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{[A-Z0-9_]+:[?-].*\}$/);
    for (const [, value] of environments) expect(value).not.toMatch(/:\/\/[^:/]+:(?!\$\{)[^@]+@/);
  });

  it('publishes the coordinator on loopback and the stores nowhere', () => {
    for (const [name, { ports = [] }] of services) {
      if (name === 'coordinator') expect(ports.join()).toMatch(/^127\.0\.0\.1:\$\{POTLUCK_PORT:-3000\}:3000$/);
      else expect(ports).toEqual([]);
    }
    expect(compose.networks.data?.internal).toBe(true);
    expect(service('postgres').networks).toEqual(['data']);
    expect(service('redis').networks).toEqual(['data']);
    for (const name of ['worker-1', 'worker-2']) expect(service(name).networks).toEqual(['grid']);
  });

  it('takes from our services every privilege they do not need', () => {
    for (const [, one] of ours) {
      expect(one).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
    for (const [, one] of services) expect(one.privileged).toBeUndefined();
  });

  it('waits for what is healthy, and everything waited for has a check', () => {
    for (const [, { depends_on = {} }] of services) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe('service_healthy');
        // The coordinator's check is the image's own.
        if (name !== 'coordinator') expect(service(name).healthcheck?.test).toBeDefined();
        expect(service(name).healthcheck?.disable).toBeUndefined();
      }
    }
  });

  it('declares the networks and volumes that it uses', () => {
    for (const [, { networks = [], volumes = [] }] of services) {
      for (const network of networks) expect(compose.networks).toHaveProperty(network);
      for (const volume of volumes) expect(compose.volumes).toHaveProperty(volume.slice(0, volume.indexOf(':')));
    }
  });

  it('keeps PostgreSQL 18’s files where that image puts them', () => {
    expect(service('postgres').volumes).toEqual(['postgres:/var/lib/postgresql']);
  });
});
