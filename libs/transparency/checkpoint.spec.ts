/** C2SP's formats, by the key and note of Go's golang.org/x/mod/sumdb/note, the examples of the specifications, and all that is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyPairFromSeed, sign } from '#libs/signing/ed25519.js';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { type Checkpoint, formatVerifierKey, parseVerifierKey, readCheckpoint, signCheckpoint } from './checkpoint.js';
import { followSuccession, type PublishedLogKey, successionBytes } from './key-succession.js';
import { MAX_NOTE_BYTES, type NoteSigner, readNote, signNote, type Verify } from './signed-note.js';

const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
/** Go's PRIVATE+KEY+PeterNeumann+c74f20a3+…, without its algorithm byte. */
const PETER_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE = 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
const NOTE = `${TEXT}\n— PeterNeumann ${SIGNATURE}\n`;

function signer(name: string, seed: Uint8Array): NoteSigner {
  const { publicKey, secretKey } = keyPairFromSeed(seed);
  return { name, publicKey, sign: (bytes) => sign(secretKey, bytes) };
}

const verify: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);
const peter = signer('PeterNeumann', PETER_SEED);
const log = signer('localhost:3000/v1/log', Buffer.alloc(32, 7));
const other = signer('localhost:3000/v1/log', Buffer.alloc(32, 8));
const head: Checkpoint = { origin: log.name, size: 20852163, root: new Uint8Array(32).fill(5) };
const trusted = { keys: [log], verify };

describe('a verifier key', () => {
  it('of the reference is read and written', () => {
    expect(formatVerifierKey(peter)).toBe(PETER);
    expect(parseVerifierKey(PETER)).toEqual({ state: 'valid', key: { name: 'PeterNeumann', publicKey: peter.publicKey } });
  });

  it.each([
    ['malformed', 'PeterNeumann+c74f20a3'],
    ['malformed', `${PETER}A`],
    ['malformed', PETER.replace('PeterNeumann', 'Peter Neumann')],
    ['malformed', PETER.replace('PeterNeumann', '')],
    ['malformed', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='],
    ['unknown_algorithm', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['wrong_key_id', PETER.replace('c74f20a3', 'c74f20a4')],
    ['wrong_key_id', PETER.replace('PeterNeumann', 'PeterNewmann')],
  ])('is refused as %s: %s', (code, vkey) => {
    expect(parseVerifierKey(vkey)).toMatchObject({ state: 'refused', code });
  });
});

describe('a signed note', () => {
  it('is byte for byte that of the reference', () => {
    expect(signNote(TEXT, peter)).toBe(NOTE);
    expect(readNote(NOTE, { keys: [peter], verify })).toEqual({ state: 'valid', text: TEXT, keyName: 'PeterNeumann' });
  });

  it('may hold empty lines; its text ends at the last one', () => {
    const text = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n';
    expect(readNote(signNote(text, peter), { keys: [peter], verify })).toMatchObject({ state: 'valid', text });
  });

  it('may carry signatures by keys nobody knows, but none by a known key that fails', () => {
    const stranger = signNote(TEXT, signer('witness.example', Buffer.alloc(32, 1))).slice(TEXT.length + 1);
    expect(readNote(NOTE + stranger, { keys: [peter], verify })).toMatchObject({ state: 'valid' });
    const twin = signNote('Other\n', peter).slice('Other\n'.length + 1);
    expect(readNote(NOTE + twin, { keys: [peter], verify })).toMatchObject({ state: 'refused', code: 'bad_signature' });
  });

  it.each([
    ['unknown_key', NOTE, [log]],
    ['unknown_key', NOTE, []],
    ['bad_signature', NOTE.replace('cryptography', 'cryptographY'), [peter]],
    ['malformed', '', [peter]],
    ['malformed', TEXT, [peter]],
    ['malformed', `${TEXT}\n`, [peter]],
    ['malformed', NOTE.slice(0, -1), [peter]],
    ['malformed', NOTE.replace('— ', '- '), [peter]],
    ['malformed', NOTE.replace('AM=', 'AN='), [peter]],
    ['malformed', NOTE.replace('PeterNeumann', 'Peter+Neumann'), [peter]],
    ['malformed', NOTE.replace('your', 'your\r'), [peter]],
    ['malformed', NOTE.replace('your', 'your\ud800'), [peter]],
    ['malformed', `${TEXT}\n— PeterNeumann x08g\n`, [peter]],
    ['too_large', `${'a'.repeat(MAX_NOTE_BYTES)}\n${NOTE}`, [peter]],
    ['too_large', NOTE + `— PeterNeumann ${SIGNATURE}\n`.repeat(64), [peter]],
  ])('is refused as %s: %j', (code, note, keys) => {
    expect(readNote(note, { keys, verify })).toMatchObject({ state: 'refused', code });
  });
});

describe('a checkpoint', () => {
  it('is the lines origin, size and root, signed', () => {
    const note = signCheckpoint(head, log);
    expect(note.split('\n').slice(0, 4)).toEqual([head.origin, '20852163', 'BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=', '']);
    expect(readCheckpoint(note, trusted)).toEqual({ state: 'valid', checkpoint: head, keyName: log.name });
  });

  it('may have extension lines', () => {
    const note = signNote(`${head.origin}\n1\n${Buffer.from(head.root).toString('base64')}\nmore\n`, log);
    expect(readCheckpoint(note, trusted)).toMatchObject({ state: 'valid', checkpoint: { size: 1 } });
  });

  it('of the specification is read, and refused by whoever does not know its key', () => {
    const note =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';
    expect(readCheckpoint(note, trusted)).toMatchObject({ state: 'refused', code: 'unknown_key' });
  });

  it('of another log is refused, whoever of the known signed it', () => {
    expect(readCheckpoint(signCheckpoint({ ...head, origin: 'example.org/log' }, log), trusted)).toMatchObject({
      state: 'refused',
      code: 'wrong_origin',
    });
  });

  it('by another key of the same name is refused', () => {
    expect(readCheckpoint(signCheckpoint(head, other), trusted)).toMatchObject({ state: 'refused', code: 'unknown_key' });
  });

  it.each([
    ['01', 'a leading zero'],
    ['-1', 'a sign'],
    ['1e3', 'no digits'],
    ['9007199254740992', 'beyond what a number holds'],
    ['', 'an empty line'],
  ])('with the size %j is refused: %s', (size) => {
    const note = signNote(`${head.origin}\n${size}\n${Buffer.from(head.root).toString('base64')}\n`, log);
    expect(readCheckpoint(note, trusted)).toMatchObject({ state: 'refused', code: 'malformed' });
  });

  it('with a root of another length is refused', () => {
    const note = signNote(`${head.origin}\n1\n${Buffer.alloc(31).toString('base64')}\n`, log);
    expect(readCheckpoint(note, trusted)).toMatchObject({ state: 'refused', code: 'malformed' });
  });

  it('is refused with any one character changed', () => {
    const note = signCheckpoint(head, log);
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.constantFrom('A', '0', '\n', ' ', '+', '—'), (at, by) => {
        fc.pre(note[at] !== by);
        const bent = note.slice(0, at) + by + note.slice(at + 1);
        expect(readCheckpoint(bent, trusted).state).toBe('refused');
      }),
      { numRuns: 1000 },
    );
  });

  it('cannot be signed without a name, a size and a root', () => {
    for (const wrong of [{ origin: 'a b' }, { origin: '' }, { size: -1 }, { size: 1.5 }, { root: new Uint8Array(31) }])
      expect(() => signCheckpoint({ ...head, ...wrong }, log)).toThrow(RangeError);
  });
});

