/** What this process was told by its environment: typed, checked as a whole, read nowhere else. */
import type { Policy } from '#libs/policy/policy.js';

export class Settings {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string;
  /** Past any pooler: LISTEN dies silently behind one. */
  readonly databaseDirectUrl: string;
  /** Whose role owns the tables and runs migrations. */
  readonly databaseOwnerUrl: string;
  readonly databasePoolSize: number;
  readonly redisUrl: string | undefined;
  /** What this grid calls itself: workers sign for it. */
  readonly publicOrigin: string;
  readonly policy: Policy;
  /** Keys the hashes of API keys, the cursors and the addresses of the unauthenticated; 32 bytes. */
  readonly secret: Buffer;
  /** Signs the checkpoints of the public log; the seed of an ed25519 key, 32 bytes. */
  readonly logKey: Buffer;
  /** The seed that `logKey` takes over from, while it does. */
  readonly previousLogKey: Buffer | undefined;
  readonly refereeEnabled: boolean;
  /** Private files of the coordinator: its secret, the log's key, its demo accounts. */
  readonly home: string;
  readonly logLevel: string;
  readonly production: boolean;
  readonly trustProxy: boolean;
  /** Where the keys of the demo accounts are written; absent: no demo accounts. */
  readonly demoFile: string | undefined;

  constructor(values: Settings) {
    Object.assign(this, values);
  }
}
