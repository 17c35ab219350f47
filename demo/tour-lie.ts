/**
 * Second half of the tour: a new volunteer serves honestly until it has something to lose, then lies. It is caught by the referee's
 * re-execution and slashed, and the caller never sees its number.
 */
import { createHash, randomInt } from 'node:crypto';
import type { Batch, Job, LedgerEntry, LedgerTransfer } from '#libs/client/api-types.js';
import { decodeId } from '#libs/signing/ids.js';
import { Liar, type Lie } from './liar.js';
import { type Primes, primesBelow, primesName } from './primes.js';
import { credits, grouped, type Printout, short } from './printout.js';
import { checkTrialBalance, entriesAbout, readTransfer, showTransfer, sum } from './tour-audit.js';
import { collect } from './tour-invocation.js';
import { holds, type TourOptions, type TourParty } from './tour-party.js';
import { until } from './until.js';

interface Lapse {
  kind: string;
  reason: string | null;
  jobId?: string;
}

/** More than the honest nodes can hold at once, so that some of it comes to the newcomer. */
const BATCH_JOBS = 24;
const ROUNDS = 10;
const BATCH_PATIENCE_MS = 60_000;
const SLASH_PATIENCE_MS = 30_000;

export async function showLie({ grid, home, out, signal }: TourOptions, party: TourParty): Promise<void> {
  out.heading('3. A new volunteer serves honestly, until it has something to lose');
  const liar = await Liar.hire(grid, home, party);
  try {
    out.line('  a fourth worker joins under a new account; it is a program of this tour, no worker has such an option');
    await earnStake(out, party, liar, signal);
    out.heading('4. Then it lies');
    const batch = await lieOnce(party, liar, signal);
    const lie = liar.lie as Lie;
    out.line(`  ${lie.jobId}: it computed ${JSON.stringify(lie.honest)}`);
    out.line(`${' '.repeat(lie.jobId.length + 2)}  and signed   ${JSON.stringify(lie.said)}`);
    await showSlash(out, party, liar);
    const jobs = await showAnswers(out, party, batch, lie);
    await showPay(out, party, { jobs, lie });
    out.line();
    await checkTrialBalance(out, party);
  } finally {
    await liar.leave();
  }
}

async function earnStake(out: Printout, party: TourParty, liar: Liar, signal: AbortSignal): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    await runBatch(party, signal);
    const stake = await liar.stake();
    if (stake === 0n) continue;
    const served = new Set((await collect(liar.api.entries())).map(({ transferId }) => transferId)).size;
    out.holds(`it was paid for ${served} honest results; of its pay ${credits(stake)} are its stake, kept back for such a case`);
    return;
  }
  holds(false, `in ${ROUNDS} batches of ${BATCH_JOBS} jobs the new volunteer earns some stake`);
}

async function lieOnce(party: TourParty, liar: Liar, signal: AbortSignal): Promise<Batch> {
  liar.beginToLie();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const batch = await runBatch(party, signal);
    if (liar.lie) return batch;
  }
  return holds(false, `in ${ROUNDS} batches of ${BATCH_JOBS} jobs the liar gets one`) as never;
}

/** Submits a batch and waits until every job of it is settled. */
async function runBatch({ developer }: TourParty, signal: AbortSignal): Promise<Batch> {
  const inputs = Array.from({ length: BATCH_JOBS }, () => ({ below: randomInt(20_000, 60_000) }));
  const { id } = await developer.submitBatch({ function: primesName, inputs });
  const look = async (): Promise<Batch | false> => {
    const batch = await developer.batch(id);
    return batch.completed === true && batch;
  };
  const batch = await until(`all ${BATCH_JOBS} jobs of ${id} end`, look, { withinMs: BATCH_PATIENCE_MS, signal });
  holds(batch.counts.succeeded === BATCH_JOBS, `all ${BATCH_JOBS} jobs succeed (${JSON.stringify(batch.counts)})`);
  return batch;
}

async function showSlash(out: Printout, party: TourParty, liar: Liar): Promise<void> {
  const lie = liar.lie as Lie;
  const look = async (): Promise<LedgerEntry | undefined> =>
    (await entriesAbout(liar.api, [lie.jobId])).find(({ kind, code }) => kind === 'slash' && code === 'stake');
  const seizure = await until('the referee proves the lie, and the stake is seized', look, { withinMs: SLASH_PATIENCE_MS });
  const slash = await readTransfer(party, seizure.transferId);
  const evidence = (slash.meta ?? {}) as Record<string, string>;
  out.line();
  out.line('  The referee ran the job again. The evidence, its hash in the books:');
  out.table([
    ['the liar', evidence.saidOutcome ?? '', short(evidence.saidOutputDigest), `fuel ${grouped(evidence.saidFuel ?? '')}`],
    [
      'the referee',
      evidence.refereeOutcome ?? '',
      short(evidence.refereeOutputDigest),
      `fuel ${grouped(evidence.refereeFuel ?? '')}`,
    ],
  ]);
  checkEvidence(slash, liar);
  out.holds(`evidence hash ${short(slash.evidenceHash)} is that of these facts`);
  showTransfer(out, slash, party);
  // Until the proof it goes on earning: what counts is the balance that the books carried to the seizure.
  const before = BigInt(seizure.balance) - BigInt(seizure.amount);
  holds(before > 0n && BigInt(seizure.balance) === 0n, `all of its stake is seized (${before} before, ${seizure.balance} after)`);
  out.holds(`stake before ${credits(before)}, after ${credits(seizure.balance)}`);
  const node = await liar.api.node(liar.nodeId);
  const lapse = (node.recentLapses as Lapse[]).find(({ kind }) => kind === 'proven_wrong');
  holds(node.stage === 'probation', `the node is in probation again (${node.stage})`);
  holds(lapse?.jobId === lie.jobId, 'its record names the job');
  out.holds(
    `its node: ${node.stage}, quota ${node.quota}, credibility ${node.credibility}; record: ${lapse.kind}, ${lapse.reason}`,
  );
}

