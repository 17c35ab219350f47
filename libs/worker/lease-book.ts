/**
 * The leases a worker holds, each in one state:
 *   waiting → running → finished → (forgotten on acknowledgement)
 *   waiting, running → given back: forgotten at once; what a given-back task still returns is thrown away.
 * `have` is everything in the book: a lease that the coordinator does not find there goes to someone else.
 */
import type { Lease } from './lease.js';

export interface HeldLease {
  lease: Lease;
  state: 'waiting' | 'running' | 'finished';
  receivedAt: number;
}

export class LeaseBook {
  private readonly held = new Map<string, HeldLease>();

  /** False when it is known already: a repeated answer brings the same leases again. */
  receive(lease: Lease, now: number): boolean {
    if (this.held.has(lease.leaseId)) return false;
    this.held.set(lease.leaseId, { lease, state: 'waiting', receivedAt: now });
    return true;
  }

  /** The oldest waiting lease, now running. */
  startNext(): HeldLease | undefined {
    for (const held of this.held.values()) {
      if (held.state !== 'waiting') continue;
      held.state = 'running';
      return held;
    }
    return undefined;
  }

  /** False when the lease was given back meanwhile: its result is nobody's any more. */
  finish(leaseId: string): boolean {
    const held = this.held.get(leaseId);
    if (held === undefined) return false;
    held.state = 'finished';
    return true;
  }

  forget(leaseId: string): HeldLease | undefined {
    const held = this.held.get(leaseId);
    this.held.delete(leaseId);
    return held;
  }

  /** Forgets all that are in these states and names them. */
  giveBack(...states: HeldLease['state'][]): string[] {
    const ids = [...this.held.values()].filter(({ state }) => states.includes(state)).map(({ lease }) => lease.leaseId);
    for (const id of ids) this.held.delete(id);
    return ids;
  }

  get ids(): string[] {
    return [...this.held.keys()];
  }

  count(state: HeldLease['state']): number {
    let count = 0;
    for (const held of this.held.values()) if (held.state === state) count += 1;
    return count;
  }
}
