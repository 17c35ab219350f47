/** Receipts of real jobs: fetched, checked offline by the command, and worthless after one changed byte. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../libs/client/api-types.js';
import { createVerifier } from '../../libs/signing/ed25519-node.js';
import { verifyReceipt } from '../../libs/signing/verify-receipt.js';
import { parseVerifierKey, type VerifierKey } from '../../libs/transparency/verifier-key.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

const command = fileURLToPath(new URL('../../dist/libs/cli/potluck.js', import.meta.url));

describe('a receipt', () => {
  let grid: Grid;
  let jobId: string;
  let receipt: Receipt;
  let vkey: string;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.api().deploy({ name: 'double', runtime: 'js', source: 'export default (n) => n * 2' });
  });
  afterAll(() => grid.stop());

  function potluck(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      const env = { PATH: process.env.PATH, POTLUCK_HOME: grid.directory, HOME: grid.directory };
      execFile(process.execPath, [command, ...args], { cwd: grid.directory, env }, (error, out, err) => {
        resolve({ code: (error as { code?: number } | null)?.code ?? 0, out, err });
      });
    });
  }

  const trust = () => {
    const reading = parseVerifierKey(vkey) as { key: VerifierKey };
    return {
      keys: [reading.key],
      verify: (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array) =>
        createVerifier(Buffer.from(publicKey))(bytes, signature),
    };
  };

  it('is not there before the job is settled, nor for a job that moved no credits', async () => {
    const job = await grid.api().submitJob({ function: 'double', input: 1 });
    const api = grid.api();
    const early = await fetch(`${grid.url}/v1/jobs/${job.id}/receipt`, {
      headers: { authorization: `Bearer ${grid.demo.developer.apiKey}` },
    });
    expect({ status: early.status, retryAfter: early.headers.get('retry-after') }).toEqual({ status: 409, retryAfter: '2' });
    expect(await early.json()).toMatchObject({ code: 'job_not_settled', retryable: true });
    await api.cancelJob(job.id);
    await expect(api.receipt(job.id)).rejects.toMatchObject({ status: 404, code: 'no_receipt' });
    await expect(api.receipt('job_01jd8w2v7qe3f9a2kq0v6m4xyz')).rejects.toMatchObject({ status: 404, code: 'not_found' });
    await expect(api.receipt('receipt')).rejects.toMatchObject({ status: 404, code: 'not_found' });
    await expect(api.receipt(job.id, { revision: 3 })).rejects.toMatchObject({ status: 400, code: 'validation_failed' });
  });

  it('names the nodes that agreed and what they signed, and proves the settlement', async () => {
    await grid.startWorker('one', grid.demo.volunteers[0]!);
    await grid.startWorker('two', grid.demo.volunteers[1]!);
    ({ jobId } = await grid.api().invoke('double', 21));
    receipt = await grid.api().waitForReceipt(jobId);
    const { keys } = (await (await fetch(`${grid.url}/v1/log/keys`)).json()) as { keys: { vkey: string }[] };
    vkey = keys[0]!.vkey;
    const job = await grid.api().job(jobId);
    expect(receipt).toMatchObject({
      jobId,
      origin: grid.url,
      function: 'double',
      outcome: 'ok',
      charged: job.charged,
      fuel: job.fuel,
    });
    expect(receipt.attestations.length + Number(receipt.verdict.referee)).toBeGreaterThanOrEqual(1);
    const verdict = verifyReceipt(receipt, trust());
    expect(verdict).toMatchObject({ state: 'valid', nodes: receipt.attestations.map(({ nodeId }) => nodeId) });
  });

  it('is the same again, also after the payloads are gone, and for auditors but no other account', async () => {
    await grid.query('DELETE FROM job_payloads');
    expect(await grid.api().receipt(jobId)).toEqual(receipt);
    expect(await grid.api(grid.demo.auditor.apiKey).receipt(jobId)).toEqual(receipt);
    const stranger = grid.api(grid.demo.volunteers[0]!.apiKey);
    await expect(stranger.receipt(jobId)).rejects.toMatchObject({ status: 404, code: 'not_found' });
    await expect(grid.api().receipt(jobId, { revision: 2 })).rejects.toMatchObject({ status: 404, code: 'no_receipt' });
  });

  it('is refused after any one byte of it is changed', () => {
    const text = Buffer.from(JSON.stringify(receipt));
    const accepted: string[] = [];
    for (let at = 0; at < text.length; at += 1) {
      for (const flip of [0x01, 0x20]) {
        const changed = Buffer.from(text);
        changed[at] = (changed[at] as number) ^ flip;
        if (isValid(changed)) accepted.push(changed.subarray(Math.max(0, at - 20), at + 20).toString());
      }
    }
    expect(accepted).toEqual([]);
  });

  function isValid(bytes: Buffer): boolean {
    try {
      return verifyReceipt(JSON.parse(bytes.toString()), trust()).state === 'valid';
    } catch {
      return false;
    }
  }

  it('goes through the command: fetched to a file, and checked without the grid', async () => {
    const fetched = await potluck('receipt', jobId, '--out', 'receipt.json');
    expect(fetched).toMatchObject({ code: 0, out: expect.stringContaining(jobId) });
    const file = join(grid.directory, 'receipt.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(receipt);
    await grid.killCoordinators();
    const good = await potluck('receipt', 'verify', file, '--log-key', vkey);
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining(`VALID       ${jobId}`) });
    expect(good.out.match(/^ok /gm)).toHaveLength(5);
    writeFileSync(join(grid.directory, 'changed.json'), readFileSync(file, 'utf8').replace('"fuel": "', '"fuel": "1'));
    const bad = await potluck('receipt', 'verify', 'changed.json', '--log-key', vkey, '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({ state: 'refused' });
    await grid.startCoordinator();
  });

  it('is not checked by the command without a key, with a bad one, or over a file that is none', async () => {
    const file = join(grid.directory, 'receipt.json');
    const codes = [
      (await potluck('receipt', 'verify', file)).code,
      (await potluck('receipt', 'verify', file, '--log-key', 'nonsense')).code,
      (await potluck('receipt', 'verify', 'missing.json', '--log-key', vkey)).code,
      (await potluck('receipt', 'verify', command, '--log-key', vkey)).code,
      (await potluck('receipt')).code,
    ];
    expect(codes).toEqual([2, 2, 2, 2, 2]);
    await expectSoundBooks(grid);
  });
});
