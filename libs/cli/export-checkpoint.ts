/** The checkpoint of an export and its tiles: fetched, proven to follow on the export's earlier checkpoint, and to be the root of the leaves. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PotluckClient } from '#libs/client/potluck-client.js';
import { PotluckError } from '#libs/client/potluck-error.js';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { type Checkpoint, readCheckpoint } from '#libs/transparency/checkpoint.js';
import { verifyConsistency } from '#libs/transparency/consistency-proof.js';
import { CHECKPOINT_PATH, type ExportManifest } from '#libs/transparency/export/export-manifest.js';
import { readWhole } from '#libs/transparency/export/export-source.js';
import { Faults } from '#libs/transparency/export/fault.js';
import { MAX_CHECKPOINT_BYTES, publishedKeys } from '#libs/transparency/export/verify-checkpoint.js';
import { LeafTiles, readRoots } from '#libs/transparency/export/verify-tree.js';
import type { Verify } from '#libs/transparency/signed-note.js';
import { tilePath, tileWidthAt } from '#libs/transparency/tile-path.js';
import type { ExportDirectory } from './export-directory.js';
import { ProofError } from './render-error.js';

export const verifySignature: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);

export interface NotedCheckpoint extends Checkpoint {
  note: string;
}

/** A checkpoint a second, so this many reach back a good quarter of an hour: as long as most exports take. */
const LOOK_BACK = 1_000;
/** Checkpoints are signed each second; many times that is a log that stands still. */
const PATIENCE_MS = 30_000;
const TILES_AT_ONCE = 4;

export class ExportCheckpoint {
  constructor(
    private readonly client: PotluckClient,
    private readonly directory: ExportDirectory,
  ) {}

  /** The checkpoint of exactly this size, where it is recent; else the newest, once it covers the size. */
  async covering(size: number, manifest: ExportManifest): Promise<NotedCheckpoint> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const newest = await this.newest(manifest);
      if (newest !== undefined && newest.size === size) return newest;
      if (newest !== undefined && newest.size > size) return (await this.exactly(size, manifest)) ?? newest;
      if (Date.now() > deadline) {
        const detail = `the newest checkpoint covers ${newest?.size ?? 0} leaves, the journal has ${size}: the log stands still`;
        throw new ProofError('wrong_tree_size', detail);
      }
      await pause(500);
    }
  }

  /** undefined: nothing has been signed yet. */
  async newest(manifest: ExportManifest): Promise<NotedCheckpoint | undefined> {
    const note = await this.client.log.checkpoint().catch((error) => {
      if (error instanceof PotluckError && error.status === 404) return undefined;
      throw error;
    });
    return note === undefined ? undefined : this.readNote(note, manifest);
  }

  async kept(manifest: ExportManifest): Promise<NotedCheckpoint | undefined> {
    const bytes = await readWhole(this.directory, CHECKPOINT_PATH, MAX_CHECKPOINT_BYTES);
    return bytes === undefined ? undefined : this.readNote(bytes.toString('utf8'), manifest);
  }

  /** That the log of the newer checkpoint begins with that of the older. @throws ProofError fork */
  async proveConsistent(older: NotedCheckpoint, newer: NotedCheckpoint): Promise<void> {
    const fork = (why: string) =>
      new ProofError('fork', `history forked: ${why}. Keep ${CHECKPOINT_PATH} (${older.size} leaves), it is the evidence.`);
    if (newer.size < older.size) throw fork(`the log had ${older.size} leaves and now has ${newer.size}`);
    const proof = await this.client.log.consistencyProof({ from: String(older.size), to: String(newer.size) });
    const path = proof.path.map((hash) => Buffer.from(hash, 'base64'));
    const sizes = { fromSize: older.size, toSize: newer.size, fromRoot: older.root, toRoot: newer.root };
    if (!verifyConsistency({ ...sizes, path })) {
      throw fork(`the proof that the first ${older.size} leaves are unchanged does not hold`);
    }
    await this.directory.writeFile(`checkpoints/${older.size}-${newer.size}.json`, `${JSON.stringify(proof)}\n`);
  }

  /** The leaf hashes of the whole tree, 256 a file; those that are there are kept. @throws ProofError wrong_root */
  async fetchTiles({ size, root }: Checkpoint, onTiles: (count: number, total: number) => void): Promise<void> {
    const tiles = new LeafTiles(this.directory, size);
    let next = 0;
    const fetchSome = async (): Promise<void> => {
      for (let index = next++; index < tiles.count; index = next++) {
        await this.fetchTile(tiles, index);
        onTiles(index + 1, tiles.count);
      }
    };
    await Promise.all(Array.from({ length: TILES_AT_ONCE }, fetchSome));
    const faults = new Faults();
    const found = (await readRoots(tiles, new Set([size]), faults)).get(size);
    if (found?.every((byte, at) => byte === root[at])) return;
    // What lies here may be from an interrupted or another export: the next run fetches it anew.
    await this.directory.remove('tiles');
    throw new ProofError('wrong_root', `the log's ${size} leaf hashes do not make the root that its checkpoint signs`);
  }

  private async fetchTile(tiles: LeafTiles, index: number): Promise<void> {
    const width = tileWidthAt(tiles.size, { level: 0, index });
    const path = tiles.fileOf(index);
    if ((await this.directory.sizeOf(path)) === width * 32) return;
    const bytes = await this.client.log.tile(tilePath({ level: 0, index, width }));
    if (bytes.length !== width * 32) throw new ProofError('malformed', `the log's tile ${path} has ${bytes.length} bytes`);
    // The tile grew since an earlier part: its narrower forms are of no more use.
    await this.directory.remove(`${tiles.fullFileOf(index)}.p`);
    await this.directory.writeFile(path, bytes);
  }

  private async exactly(size: number, manifest: ExportManifest): Promise<NotedCheckpoint | undefined> {
    let seen = 0;
    for await (const { size: found, note } of this.client.log.checkpoints()) {
      seen += 1;
      if (Number(found) === size) return this.readNote(note, manifest);
      if (Number(found) < size || seen >= LOOK_BACK) return undefined;
    }
    return undefined;
  }

  private readNote(note: string, { logKeys }: ExportManifest): NotedCheckpoint {
    const reading = readCheckpoint(note, { keys: publishedKeys(logKeys), verify: verifySignature });
    if (reading.state === 'valid') return { ...reading.checkpoint, note };
    throw new ProofError('signature_invalid', `the log's checkpoint does not hold: ${reading.detail}`);
  }
}
