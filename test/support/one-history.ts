/**
 * Whether many writers' postings make one history: the posted ones, put in the order of their ids, must each be possible where they
 * stand; what was refused or known already must have been so at some point between its call and its answer.
 */
import { expect } from 'vitest';
import type { PostOutcome, TransferRequest } from '../../src/ledger/ledger.js';
import { wordsOf } from './compare-books.js';
import type { ReferenceBooks } from './reference-books.js';

export interface Posting {
  items: TransferRequest[];
  outcomes: PostOutcome[];
  /** Ticks of a clock that all writers share. */
  askedAt: number;
  answeredAt: number;
}

interface Posted {
  id: bigint;
  request: TransferRequest;
}

/** It saw some state with all ids up to `from` and none above `to`. */
interface Unposted {
  request: TransferRequest;
  outcome: PostOutcome;
  from: bigint;
  to: bigint;
  /** Not answered yet when this was asked for: ids are given in order, commits are not. */
  mayBeUnseen: (id: bigint) => boolean;
}

const LAST = 2n ** 63n;

export function expectOneHistory(reference: ReferenceBooks, postings: Posting[], before: bigint): void {
  const history = postings.flatMap(postedOf).sort((one, other) => (one.id < other.id ? -1 : 1));
  let open = postings.flatMap((posting) => unpostedOf(posting, postings, before));
  for (let at = -1; at < history.length; at += 1) {
    const posted = history[at];
    reference.beginSet();
    if (posted) {
      const judgement = reference.post(posted.request, posted.id);
      expect(`transfer ${posted.id}, ${posted.request.kind}: ${wordsOf(judgement)}`).toBe(
        `transfer ${posted.id}, ${posted.request.kind}: posted`,
      );
    }
    const here = posted?.id ?? before;
    const next = history[at + 1]?.id ?? LAST;
    open = open.filter((item) => item.from >= next || item.to < here || !isExplained(reference, item));
  }
  expect(
    open.map(({ request, outcome, from, to }) => `${request.kind} was ${wordsOf(outcome)}, at no point from ${from} to ${to}`),
  ).toEqual([]);
}

function isExplained(reference: ReferenceBooks, { request, outcome, mayBeUnseen }: Unposted): boolean {
  const judgement = reference.judge(request);
  if (wordsOf(judgement) === wordsOf(outcome))
    return judgement.state !== 'duplicate' || (outcome.state === 'duplicate' && judgement.of.id === outcome.transferId);
  // A twin on quite other balances may have had its id already, and its commit not yet.
  const twin = 'of' in judgement ? judgement.of : undefined;
  const ignoreKey = twin?.id !== undefined && mayBeUnseen(twin.id);
  // A hold that is not there yet is not locked: it may be there by the time the balances are.
  const hold = reference.holds.get(request.hold?.id ?? '');
  const ignoreHold = hold?.openedBy !== undefined && mayBeUnseen(hold.openedBy);
  return (ignoreKey || ignoreHold) && wordsOf(reference.judge(request, { ignoreKey, ignoreHold })) === wordsOf(outcome);
}

function postedOf({ items, outcomes }: Posting): Posted[] {
  return outcomes.flatMap((outcome, at) =>
    outcome.state === 'posted' ? [{ id: outcome.transferId, request: items[at] as TransferRequest }] : [],
  );
}

function unpostedOf(posting: Posting, all: Posting[], before: bigint): Unposted[] {
  const earlier = all.filter(({ answeredAt }) => answeredAt < posting.askedAt).flatMap(idsOf);
  const later = all.filter(({ askedAt }) => askedAt > posting.answeredAt).flatMap(idsOf);
  const answered = new Set(earlier);
  const from = earlier.reduce((highest, id) => (id > highest ? id : highest), before);
  const to = later.reduce((lowest, id) => (id <= lowest ? id - 1n : lowest), LAST);
  return posting.outcomes.flatMap((outcome, at) => {
    if (outcome.state === 'posted') return [];
    // Within a set, an item sees those before it and not those behind it.
    const own = idsOf({ ...posting, outcomes: posting.outcomes.slice(0, at) }).at(-1);
    const [next] = idsOf({ ...posting, outcomes: posting.outcomes.slice(at) });
    return [
      {
        request: posting.items[at] as TransferRequest,
        outcome,
        from: own ?? from,
        mayBeUnseen: (id: bigint) => id > before && !answered.has(id),
        to: next === undefined ? to : next - 1n,
      },
    ];
  });
}

const idsOf = ({ outcomes }: Posting): bigint[] =>
  outcomes.flatMap((outcome) => (outcome.state === 'posted' ? [outcome.transferId] : []));
