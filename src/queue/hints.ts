/**
 * Hints between the coordinator's processes: something is ready, settled, asked of the referee. They carry no payload and no
 * promise: sent after a commit, coalesced, lost at will. Whoever gets one looks at the tables; whoever misses one has a tick.
 */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../settings/settings.js';
import { HINT_CHANNEL, type HintChannel } from './hint-channel.js';

export const hintNames = ['ready', 'outcome', 'referee_requested', 'referee_finished'] as const;
export type HintName = (typeof hintNames)[number];

@Injectable()
export class Hints implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Hints.name);
  private readonly listeners = new Map<HintName, Set<() => void>>(hintNames.map((name) => [name, new Set()]));
  private readonly sentAt = new Map<HintName, number>();
  private readonly pending = new Map<HintName, NodeJS.Timeout>();
  private readonly spacingMs: number;

  constructor(
    @Inject(HINT_CHANNEL) private readonly channel: HintChannel,
    settings: Settings,
  ) {
    this.spacingMs = Math.ceil(1_000 / settings.policy.scheduling.hintsPerSecond);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.channel.open({
      onHint: (name) => this.call(name as HintName),
      onReconnect: () => {
        this.logger.warn('the hint channel is back: everything may have changed meanwhile');
        for (const name of hintNames) this.call(name);
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.pending.values()) clearTimeout(timer);
    await this.channel.close();
  }

  /** After the commit. Reaches this process at once, the others at most `hintsPerSecond` times a second. */
  send(name: HintName): void {
    setImmediate(() => this.call(name));
    if (this.pending.has(name)) return;
    const dueInMs = (this.sentAt.get(name) ?? 0) + this.spacingMs - Date.now();
    if (dueInMs <= 0) return this.publish(name);
    this.pending.set(
      name,
      setTimeout(() => {
        this.pending.delete(name);
        this.publish(name);
      }, dueInMs),
    );
  }

  /** @returns a function that ends the subscription */
  on(name: HintName, listener: () => void): () => void {
    this.listeners.get(name)?.add(listener);
    return () => this.listeners.get(name)?.delete(listener);
  }

  private publish(name: HintName): void {
    this.sentAt.set(name, Date.now());
    this.channel.publish(name);
  }

  private call(name: HintName): void {
    for (const listener of this.listeners.get(name) ?? []) listener();
  }
}
