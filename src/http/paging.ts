/** Pages: newest first by id. A cursor is bound to the filters it was made with and cannot be forged. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../settings/settings.js';
import { DomainError } from './domain-error.js';

const MAC_BYTES = 16;

@Injectable()
export class Cursors {
  constructor(private readonly settings: Settings) {}

  /** @param after what the next page begins behind */
  encode(filters: object, after: string): string {
    return Buffer.concat([this.mac(filters, after), Buffer.from(after)]).toString('base64url');
  }

  /** @throws DomainError cursor_invalid */
  decode(filters: object, cursor: string | undefined): string | undefined {
    if (cursor === undefined) return undefined;
    const bytes = /^[A-Za-z0-9_-]{1,400}$/.test(cursor) ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
    const after = bytes.subarray(MAC_BYTES).toString();
    if (bytes.length > MAC_BYTES && timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(filters, after))) return after;
    const detail = 'cursor must be a nextCursor of this list, used with the same filters';
    throw new DomainError('cursor_invalid', detail, { errors: [{ parameter: 'cursor', detail }] });
  }

  private mac(filters: object, after: string): Buffer {
    const bound = JSON.stringify(filters, (_name, value) => (value === undefined ? null : value));
    return createHmac('sha256', this.settings.secret).update(`cursor\n${bound}\n${after}`).digest().subarray(0, MAC_BYTES);
  }
}

/** From limit + 1 rows to a page; `nextAfter` is null on the last one. */
export function page<Row>(rows: Row[], limit: number, keyOf: (row: Row) => string): { data: Row[]; nextAfter: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextAfter: rows.length > limit && last !== undefined ? keyOf(last) : null };
}
