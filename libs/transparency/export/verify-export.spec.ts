/** The tamper matrix: what each kind of forger can do to an export's files, and by which word the verifier calls it. */
import { describe, expect, it } from 'vitest';
import {
  LOG_NAME,
  leafOf,
  type MemoryExport,
  makeBooks,
  makeExport,
  makeSigner,
  type Transfer,
} from '../../../test/support/export-maker.js';
import { createVerifier } from '../../signing/ed25519-node.js';
import { signCheckpoint } from '../checkpoint.js';
import { rootOfHashes } from '../merkle-tree.js';
import type { Verify } from '../signed-note.js';
import type { FaultCode } from './fault.js';
import { type OlderRoot, type VerifyReport, verifyExport } from './verify-export.js';

const signer = makeSigner(1);
const mallory = makeSigner(2);
const books = makeBooks(300);
const whole = makeExport(books, { signer });
const fresh = (): MemoryExport => whole.copy();
const verify: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);

const check = (source: MemoryExport, options: { trusted?: boolean; older?: OlderRoot[] } = {}): Promise<VerifyReport> =>
  verifyExport(source, { verify, trustedKeys: options.trusted === false ? [] : [signer], older: options.older ?? [] });

const codesOf = ({ faults }: VerifyReport): FaultCode[] => [...new Set(faults.map(({ code }) => code))];
const FILE = 'journal/000003.ndjson';

