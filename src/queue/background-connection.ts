/** The one connection of all queues; closed last, when the processors have stopped. */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../settings/settings.js';
import { connectBackgroundWork } from './background-work.js';

@Injectable()
export class BackgroundConnection implements OnApplicationShutdown {
  readonly connection: unknown;
  private readonly close: () => Promise<void>;

  constructor(settings: Settings) {
    const { connection, close } = connectBackgroundWork(settings);
    this.connection = connection;
    this.close = close;
  }

  async onApplicationShutdown(): Promise<void> {
    // BullMQ closes its processors in the same phase: give them the turn they need to let go of their connections.
    setTimeout(() => void this.close().catch(() => undefined), 1_000).unref();
  }
}
