/** Hints by LISTEN/NOTIFY over one direct connection; it must not go through a transaction pooler, where LISTEN dies silently. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { APP_SESSION_OPTIONS } from '../database/app-role.js';
import { CHANNEL_NAME, type HintChannel, type HintChannelEvents } from './hint-channel.js';

const RETRY_MS = 500;

export class PostgresHintChannel implements HintChannel {
  /** Tells our own notifications from those of others. */
  private readonly self = randomUUID().slice(0, 8);
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly url: string) {}

  async open(events: HintChannelEvents): Promise<void> {
    await this.connect(events).catch(() => this.reconnectLater(events));
  }

  publish(name: string): void {
    this.client?.query('SELECT pg_notify($1, $2)', [CHANNEL_NAME, `${this.self} ${name}`]).catch(() => {
      // The connection is breaking; its end event opens the next.
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async connect(events: HintChannelEvents): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'potluck hints',
      options: APP_SESSION_OPTIONS,
      keepAlive: true,
    });
    client.on('notification', ({ payload }) => {
      const [sender, name] = (payload ?? '').split(' ');
      if (sender !== this.self && name) events.onHint(name);
    });
    client.on('error', () => undefined);
    client.once('end', () => this.lost(client, events));
    await client.connect();
    await client.query(`LISTEN ${CHANNEL_NAME}`);
    this.client = client;
  }

  private lost(client: pg.Client, events: HintChannelEvents): void {
    if (this.closed || this.client !== client) return;
    this.client = undefined;
    this.reconnectLater(events);
  }

  private reconnectLater(events: HintChannelEvents): void {
    if (this.closed) return;
    this.retry = setTimeout(() => {
      this.connect(events).then(events.onReconnect, () => this.reconnectLater(events));
    }, RETRY_MS);
  }
}
