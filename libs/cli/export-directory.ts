/**
 * The directory of an export. A file appears in it whole or not at all: it is written beside its place, synced and renamed, and the
 * manifest after it. So whatever the manifest names is there, and what it does not name is nobody's.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ExportManifest, MANIFEST_PATH, ManifestError, parseManifest } from '#libs/transparency/export/export-manifest.js';
import type { ExportSource } from '#libs/transparency/export/export-source.js';
import { UsageError } from './render-error.js';

const PART = '.part';

export class ExportDirectory implements ExportSource {
  constructor(readonly path: string) {}

  /** Makes it where it is missing. Anything else's directory is left alone. */
  async prepare(): Promise<void> {
    await mkdir(this.path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`Cannot make the directory ${this.path} (${error.code})`);
    });
    const names = await readdir(this.path);
    if (names.length > 0 && !names.includes(MANIFEST_PATH) && !names.includes(MANIFEST_PATH + PART)) {
      throw new UsageError(`${this.path} has files, but no export: give a new or an empty directory.`);
    }
    await mkdir(join(this.path, 'journal'), { recursive: true });
    for (const name of await readdir(join(this.path, 'journal'))) {
      if (name.endsWith(PART)) await rm(join(this.path, 'journal', name));
    }
  }

  async readManifest(): Promise<ExportManifest | undefined> {
    const text = await readFile(join(this.path, MANIFEST_PATH), 'utf8').catch(absent);
    if (text === undefined) return undefined;
    try {
      return parseManifest(text);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      throw new UsageError(`${join(this.path, MANIFEST_PATH)} is no manifest of an export: ${error.message}`);
    }
  }

  writeManifest(manifest: ExportManifest): Promise<void> {
    return this.writeFile(MANIFEST_PATH, `${JSON.stringify(manifest, null, 1)}\n`);
  }

  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const file = await this.begin(path);
    await file.write(typeof content === 'string' ? Buffer.from(content) : content);
    await file.keep();
  }

  async begin(path: string): Promise<GrowingFile> {
    const place = join(this.path, path);
    await mkdir(dirname(place), { recursive: true });
    return new GrowingFile(await open(place + PART, 'w'), place);
  }

  async read(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const place = join(this.path, path);
    const found = await stat(place).catch(absent);
    return found?.isFile() ? createReadStream(place, { highWaterMark: 256 * 1024 }) : undefined;
  }

  /** Length of a file; undefined where there is none. */
  async sizeOf(path: string): Promise<number | undefined> {
    return (await stat(join(this.path, path)).catch(absent))?.size;
  }

  async digestOf(path: string): Promise<string | undefined> {
    const bytes = await this.read(path);
    if (bytes === undefined) return undefined;
    const digest = createHash('sha256');
    for await (const chunk of bytes) digest.update(chunk);
    return `sha256:${digest.digest('hex')}`;
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.path, path), { force: true, recursive: true });
  }
}

/** A file on its way; nobody sees it until it is kept. */
export class GrowingFile {
  private readonly digest = createHash('sha256');
  private length = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly place: string,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    this.digest.update(bytes);
    this.length += bytes.length;
    await this.handle.writeFile(bytes);
  }

  async keep(): Promise<{ sha256: string; bytes: number }> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.place + PART, this.place);
    return { sha256: `sha256:${this.digest.digest('hex')}`, bytes: this.length };
  }

  async drop(): Promise<void> {
    await this.handle.close();
    await rm(this.place + PART, { force: true });
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
