/**
 * The node's ed25519 key in a file that only its owner may read. The key is the node: whoever has a copy can sign in its name and
 * lose its stake, so a file that others can read is refused rather than used. It never leaves the machine.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBinary, encodeBase64 } from '#libs/signing/binary-text.js';
import { generateKeyPair } from '#libs/signing/ed25519.js';
import { JoinError } from './join-errors.js';

export interface NodeKey {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

const KEY_FILE = 'node-key.json';

/** The key in this directory; made on the first call. */
export async function openNodeKey(directory: string): Promise<NodeKey> {
  const path = join(directory, KEY_FILE);
  try {
    const text = await readFile(path, 'utf8');
    await refuseExposed(path);
    return parseKey(path, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = generateKeyPair();
  await writePrivately(path, formatKey(key));
  return key;
}

/** Creates directories for private files; explains itself when it cannot. */
export async function makeStateDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const message = `Cannot write to the state directory ${directory}: ${(error as Error).message}. Choose another with --state.`;
    throw new JoinError('state_unwritable', message, undefined, { cause: error });
  }
}

/** All or nothing, mode 0600: a crash in the middle leaves the old file, or none. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function refuseExposed(path: string): Promise<void> {
  // Windows has no such bits: a home directory is private there by its access list.
  if (process.platform === 'win32') return;
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  const message = `The key file ${path} can be read by others (mode ${mode.toString(8)}). If nobody has seen it: chmod 600 ${path}`;
  throw new JoinError('key_exposed', message);
}

function formatKey({ publicKey, secretKey }: NodeKey): string {
  return `${JSON.stringify({ publicKey: encodeBase64(publicKey), secretKey: encodeBase64(secretKey) }, null, 2)}\n`;
}

function parseKey(path: string, text: string): NodeKey {
  try {
    const { publicKey, secretKey } = JSON.parse(text) as { publicKey: string; secretKey: string };
    const key = { publicKey: decodeBinary(publicKey, 32), secretKey: decodeBinary(secretKey, 64) };
    if (key.publicKey !== undefined && key.secretKey !== undefined) return key as NodeKey;
  } catch {
    // Falls through to the refusal.
  }
  throw new JoinError('key_broken', `The key file ${path} is damaged. Restore it, or move it away to begin as a new node.`);
}
