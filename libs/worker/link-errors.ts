/** How a call to the coordinator can fail: no answer, a refusal, or a refusal after which going on makes no sense. */

export class NoAnswer extends Error {
  constructor(detail: string, cause: unknown) {
    super(detail, { cause });
    this.name = 'NoAnswer';
  }
}

export interface RefusalFacts {
  call: string;
  status: number;
  code: string;
  detail: string;
  retryable: boolean;
  retryAfterSeconds?: number;
}

export class Refusal extends Error {
  readonly facts: RefusalFacts;

  constructor(facts: RefusalFacts) {
    super(facts.detail);
    this.name = 'Refusal';
    this.facts = facts;
  }
}

/** Ends the worker: the coordinator speaks a newer protocol, does not know this key (any more), or its log contradicts itself. */
export class FatalRefusal extends Error {
  constructor(
    readonly reason: 'protocol_too_old' | 'unauthorized' | 'log_forked',
    detail: string,
  ) {
    super(detail);
    this.name = 'FatalRefusal';
  }
}
