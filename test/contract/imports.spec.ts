/** Who may know whom: the arrows of the house, and what only one place may touch. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface SourceFile {
  path: string;
  /** Folder below src or libs; '' for a file directly in src. */
  part: string;
  text: string;
  /** What it imports: files of ours as paths from the root, packages by name. */
  imports: string[];
}

function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(root, path), 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map((found) => resolved(path, found[1] as string));
      return { path, part: dirname(name) === '.' ? '' : (name.split('/')[0] as string), text, imports };
    });
}

function resolved(from: string, target: string): string {
  if (target.startsWith('#libs/')) return target.replace('#libs/', 'libs/').replace(/\.js$/, '.ts');
  return target.startsWith('.') ? normalize(join(dirname(from), target)).replace(/\.js$/, '.ts') : target;
}

const src = filesIn('src');
const libs = filesIn('libs');

const platform = ['settings', 'database', 'queue', 'http'];
/** Each capability with those it may import; what these may import is allowed too. */
const below: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  database: ['settings', 'http', 'queue'],
  queue: ['settings', 'database'],
  http: ['settings', 'database', 'queue'],
  ledger: platform,
  accounts: ['ledger'],
  referee: platform,
  functions: ['referee', 'accounts'],
  nodes: ['accounts', 'ledger'],
  jobs: ['functions', 'accounts', 'ledger'],
  scheduler: ['jobs', 'nodes'],
  verifier: ['jobs', 'nodes', 'functions', 'referee', 'ledger'],
  audit: ['verifier', 'scheduler'],
  grid: ['verifier', 'scheduler'],
  health: ['verifier', 'scheduler'],
};
const allowedLibs: Readonly<Record<string, readonly string[]>> = {
  signing: ['transparency'],
  worker: ['sandbox', 'signing', 'transparency'],
  // docs/decisions/008: assignment asks the alone-rule, a verdict's wants and a node's stage.
  scheduling: ['trust'],
  cli: ['client', 'worker', 'transparency', 'sandbox', 'signing'],
};

function reachable(part: string, seen = new Set<string>()): Set<string> {
  for (const next of below[part] ?? []) {
    if (seen.has(next)) continue;
    seen.add(next);
    reachable(next, seen);
  }
  return seen;
}

const offenders = (files: SourceFile[], isWrong: (file: SourceFile, target: string) => boolean): string[] =>
  files.flatMap((file) =>
    file.imports.filter((target) => isWrong(file, target)).map((target) => `${file.path} imports ${target}`),
  );

describe('the house', () => {
  it('knows every capability', () => {
    expect([...new Set(src.map(({ part }) => part))].filter((part) => part !== '').sort()).toEqual(Object.keys(below).sort());
  });

  it('has arrows that point down only', () => {
    const wrong = offenders(
      src.filter(({ part }) => part !== ''),
      ({ part }, target) =>
        target.startsWith('src/') && target.split('/')[1] !== part && !reachable(part).has(target.split('/')[1] as string),
    );
    expect(wrong).toEqual([]);
  });

  it('has libs without a framework, that know at most their neighbours, the policy and credits', () => {
    expect(offenders(libs, (_, target) => /^(@nestjs\/|typeorm|bullmq|fastify|pg$)/.test(target))).toEqual([]);
    const wrong = offenders(libs, ({ part }, target) => {
      if (!target.startsWith('libs/')) return target.startsWith('src/');
      const other = target.split('/')[1] as string;
      return other !== part && !['policy', 'credits', ...(allowedLibs[part] ?? [])].includes(other);
    });
    expect(wrong).toEqual([]);
  });

  it('serves, and knows neither worker, command nor client', () => {
    expect(offenders(src, (_, target) => /^libs\/(worker|cli|client|dashboard)\//.test(target))).toEqual([]);
  });

  it('is entered by its modules only: nothing else imports a controller or processor', () => {
    const wrong = offenders(
      [...src, ...libs],
      ({ path }, target) => /\.(controller|processor)\.ts$/.test(target) && !path.endsWith('.module.ts'),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps its shapes at the edge: a DTO is used within its capability', () => {
    const wrong = offenders(
      src,
      ({ part }, target) => target.endsWith('.dto.ts') && target.split('/')[1] !== part && !target.startsWith('src/http/'),
    );
    expect(wrong).toEqual([]);
  });

  it('reads the environment in settings only, and knows BullMQ’s backends in queue only', () => {
    expect(src.filter(({ text, part }) => text.includes('process.env') && part !== 'settings').map(({ path }) => path)).toEqual(
      [],
    );
    expect(
      src
        .filter(({ text, part }) => /createPostgresBackend|from 'ioredis'/.test(text) && part !== 'queue')
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('has no drawers: no barrels, no utils, no file that nobody could name', () => {
    const names = [...src, ...libs, ...filesIn('demo')].map(({ path }) => path);
    expect(
      names.filter(
        (path) =>
          basename(path) === 'index.ts' || /(^|[-/.])(utils?|helpers?|manager|common|base|impl)([-.]|$)/.test(basename(path)),
      ),
    ).toEqual([]);
  });

  it('has files with one reason to exist', () => {
    // A table is read by looking things up in it: the API's shapes, and the one table of constants.
    const tables = ['libs/client/api-types.ts', 'libs/policy/policy.ts'];
    const long = [...src, ...libs, ...filesIn('demo')].filter(
      ({ path, text }) => text.split('\n').length > 300 && !tables.includes(relative('.', path)),
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
