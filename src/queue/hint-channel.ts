/** How hints reach the other processes: one long connection, by PostgreSQL's LISTEN/NOTIFY or Redis' pub/sub. */
export const HINT_CHANNEL = Symbol('HINT_CHANNEL');

export interface HintChannelEvents {
  /** Another process sent it. */
  onHint: (name: string) => void;
  /** The connection was lost and is back: assume that all hints between were lost. */
  onReconnect: () => void;
}

export interface HintChannel {
  open(events: HintChannelEvents): Promise<void>;
  /** Fire and forget: a hint that cannot be sent is a lost hint. */
  publish(name: string): void;
  close(): Promise<void>;
}

/** The name of the channel on either engine. */
export const CHANNEL_NAME = 'potluck_hints';
