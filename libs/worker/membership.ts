/** What a machine keeps of its registration, beside its key: which node of which grid it is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivately } from './node-key.js';

export interface Membership {
  nodeId: string;
  /** The coordinator's own name: what this node signs for. */
  origin: string;
  name: string;
  region?: string;
}

const MEMBERSHIP_FILE = 'node.json';

export async function readMembership(directory: string): Promise<Membership | undefined> {
  try {
    const kept = JSON.parse(await readFile(join(directory, MEMBERSHIP_FILE), 'utf8')) as Membership;
    return typeof kept.nodeId === 'string' && typeof kept.origin === 'string' ? kept : undefined;
  } catch (error) {
    // A damaged file costs nothing but a new registration: the key is what counts.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeMembership(directory: string, membership: Membership): Promise<void> {
  return writePrivately(join(directory, MEMBERSHIP_FILE), `${JSON.stringify(membership, null, 2)}\n`);
}