describe('a key’s succession', () => {
  const statement = (old: NoteSigner, next: NoteSigner, size: number): PublishedLogKey => ({
    vkey: formatVerifierKey(next),
    succession: {
      signedBy: formatVerifierKey(old),
      size: String(size),
      signature: Buffer.from(old.sign(successionBytes(next, size))).toString('base64'),
    },
  });
  const third = signer(log.name, Buffer.alloc(32, 9));
  const first = { vkey: formatVerifierKey(log), succession: null };
  const names = (keys: { publicKey: Uint8Array }[]): string[] =>
    keys.map(({ publicKey }) => Buffer.from(publicKey).toString('hex'));

  it('is followed from any key that is trusted, over any number of rotations', () => {
    const published = [first, statement(log, other, 10), statement(other, third, 20)];
    expect(names(followSuccession([log], published, verify))).toEqual(names([log, other, third]));
    expect(names(followSuccession([other], published, verify))).toEqual(names([other, third]));
  });

  it('may take the log to another name, which the statement binds', () => {
    const renamed = signer('example.org/log', Buffer.alloc(32, 7));
    const told = statement(log, renamed, 10);
    expect(followSuccession([log], [first, told], verify).map(({ name }) => name)).toEqual([log.name, 'example.org/log']);
    const another = formatVerifierKey({ ...renamed, name: 'example.com/log' });
    expect(followSuccession([log], [first, { ...told, vkey: another }], verify)).toHaveLength(1);
  });

  it('is not followed where the statement does not hold', () => {
    const good = statement(log, other, 10);
    const succession = good.succession as NonNullable<PublishedLogKey['succession']>;
    for (const bad of [
      { ...good, succession: { ...succession, size: '11' } },
      { ...good, succession: { ...succession, size: '010' } },
      { ...good, succession: null },
      { ...good, vkey: formatVerifierKey(third) },
      { ...good, vkey: 'nonsense' },
      {
        ...statement(third, other, 10),
        succession: { ...statement(third, other, 10).succession, signedBy: formatVerifierKey(log) },
      },
      statement(third, other, 10),
    ] as PublishedLogKey[])
      expect(names(followSuccession([log], [first, bad], verify))).toEqual(names([log]));
  });
});
