/** Hints by Redis' pub/sub. Redis may vanish and come back empty: nothing but a little time is lost. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { CHANNEL_NAME, type HintChannel, type HintChannelEvents } from './hint-channel.js';

export class RedisHintChannel implements HintChannel {
  private readonly self = randomUUID().slice(0, 8);
  private readonly publisher: Redis;
  private readonly subscriber: Redis;

  constructor(url: string) {
    // A hint that cannot be sent now is lost, not queued: by the time Redis is back, everyone looks anyway.
    this.publisher = new Redis(url, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    this.subscriber = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null });
    for (const connection of [this.publisher, this.subscriber]) connection.on('error', () => undefined);
  }

  async open(events: HintChannelEvents): Promise<void> {
    this.subscriber.on('message', (_channel: string, payload: string) => {
      const [sender, name] = payload.split(' ');
      if (sender !== this.self && name) events.onHint(name);
    });
    let connected = false;
    this.subscriber.on('ready', () => {
      if (connected) events.onReconnect();
      connected = true;
    });
    void this.publisher.connect().catch(() => undefined);
    // ioredis subscribes again by itself after each reconnection.
    void this.subscriber
      .connect()
      .then(() => this.subscriber.subscribe(CHANNEL_NAME))
      .catch(() => undefined);
  }

  publish(name: string): void {
    this.publisher.publish(CHANNEL_NAME, `${this.self} ${name}`).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.publisher.disconnect();
    this.subscriber.disconnect();
  }
}