describe('an export as it was made', () => {
  it('is verified: every leaf, every chain, the root, the signature', async () => {
    const report = await check(fresh());
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({
      ok: true,
      verdict: 'ok',
      transfers: 610,
      treeSize: '610',
      checkpointSize: '610',
      files: 7,
      warnings: [],
    });
  });

  it('crosses a midnight out of order, and is right', () => {
    const { transfers } = fresh();
    expect(transfers.some(({ index }, at) => Number(index) !== at)).toBe(true);
  });

  it('is warned of where the key comes from the export itself', async () => {
    const report = await check(fresh(), { trusted: false });
    expect(report).toMatchObject({ ok: true, isKeyPinned: false });
    expect(report.warnings.join()).toContain('--log-key');
  });

  it('tells what a part of it cannot prove', async () => {
    const report = await check(makeExport(books, { signer, from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' }));
    expect(report.faults).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.unproven.join()).toContain('left out');
  });
});

const flips: [string, (transfer: Transfer) => void][] = [
  [
    'id',
    (one) => {
      one.id = String(Number(one.id) + 1_000_000);
    },
  ],
  [
    'createdAt',
    (one) => {
      one.createdAt = one.createdAt.replace(/\dZ$/, (end) => (end === '0Z' ? '1Z' : '0Z'));
    },
  ],
  [
    'kind',
    (one) => {
      one.kind = 'donation';
    },
  ],
  [
    'reference',
    (one) => {
      one.reference = one.reference.replace(/.$/, (end) => (end === '0' ? '1' : '0'));
    },
  ],
  [
    'ordinal',
    (one) => {
      one.ordinal = '1';
    },
  ],
  [
    'reverses',
    (one) => {
      one.reverses = '7';
    },
  ],
  [
    'evidenceHash',
    (one) => {
      one.evidenceHash = `sha256:${'ab'.repeat(32)}`;
    },
  ],
  [
    'amount',
    (one) => {
      (one.legs[0] as Transfer['legs'][0]).amount = '-41';
    },
  ],
  [
    'balanceAfter',
    (one) => {
      (one.legs[0] as Transfer['legs'][0]).balanceAfter = '17';
    },
  ],
  [
    'seq',
    (one) => {
      (one.legs[0] as Transfer['legs'][0]).seq = '999';
    },
  ],
  [
    'balanceId',
    (one) => {
      (one.legs[0] as Transfer['legs'][0]).balanceId = '01940000-0000-7000-8000-00000000ffff';
    },
  ],
  [
    'the order of legs',
    (one) => {
      one.legs.reverse();
    },
  ],
  [
    'a leg less',
    (one) => {
      one.legs.pop();
    },
  ],
];

describe.each(flips)('one transfer with another %s', (_name, flip) => {
  const target = 250;

  it('is named as edited, with the digest left or fixed', async () => {
    for (const isFixed of [false, true]) {
      const export_ = fresh();
      export_.changeTransfer(target, flip);
      if (isFixed) export_.fixDigests();
      const report = await check(export_);
      expect(report.verdict).toBe('edited');
      expect(report.firstBadLeaf).toMatchObject({ code: 'edited', index: target, file: FILE });
      expect(report.firstBadLeaf?.differs).toContain('hash');
      expect(codesOf(report).includes('digest_mismatch')).toBe(!isFixed);
    }
  });

  it('does not make the signed root, when the tiles are rebuilt', async () => {
    const export_ = fresh();
    export_.changeTransfer(target, flip);
    export_.fixDigests();
    export_.fixTiles();
    expect((await check(export_)).verdict).toBe('wrong_root');
  });

  it('is refused for its key, when all is rebuilt and signed by another', async () => {
    const export_ = fresh();
    export_.changeTransfer(target, flip);
    export_.fixDigests();
    export_.fixCheckpoint(mallory);
    const report = await check(export_);
    expect(report.verdict).toBe('re_signed');
    export_.changeManifest((manifest) => {
      manifest.logKeys = makeExport(books.slice(0, 1), { signer: mallory }).manifest.logKeys;
    });
    expect((await check(export_)).verdict).toBe('re_signed');
  });

  it('is caught by an older checkpoint only, when the log’s own key signs the rebuilt history', async () => {
    const kept = fresh().text('checkpoint');
    const export_ = fresh();
    export_.changeTransfer(target, flip);
    export_.fixDigests();
    export_.fixCheckpoint(signer);
    expect(codesOf(await check(export_))).not.toContain('fork');
    expect(codesOf(await check(export_, { older: [{ name: 'kept', note: kept }] }))).toContain('fork');
  });
});

/** A day's books rewritten so well that every law holds: the transfer is gone, and all that follow were moved up. */
function rewrittenBooks(): Transfer[] {
  return makeBooks(300).map((one) => (one.index === '400' ? { ...one, evidenceHash: `sha256:${'00'.repeat(32)}` } : one));
}

describe('history rewritten in full by the operator', () => {
  it('is consistent in itself, and an older checkpoint, signed or from a worker’s memory, shows the fork', async () => {
    const forged = makeExport(rewrittenBooks(), { signer });
    expect((await check(forged)).verdict).toBe('ok');
    const hashes = books.slice(0, 500).map(leafOf);
    const root = rootOfHashes(hashes);
    const note = signCheckpoint({ origin: LOG_NAME, size: 500, root }, signer);
    for (const older of [
      { name: 'log.json', size: 500, root },
      { name: 'old/checkpoint', note },
    ]) {
      const report = await check(forged, { older: [older] });
      expect(report.verdict).toBe('fork');
      expect(report.faults[0]?.detail).toContain('rewritten');
      expect((await check(fresh(), { older: [older] })).verdict).toBe('ok');
    }
  });

  it('is not shown by a checkpoint from before the change', async () => {
    const root = rootOfHashes(books.slice(0, 399).map(leafOf));
    expect((await check(makeExport(rewrittenBooks(), { signer }), { older: [{ name: 'old', size: 399, root }] })).verdict).toBe(
      'ok',
    );
  });

  it('is told from an export that is merely older than the checkpoint', async () => {
    const older = { name: 'log.json', size: 610, root: rootOfHashes(books.map(leafOf)) };
    const short = makeExport(structuredClone(books.slice(0, 500)), { signer });
    expect((await check(short, { older: [older] })).verdict).toBe('wrong_tree_size');
  });
});

const withLines = (change: (lines: string[]) => string[], fix = true): MemoryExport => {
  const export_ = fresh();
  export_.changeLines(FILE, change);
  if (fix) export_.fixDigests();
  return export_;
};
/** The end line as a forger would write it. */
const counted = (lines: string[]): string[] =>
  lines.map((line) =>
    line.startsWith('{"type":"end"') ? line.replace(/"transfers":\d+/, `"transfers":${lines.length - 2}`) : line,
  );
const inFile = (path: string, line: number): Transfer => JSON.parse(fresh().lines(path)[line] as string) as Transfer;

describe('lines', () => {
  it('deleted leave a leaf without a transfer', async () => {
    const gone = inFile(FILE, 11);
    const report = await check(withLines((lines) => counted(lines.toSpliced(11, 1))));
    expect(report).toMatchObject({ verdict: 'missing_leaf', firstBadLeaf: { index: Number(gone.index) } });
  });

  it('deleted under an old end line are a truncation', async () => {
    expect((await check(withLines((lines) => lines.toSpliced(11, 1)))).verdict).toBe('truncated');
  });

  it('duplicated are seen twice', async () => {
    const report = await check(withLines((lines) => counted(lines.toSpliced(11, 0, lines[11] as string))));
    expect(report).toMatchObject({ verdict: 'duplicated', firstBadLeaf: { index: Number(inFile(FILE, 11).index), line: 13 } });
  });

  it('swapped stand out of order', async () => {
    const report = await check(withLines((lines) => lines.with(11, lines[12] as string).with(12, lines[11] as string)));
    expect(report).toMatchObject({ verdict: 'reordered', firstBadLeaf: { code: 'reordered', line: 13, file: FILE } });
  });

  it('of another shape are malformed, by line', async () => {
    const report = await check(withLines((lines) => lines.with(5, lines[5]?.replace('"amount":"', '"amount":"0x') as string)));
    expect(codesOf(report)).toContain('malformed');
    expect(report.faults.find(({ code }) => code === 'malformed')).toMatchObject({ line: 6, file: FILE });
  });

  it('after the end line are malformed', async () => {
    expect((await check(withLines((lines) => [...lines, lines[3] as string]))).verdict).toBe('malformed');
  });

  it.each([
    ['before the header', 0],
    ['in the header', 0.5],
    ['after the header', 1],
    ['after a transfer', 40],
    ['in a transfer', 40.5],
    ['before the end line', 101],
    ['in the end line', 101.5],
  ])('cut %s are a truncation, with the digest left or fixed', async (_name, at) => {
    for (const isFixed of [false, true]) {
      const export_ = fresh();
      const lines = export_.lines(FILE);
      const whole = lines
        .slice(0, Math.floor(at))
        .map((line) => `${line}\n`)
        .join('');
      const half = at % 1 === 0 ? '' : (lines[Math.floor(at)] as string).slice(0, 20);
      export_.write(FILE, whole + half);
      if (isFixed) export_.fixDigests();
      const report = await check(export_);
      expect(report.verdict).toBe('truncated');
      expect(report.faults[0]).toMatchObject({ code: 'truncated', file: FILE });
    }
  });
});

describe('files', () => {
  it.each(['manifest.json', 'checkpoint', FILE, 'tiles/0/001', 'tiles/0/002.p/98'])('%s missing is named', async (path) => {
    const export_ = fresh();
    export_.files.delete(path);
    const report = await check(export_);
    expect(report).toMatchObject({ ok: false, verdict: 'missing_file' });
    expect(report.faults[0]?.file).toBe(path);
  });

  it('left out of the manifest too are missing leaves', async () => {
    const export_ = fresh();
    export_.files.delete(FILE);
    export_.changeManifest((manifest) => {
      manifest.files = manifest.files.filter(({ path }) => path !== FILE);
    });
    const report = await check(export_);
    expect(report.verdict).toBe('missing_leaf');
    expect(report.firstBadLeaf?.index).toBe(
      Math.min(
        ...fresh()
          .lines(FILE)
          .slice(1, -1)
          .map((line) => Number(JSON.parse(line).index)),
      ),
    );
  });

  it('left out at the end are another tree size, and said to be more leaves than shown where the headers are rewritten too', async () => {
    const export_ = fresh();
    export_.changeManifest((manifest) => {
      manifest.files = manifest.files.slice(0, -1);
      manifest.treeSize = '600';
    });
    expect((await check(export_)).verdict).toBe('wrong_tree_size');
    for (const { path } of export_.manifest.files) {
      export_.changeLines(path, (lines) => lines.map((line) => line.replace('"treeSize":"610"', '"treeSize":"600"')));
    }
    export_.fixDigests();
    const report = await check(export_);
    expect(report.warnings.join()).toContain('10 leaves more than the journal covers');
  });

  it('in another order are reordered', async () => {
    const export_ = fresh();
    const [one, other] = [export_.text(FILE), export_.text('journal/000004.ndjson')];
    export_.write(FILE, other);
    export_.write('journal/000004.ndjson', one);
    export_.fixDigests();
    expect((await check(export_)).verdict).toBe('reordered');
  });

  it('of a tile that was changed do not make the root, and the leaf is named', async () => {
    const export_ = fresh();
    const tile = Buffer.from(export_.files.get('tiles/0/001') as Buffer);
    tile[32 * 3] = (tile[32 * 3] as number) ^ 1;
    export_.write('tiles/0/001', tile);
    const report = await check(export_);
    expect(report).toMatchObject({ verdict: 'wrong_root', firstBadLeaf: { code: 'edited', index: 259 } });
  });

  it('whose memo was changed differ from their digest only, as no leaf holds a memo', async () => {
    const export_ = fresh();
    export_.changeTransfer(3, (one) => {
      one.memo = 'another story';
    });
    expect((await check(export_)).verdict).toBe('digest_mismatch');
    export_.fixDigests();
    const report = await check(export_);
    expect(report.ok).toBe(true);
    expect(report.unproven.join()).toContain('Memos');
  });

  it('that give one balance two names are refused, though no leaf holds the name', async () => {
    const export_ = fresh();
    export_.changeTransfer(250, ({ legs }) => {
      (legs[0] as Transfer['legs'][0]).balance = 'acct_mallory:held';
    });
    export_.fixDigests();
    expect((await check(export_)).firstBadLeaf).toMatchObject({ index: 250, code: 'unbalanced', differs: ['balance_name'] });
  });

  it('of an unfinished export are truncated', async () => {
    const export_ = fresh();
    export_.changeManifest((manifest) => {
      manifest.state = 'running';
    });
    expect((await check(export_)).verdict).toBe('truncated');
  });

  it('of a manifest that points out of the directory are refused', async () => {
    const export_ = fresh();
    export_.changeManifest((manifest) => {
      (manifest.files[0] as { path: string }).path = '../../etc/passwd';
    });
    expect(await check(export_)).toMatchObject({ verdict: 'malformed', transfers: 0 });
  });
});

describe('the checkpoint', () => {
  it('with a signature that does not fit is invalid', async () => {
    const export_ = fresh();
    export_.write('checkpoint', export_.text('checkpoint').replace('\n610\n', '\n611\n'));
    expect((await check(export_)).faults.map(({ code }) => code)).toContain('signature_invalid');
  });

  it('of fewer leaves than the journal has is the wrong size', async () => {
    const export_ = fresh();
    const hashes = books.slice(0, 500).map(leafOf);
    export_.write('checkpoint', signCheckpoint({ origin: LOG_NAME, size: 500, root: rootOfHashes(hashes) }, signer));
    export_.write('tiles/0/001.p/244', Buffer.concat(hashes.slice(256)));
    expect((await check(export_)).verdict).toBe('wrong_tree_size');
  });

  it('of another grid is refused', async () => {
    const other = makeSigner(1, 'elsewhere.example.org/v1/log');
    const export_ = fresh();
    const root = rootOfHashes(books.map(leafOf));
    export_.write('checkpoint', signCheckpoint({ origin: 'elsewhere.example.org/v1/log', size: 610, root }, other));
    const report = await verifyExport(export_, { verify, trustedKeys: [other], older: [] });
    expect(report.verdict).toBe('wrong_origin');
  });
});

describe('books that the log itself has wrong', () => {
  it('are unbalanced where legs do not sum to 0, by leaf', async () => {
    const cooked = structuredClone(books);
    const leg = cooked[250]?.legs[0] as Transfer['legs'][0];
    leg.amount = String(Number(leg.amount) + 1);
    const report = await check(makeExport(cooked, { signer }));
    expect(report).toMatchObject({ verdict: 'unbalanced', firstBadLeaf: { index: 250, differs: ['leg_sum'] } });
  });

  it('are a broken chain where a balance jumps', async () => {
    const cooked = structuredClone(books);
    const leg = cooked[250]?.legs[0] as Transfer['legs'][0];
    leg.balanceAfter = String(Number(leg.balanceAfter) + 5);
    const report = await check(makeExport(cooked, { signer }));
    expect(report).toMatchObject({ verdict: 'broken_chain', firstBadLeaf: { index: 250, differs: ['running_balance'] } });
  });
});