function checkEvidence({ meta = {}, evidenceHash }: LedgerTransfer, liar: Liar): void {
  const { saidOutputDigest, refereeOutputDigest, nodeId, jobId } = meta;
  const lie = liar.lie as Lie;
  const digestOf = (output: Primes): string => `sha256:${createHash('sha256').update(JSON.stringify(output)).digest('hex')}`;
  holds(nodeId === liar.nodeId && jobId === lie.jobId, 'the evidence names the liar’s node and the job');
  holds(saidOutputDigest === digestOf(lie.said), 'the evidence has the digest of what the liar signed');
  holds(refereeOutputDigest === digestOf(lie.honest), 'the evidence has the digest of the right output');
  const lines = Object.keys(meta)
    .sort()
    .map((name) => `${name}=${meta[name]}\n`);
  const hash = `sha256:${createHash('sha256').update(lines.join('')).digest('hex')}`;
  holds(evidenceHash === hash, 'the evidence hash in the books is that of the evidence');
}

async function showAnswers(out: Printout, party: TourParty, batch: Batch, lie: Lie): Promise<Job[]> {
  const listed = await collect(party.developer.jobs({ batchId: batch.id }));
  const jobs = await Promise.all(listed.map(({ id }) => party.developer.job(id)));
  holds(jobs.length === BATCH_JOBS, 'the batch has all its jobs');
  for (const { id, input, output, correctedOutput, invalidatedAt } of jobs) {
    const right = JSON.stringify(primesBelow((input as { below: number }).below));
    holds(
      !invalidatedAt && correctedOutput === undefined && JSON.stringify(output) === right,
      `${id} has the right output ${right}`,
    );
  }
  const lied = jobs.find(({ id }) => id === lie.jobId);
  holds(lied !== undefined, 'the job that was lied about is in the batch');
  out.line();
  out.line(`  What the caller got for ${lie.jobId}: ${JSON.stringify(lied.output)}`);
  out.table(
    (await collect(party.developer.tasks(lied.id))).map((task) => [
      party.nodeName(task.nodeId),
      task.outcome,
      short(task.outputDigest),
      task.agreed ? 'agrees with the verdict' : 'differs',
    ]),
  );
  out.holds(`the right answer, and so for all ${jobs.length} jobs of the batch: the lie reached nobody`);
  return jobs;
}

/** Each honest execution of the batch was paid its unit less the fee of a hundredth. */
async function showPay(out: Printout, party: TourParty, { jobs, lie }: { jobs: Job[]; lie: Lie }): Promise<void> {
  const entries = await entriesAbout(
    party.developer,
    jobs.map(({ id }) => id),
  );
  const settled = new Map<string, LedgerTransfer>();
  for (const { kind, transferId, reference } of entries)
    if (kind === 'settle' && !settled.has(reference as string))
      settled.set(reference as string, await readTransfer(party, transferId));
  holds(settled.size === jobs.length, 'each job is settled exactly once');
  const transfers = new Map([...settled.values()].map((transfer) => [transfer.reference, transfer]));
  const pay = new Map<string, { results: number; micro: bigint }>();
  for (const job of jobs) {
    const transfer = transfers.get(decodeId('job', job.id) as string) as LedgerTransfer;
    const unit = BigInt(job.unit as string);
    for (const { nodeId, agreed } of await collect(party.developer.tasks(job.id))) {
      const node = nodeId ? party.nodeOf(nodeId) : undefined;
      if (!node || agreed !== true) continue;
      const micro = sum(transfer.entries.filter(({ accountId }) => accountId === node.accountId).map(({ amount }) => amount));
      holds(micro === unit - (unit + 99n) / 100n, `${node.name} is paid unit less fee for ${job.id} (${micro})`);
      const so = pay.get(node.name) ?? { results: 0, micro: 0n };
      pay.set(node.name, { results: so.results + 1, micro: so.micro + micro });
    }
  }
  out.line();
  out.line('  Paid for that batch, each honest result its unit less one hundredth:');
  out.table(
    [...pay]
      .sort()
      .map(([name, { results, micro }]) => [name, results === 1 ? '1 result' : `${results} results`, credits(micro)]),
  );
  const lied = transfers.get(decodeId('job', lie.jobId) as string) as LedgerTransfer;
  const toLiar = lied.entries.filter(({ accountId }) => accountId === party.nodeOf(lie.nodeId)?.accountId);
  holds(pay.size > 0 && toLiar.length === 0, 'the honest results were paid, the lie was not');
  out.holds('the honest results were paid, the lie was not');
}
