/** What nodes say of the log, as it is kept: bounded, newest word of the hour, and nothing covers a word that contradicts this log. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import { freshDatabase, openDataSource, type TestDatabase } from '../../test/support/database.js';
import { Metrics } from '../http/metrics.js';
import { Cosignatures, type KeptCosignature } from './cosignatures.js';

const rootOf = (name: string): Buffer => createHash('sha256').update(name).digest();
const at = (time: string): Date => new Date(`2026-11-25T${time}:00.000Z`);

describe('what nodes say of the log', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let cosignatures: Cosignatures;

  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = await openDataSource(database.url);
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    for (const size of [10, 20])
      await owner.query(
        'INSERT INTO ledger.checkpoints (size, root, note, key_number, signed_at) VALUES ($1, $2, $3, 1, now())',
        [size, rootOf(`tree of ${size}`), 'a note'],
      );
    await owner.end();
    cosignatures = new Cosignatures(dataSource, new Metrics());
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const node = () => ({ nodeId: newId(), ownerId: newId(), publicKey: rootOf('a key') });
  const say = (who: ReturnType<typeof node>, size: number, name: string, when: Date): void =>
    cosignatures.add(who, { size: BigInt(size), root: rootOf(name) }, () => null, when);
  const ofNode = async ({ nodeId }: { nodeId: string }): Promise<KeptCosignature[]> =>
    (await cosignatures.page(undefined, 100)).filter((row) => row.nodeId === nodeId);

  it('is one row a node and hour, the last word', async () => {
    const who = node();
    say(who, 10, 'tree of 10', at('12:01'));
    await cosignatures.flush();
    say(who, 20, 'tree of 20', at('12:40'));
    await cosignatures.flush();
    say(who, 20, 'tree of 20', at('13:00'));
    await cosignatures.flush();
    const rows = await ofNode(who);
    expect(rows.map(({ hour, size, known }) => [hour.toISOString().slice(11, 13), size, known])).toEqual([
      ['13', 20n, true],
      ['12', 20n, true],
    ]);
  });

  it('is marked, counted and not covered where this log never signed it', async () => {
    const who = node();
    const before = cosignatures.unknownCheckpoints;
    say(who, 20, 'another tree of 20', at('12:10'));
    await cosignatures.flush();
    say(who, 15, 'tree of 15', at('12:20'));
    await cosignatures.flush();
    say(who, 20, 'tree of 20', at('12:30'));
    await cosignatures.flush();
    expect((await ofNode(who)).map(({ size, known }) => [size, known])).toEqual([
      [20n, true],
      [15n, false],
    ]);
    expect(cosignatures.unknownCheckpoints - before).toBe(2);
  });

  it('is asked for its request only where it is new', () => {
    const who = node();
    let asked = 0;
    const request = (): null => {
      asked += 1;
      return null;
    };
    const seen = { size: 10n, root: rootOf('tree of 10') };
    for (let beat = 0; beat < 5; beat += 1) cosignatures.add(who, seen, request, at('12:00'));
    expect(asked).toBe(1);
  });

  it('is paged without a gap or a repeat', async () => {
    for (let n = 0; n < 5; n += 1) say(node(), 10, 'tree of 10', at(`1${n}:00`));
    await cosignatures.flush();
    const all = await cosignatures.page(undefined, 100);
    const paged: KeptCosignature[] = [];
    for (let last = paged.at(-1); ; last = paged.at(-1)) {
      const place = last && { hour: last.hour.toISOString(), nodeId: last.nodeId, known: last.known };
      const rows = await cosignatures.page(place, 2);
      paged.push(...rows);
      if (rows.length < 2) break;
    }
    expect(paged).toEqual(all);
  });
});
