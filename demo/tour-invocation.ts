/** First half of the tour: one function, one invocation, who ran it, what it cost and where the credits went. */
import type { Job, JobTask } from '#libs/client/api-types.js';
import { type Primes, primesBelow, primesName, primesSource } from './primes.js';
import { credits, grouped, type Printout, short } from './printout.js';
import { checkTrialBalance, entriesAbout, readTransfer, showTransfer, signed, sum } from './tour-audit.js';
import { holds, type TourParty } from './tour-party.js';

const BELOW = 250_000;

export async function showInvocation(out: Printout, party: TourParty): Promise<void> {
  out.heading('1. A developer deploys a function');
  const { created, version } = await party.developer.deploy({
    name: primesName,
    runtime: 'js',
    source: primesSource,
    description: 'Counts the primes below a number',
  });
  out.line(`  ${primesName}: the sieve of Eratosthenes, ${primesSource.length} characters of JavaScript, named by its digest:`);
  out.line(`  version ${version.version ?? version.codeDigest}`);
  out.holds(created ? 'deployed, after a dry run by the referee' : 'this very version was deployed by an earlier tour');

  out.heading('2. and invokes it on machines of people it does not know');
  const startedAt = performance.now();
  const invocation = await party.developer.invoke<Primes>(primesName, { below: BELOW });
  const tookMs = Math.round(performance.now() - startedAt);
  holds(invocation.status === 'succeeded', `the invocation succeeds: ${JSON.stringify(invocation)}`);
  out.line(`  input   ${JSON.stringify({ below: BELOW })}`);
  out.line(`  output  ${JSON.stringify(invocation.output)}   after ${grouped(tookMs)} ms`);
  const right = primesBelow(BELOW);
  holds(JSON.stringify(invocation.output) === JSON.stringify(right), `the output is right: ${JSON.stringify(right)}`);
  out.holds('right: this console has counted them another way');

  const job = await party.developer.job(invocation.jobId);
  await showWhoRan(out, party, job);
  showPrice(out, job);
  await showBooks(out, party, job);
  await checkTrialBalance(out, party);
}

async function showWhoRan(out: Printout, party: TourParty, job: Job): Promise<void> {
  const tasks = await collect(party.developer.tasks(job.id));
  out.line();
  out.line(`  Who ran ${job.id}:`);
  out.table(
    tasks.map((task) => [
      party.nodeName(task.nodeId),
      task.outcome,
      short(task.outputDigest),
      `fuel ${grouped(task.fuel ?? '-')}`,
      task.runMs === undefined || task.runMs === null ? '' : `${task.runMs} ms`,
      task.agreed ? 'agrees' : 'differs',
      task.signature ? 'signed' : '',
    ]),
  );
  const agreeing = tasks.filter((task) => task.agreed === true);
  holds(agreeing.length === tasks.length && agreeing.some(({ nodeId }) => nodeId), 'a volunteer ran it, and all results agree');
  holds(new Set(agreeing.map(({ outputDigest, fuel }) => `${outputDigest} ${fuel}`)).size === 1, 'output and fuel are the same');
  const credibility = job.credibility ?? 0;
  holds(credibility >= 0.99, `the answer's credibility ${credibility} is what standard assurance asks for, 0.99`);
  out.holds(`${howSure(agreeing)}; probability of being right ${credibility} under independent faults (asked: 0.99)`);
}

function howSure(agreeing: JobTask[]): string {
  if (agreeing.some(({ nodeId }) => !nodeId))
    return 'a newcomer is never taken alone, so the referee ran it too: same output, same fuel';
  if (agreeing.length > 1) return 'same output, same fuel';
  return 'a volunteer so proven, with so much at stake, may work alone';
}

function showPrice(out: Printout, job: Job): void {
  const { fuel, unit, charged, hold } = job;
  holds(Boolean(fuel && unit && charged), 'the job has fuel, unit and price');
  out.line();
  out.line('  What it cost:');
  out.table([
    ['held at submission, for the fuel limit', credits(hold)],
    [`unit price of ${grouped(fuel as string)} fuel`, credits(unit as string)],
    ['charged: unit × 1.30, flat, however many executions it took', credits(charged as string)],
    ['given back', credits(BigInt(hold) - BigInt(charged as string))],
  ]);
  holds(BigInt(charged as string) === (BigInt(unit as string) * 130n + 99n) / 100n, 'the charge is the unit × 1.30, rounded up');
}

async function showBooks(out: Printout, party: TourParty, job: Job): Promise<void> {
  const entries = await entriesAbout(party.developer, [job.id]);
  out.line();
  out.line('  The developer’s ledger entries for it, oldest first:');
  out.table(
    [...entries]
      .reverse()
      .map(({ transferId, kind, code, amount, balance }) => [
        `transfer ${transferId}`,
        kind,
        code,
        signed(amount),
        'balance',
        credits(balance),
      ]),
  );
  holds(sum(entries.map(({ amount }) => amount)) === -BigInt(job.charged as string), 'they sum to what was charged');
  out.holds(`they sum to what was charged, ${credits(job.charged as string)}`);
  out.line();
  out.line('  The same transfers with all their legs, as an auditor sees them:');
  for (const id of [...new Set(entries.map(({ transferId }) => transferId))].reverse()) {
    showTransfer(out, await readTransfer(party, id), party);
  }
  out.holds('each transfer sums to zero');
  out.line();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
