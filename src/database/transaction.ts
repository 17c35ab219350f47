/**
 * Runs a use case in one transaction. A deadlock or a serialisation failure is run again, up to three times: the work must have no
 * effect outside the database before this resolves. Lock order and everything else about money is the caller's.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

const RETRYABLE = new Set(['40P01', '40001']);
const RETRIES = 3;

@Injectable()
export class Transaction {
  constructor(private readonly dataSource: DataSource) {}

  async run<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        // READ COMMITTED is the database's default: saying it again would be one more round trip.
        return await this.dataSource.transaction(work);
      } catch (error) {
        if (attempt >= RETRIES || !RETRYABLE.has(sqlStateOf(error) ?? '')) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
      }
    }
  }
}

/** The five-character SQLSTATE of an error of the database. */
export function sqlStateOf(error: unknown): string | undefined {
  const code =
    (error as { code?: unknown; driverError?: { code?: unknown } } | undefined)?.code ??
    (error as { driverError?: { code?: unknown } } | undefined)?.driverError?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The database is away (restarting, unreachable): the same request may succeed in a moment. */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined)
    return error instanceof Error && /Connection terminated|timeout exceeded when trying to connect/.test(error.message);
  return /^(08|57P0|53300)/.test(state) || ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT'].includes(state);
}
