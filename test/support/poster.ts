/**
 * A process that posts sets of transfers through the real ledger until it is killed, and says what it does, a line each:
 * `ask N` before set N is posted, `ack N id id - …` when it is (a dash for what was refused), `drop N` when it gives up on it.
 * A set without an answer is posted again, as a client repeats a request; every fifth is given up instead.
 *
 * Arguments: the database, the accounts by commas, the number of writers, the first set, and sets to begin with.
 */
import { writeSync } from 'node:fs';
import { Transaction } from '../../src/database/transaction.js';
import { Ledger, type PostOutcome } from '../../src/ledger/ledger.js';
import { openDataSource } from './database.js';
import { setOf } from './fault-sets.js';

const [url = '', accountList = '', writers = '8', first = '0', again = ''] = process.argv.slice(2);
const accounts = accountList.split(',');
/** The server is away for less than a second; a test that waits longer has failed. */
const PATIENCE_MS = 60_000;

const dataSource = await openDataSource(url);
const ledger = new Ledger(dataSource);
const transaction = new Transaction(dataSource);
const waiting = again === '' ? [] : again.split(',').map(Number);
let next = Number(first);

// Synchronous: what was said before the kill has been said.
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function post(set: number): Promise<PostOutcome[] | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await transaction.run((tx) => ledger.post(tx, setOf(set, accounts)));
    } catch (error) {
      if (set % 5 === 0) return undefined;
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function write(): Promise<void> {
  for (;;) {
    const repeated = waiting.shift();
    const set = repeated ?? next;
    if (repeated === undefined) next += 1;
    say(`ask ${set}`);
    const outcomes = await post(set);
    say(
      outcomes
        ? `ack ${set} ${outcomes.map((outcome) => (outcome.state === 'refused' ? '-' : outcome.transferId)).join(' ')}`
        : `drop ${set}`,
    );
  }
}

await Promise.all(Array.from({ length: Number(writers) }, write));
