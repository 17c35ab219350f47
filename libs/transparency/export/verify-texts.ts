/** The text journals of an export, for hledger and ledger: their digests only, as those programs check the figures themselves. */
import { createHash } from 'node:crypto';
import type { ExportManifest } from './export-manifest.js';
import type { ExportSource } from './export-source.js';
import type { Faults } from './fault.js';

export async function verifyTexts(source: ExportSource, { texts }: ExportManifest, faults: Faults): Promise<void> {
  for (const { path, sha256 } of texts) {
    const bytes = await source.read(path);
    if (bytes === undefined) {
      faults.add({ code: 'missing_file', file: path, detail: `${path} is missing` });
      continue;
    }
    const digest = createHash('sha256');
    for await (const chunk of bytes) digest.update(chunk);
    const found = `sha256:${digest.digest('hex')}`;
    if (found !== sha256)
      faults.add({ code: 'digest_mismatch', file: path, detail: `its digest is ${found}, the manifest says ${sha256}` });
  }
}
