/** The canonical bytes of leaves and legs, written out: whoever changes them changes every proof ever given. */
import { expect, it } from 'vitest';
import { leafBytes, legHash } from './leaf.js';
import { concatFields } from './length-prefixed.js';
import { leafHash } from './merkle-tree.js';

const leg = { balanceId: '0193b8f2-6c1a-4d3e-8f4a-1b2c3d4e5f60', amount: '-14670', balanceAfter: '99985330', seq: '17' };
const other = { balanceId: '9f1c7a52-31f4-4f0e-9c54-6a1b2c3d4e5f', amount: '14670', balanceAfter: '14670', seq: '1' };
const leaf = {
  id: '1042',
  createdAt: '2026-11-23T12:00:00.019Z',
  kind: 'settle',
  reference: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60',
  ordinal: '0',
  reverses: '',
  evidenceHash: Buffer.alloc(32, 0xab),
  legHashes: [legHash(leg), legHash(other)],
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('A leg has these bytes', () => {
  expect(hex(legHash(leg))).toBe('0bd887a78ded6572b6ac353f01b5515de3850612098efcd4429546ba3039e843');
  expect(hex(legHash(other))).toBe('3ea9a8b0f002a3bc85512a2674a1041285f44412205ae14ff65274e9ee0cc2e6');
});

it('A leaf has these bytes and this hash', () => {
  expect(hex(leafBytes(leaf))).toBe(
    [
      '0000000f706f746c75636b2d6c6561662d7631000000043130343200000018323032362d31312d32335431323a30303a3030',
      '2e3031395a00000006736574746c650000002430313933623866322d366331612d376433652d386634612d31623263336434',
      '653566363000000001300000000000000020abababababababababababababababababababababababababababababababab',
      '0000000132000000200bd887a78ded6572b6ac353f01b5515de3850612098efcd4429546ba3039e843000000203ea9a8b0f0',
      '02a3bc85512a2674a1041285f44412205ae14ff65274e9ee0cc2e6',
    ].join(''),
  );
  expect(hex(leafHash(leafBytes(leaf)))).toBe('cbb95675a9990ec2ef838839b396a014718ef758f0cb39eda7797c9b4dea3531');
});

it('A reversal without evidence has these bytes', () => {
  const reversal = {
    ...leaf,
    id: '1043',
    kind: 'reversal',
    ordinal: '-1',
    reverses: '1041',
    evidenceHash: new Uint8Array(),
    legHashes: [],
  };
  expect(hex(leafBytes(reversal))).toBe(
    [
      '0000000f706f746c75636b2d6c6561662d7631000000043130343300000018323032362d31312d32335431323a30303a3030',
      '2e3031395a00000008726576657273616c0000002430313933623866322d366331612d376433652d386634612d3162326333',
      '64346535663630000000022d310000000431303431000000000000000130',
    ].join(''),
  );
});

it('Text is UTF-8, whatever stands around it', () => {
  expect(hex(concatFields(['a', 'é€', Buffer.from([1, 2]), '😀', '']))).toBe(
    ['0000000161', '00000005c3a9e282ac', '000000020102', '00000004f09f9880', '00000000'].join(''),
  );
});
