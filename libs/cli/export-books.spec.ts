/** The export's life: whole, cut and gone on, damaged and repaired, extended by what the log has grown, and refused a forked one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatVerifierKey } from '#libs/transparency/verifier-key.js';
import { makeBooks, makeSigner } from '../../test/support/export-maker.js';
import { ScriptedBooks } from '../../test/support/scripted-books.js';
import { runCli } from './run-cli.js';
import type { Terminal } from './terminal.js';

const signer = makeSigner(1);
const books = makeBooks(400);
const vkey = formatVerifierKey(signer);

describe('potluck audit export', () => {
  let directory: string;
  let log: ScriptedBooks;
  let said: string[];
  let errors: string[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'potluck-export-'));
    log = new ScriptedBooks(books, 600, signer);
    said = [];
    errors = [];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const potluck = (...args: string[]): Promise<number> => {
    const terminal: Terminal = {
      out: (text) => void said.push(text),
      err: (text) => void errors.push(text),
      outBytes: (bytes) => void said.push(Buffer.from(bytes).toString()),
      readStdin: async () => new Uint8Array(),
      env: { POTLUCK_URL: 'http://log.test', POTLUCK_API_KEY: 'plk_x' },
      directory,
      isInteractive: false,
      fetch: log.fetch,
    };
    return runCli(args, terminal);
  };
  const exportBooks = (...more: string[]): Promise<number> => potluck('audit', 'export', 'books', '--files-of', '100', ...more);
  const verifyBooks = async (...more: string[]) => {
    const code = await potluck('audit', 'verify', 'books', '--log-key', vkey, '--json', ...more);
    return { code, ...JSON.parse(said.at(-1) as string) };
  };
  const manifest = () => JSON.parse(readFileSync(join(directory, 'books', 'manifest.json'), 'utf8'));
  const journals = () => log.requests.filter((path) => path.startsWith('/v1/audit/journal'));

  it('copies journal, tiles and checkpoint, which verify', async () => {
    expect(await exportBooks()).toBe(0);
    expect(said.join()).toContain('600 transfers of a log of 600 leaves');
    expect(await verifyBooks()).toMatchObject({
      code: 0,
      verdict: 'ok',
      transfers: 600,
      files: 6,
      isKeyPinned: true,
      warnings: [],
    });
    expect(readdirSync(join(directory, 'books')).sort()).toEqual(['checkpoint', 'journal', 'manifest.json', 'tiles']);
  });

  it('asks again for a page that broke off, and keeps no half of it', async () => {
    log.cuts.push(undefined, 5_000, 0);
    expect(await exportBooks()).toBe(0);
    expect(journals()).toHaveLength(8);
    expect(await verifyBooks()).toMatchObject({ code: 0, transfers: 600 });
    expect(readdirSync(join(directory, 'books', 'journal')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('goes on behind the last whole file, in the same tree, though the log has grown', async () => {
    log.cuts.push(undefined, undefined, ...Array(5).fill(3_000));
    expect(await exportBooks()).toBe(4);
    expect(errors.join()).toContain('did not arrive whole');
    expect(manifest()).toMatchObject({ state: 'running', treeSize: '600', files: [{}, {}] });
    expect(await verifyBooks()).toMatchObject({ code: 1, verdict: 'missing_file' });
    writeFileSync(join(directory, 'books', 'journal', '000003.ndjson.part'), 'half');
    log.growTo(700);
    const before = journals().length;
    expect(await exportBooks()).toBe(0);
    expect(errors.join()).toContain('Going on behind 2 whole files');
    expect(journals().length - before).toBe(4);
    expect(manifest()).toMatchObject({ state: 'complete', treeSize: '600' });
    const report = await verifyBooks();
    expect(report).toMatchObject({ code: 0, transfers: 600, checkpointSize: '700' });
    expect(report.warnings.join()).toContain('100 leaves more');
  }, 60_000);

  it('fetches again what is not what it was', async () => {
    await exportBooks();
    const path = join(directory, 'books', 'journal', '000004.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 900));
    expect(await verifyBooks()).toMatchObject({ code: 1, verdict: 'truncated' });
    expect(await exportBooks()).toBe(0);
    expect(errors.join()).toContain('journal/000004.ndjson is missing or not what it was');
    expect(await verifyBooks()).toMatchObject({ code: 0, transfers: 600 });
  });

  it('is extended by what the log has grown, and keeps the older checkpoint and the proof', async () => {
    await exportBooks();
    const first = readFileSync(join(directory, 'books', 'journal', '000001.ndjson'), 'utf8');
    log.growTo(810);
    expect(await exportBooks()).toBe(0);
    expect(errors.join()).toContain('The log grew from 600 to 810 leaves');
    expect(await verifyBooks()).toMatchObject({ code: 0, verdict: 'ok', transfers: 810, treeSize: '810', warnings: [] });
    expect(readdirSync(join(directory, 'books', 'checkpoints')).sort()).toEqual(['600', '600-810.json']);
    expect(readFileSync(join(directory, 'books', 'journal', '000001.ndjson'), 'utf8')).toBe(first);
    expect((await verifyBooks('--checkpoint', 'books/checkpoints/600')).proven.join()).toContain('first 600 leaves');
    expect(await exportBooks()).toBe(0);
    expect(await verifyBooks()).toMatchObject({ code: 0, transfers: 810 });
  });

  it('is extended from anywhere: also where the log had ended in the middle of a midnight', async () => {
    for (const size of [1, 270, 271, 272, 273, 300, 301, 550]) {
      log.growTo(size);
      expect(await exportBooks()).toBe(0);
      expect(await verifyBooks()).toMatchObject({ code: 0, verdict: 'ok', transfers: size });
    }
  }, 60_000);

  it('refuses to extend onto another history', async () => {
    await exportBooks();
    log.rewrite(makeBooks(400).map((one) => (one.index === '300' ? { ...one, ordinal: '9' } : one)));
    log.growTo(700);
    expect(await exportBooks()).toBe(1);
    expect(errors.join()).toContain('history forked');
    expect(manifest()).toMatchObject({ state: 'complete', treeSize: '600' });
    expect(await verifyBooks()).toMatchObject({ code: 0, transfers: 600 });
  });

  it('of the rewritten history verifies by itself, and not beside the older checkpoint', async () => {
    await exportBooks();
    log.rewrite(makeBooks(400).map((one) => (one.index === '300' ? { ...one, ordinal: '9' } : one)));
    await potluck('audit', 'export', 'other');
    expect(await potluck('audit', 'verify', 'other', '--log-key', vkey)).toBe(0);
    expect(await potluck('audit', 'verify', 'other', '--log-key', vkey, '--checkpoint', 'books/checkpoint')).toBe(1);
    expect(said.at(-1)).toContain('REFUSED   fork');
  });

  it('takes a part of the time, and says what that cannot prove', async () => {
    expect(await exportBooks('--from', '2026-11-21', '--to', '2026-11-22')).toBe(0);
    const report = await verifyBooks();
    expect(report).toMatchObject({ code: 0, verdict: 'ok', from: '2026-11-21' });
    expect(report.unproven.join()).toContain('opening balances');
    expect(await exportBooks()).toBe(2);
    expect(errors.join()).toContain('the same --from and --to');
  });

  it('writes text for hledger and ledger beside it', async () => {
    expect(await exportBooks('--format', 'journal')).toBe(0);
    expect(manifest().texts).toHaveLength(6);
    writeFileSync(join(directory, 'books', 'journal', '000002.journal'), 'changed');
    expect(await verifyBooks()).toMatchObject({ code: 1, verdict: 'digest_mismatch' });
    expect(await exportBooks('--format', 'journal')).toBe(0);
    expect(await verifyBooks()).toMatchObject({ code: 0 });
  });

  it('leaves another’s directory alone', async () => {
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    expect(await potluck('audit', 'export', '.')).toBe(2);
    expect(errors.join()).toContain('has files, but no export');
  });

  it('is quiet with --json', async () => {
    expect(await exportBooks('--json')).toBe(0);
    expect(errors).toEqual([]);
    expect(JSON.parse(said.join(''))).toMatchObject({ treeSize: '600', transfers: 600, files: 6 });
  });

  it('verify names wrong keys and files before it begins', async () => {
    await exportBooks();
    expect(await potluck('audit', 'verify', 'books', '--log-key', 'nonsense')).toBe(2);
    expect(errors.at(-1)).toContain('is no verifier key');
    expect(await potluck('audit', 'verify', 'books', '--log-key', vkey, '--checkpoint', 'nowhere')).toBe(2);
    expect(await potluck('audit', 'verify', 'nowhere', '--log-key', vkey)).toBe(1);
    expect(said.at(-1)).toContain('is this the directory of an export?');
    expect(await potluck('audit', 'verify', 'books', '--log-key', formatVerifierKey(makeSigner(2)))).toBe(1);
    expect(said.at(-1)).toContain('REFUSED   re_signed');
  });
});
