/** Enrolment tokens: single use, ten minutes, so that no API key ever lives on a volunteer's machine. Only a keyed hash is stored. */
import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import { Settings } from '../settings/settings.js';

export interface Enrolment {
  id: string;
  accountId: string;
  expiresAt: Date;
  /** The node that used it. */
  nodeId: string | null;
}

interface EnrolmentRow {
  id: string;
  account_id: string;
  expires_at: Date;
  node_id: string | null;
}

const TOKEN = /^ple_[A-Za-z0-9_-]{32}$/;

@Injectable()
export class Enrolments {
  constructor(private readonly settings: Settings) {}

  async issue(tx: EntityManager, accountId: string, id: string = newId()): Promise<{ enrolment: Enrolment; token: string }> {
    const token = `ple_${randomBytes(24).toString('base64url')}`;
    const expiresAt = new Date(Date.now() + this.settings.policy.api.enrolmentMs);
    await tx.query('INSERT INTO enrolments (id, account_id, token_hash, expires_at) VALUES ($1, $2, $3, $4)', [
      id,
      accountId,
      this.hash(token),
      expiresAt,
    ]);
    return { enrolment: { id, accountId, expiresAt, nodeId: null }, token };
  }

  async byId(tx: EntityManager, accountId: string, id: string): Promise<Enrolment | undefined> {
    const [row]: EnrolmentRow[] = await tx.query(
      'SELECT id, account_id, expires_at, node_id FROM enrolments WHERE id = $1 AND account_id = $2',
      [id, accountId],
    );
    return row && enrolmentOf(row);
  }

  /** Locked, so that two machines with one token come one after the other. */
  async lock(tx: EntityManager, token: string): Promise<Enrolment | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const [row]: EnrolmentRow[] = await tx.query(
      'SELECT id, account_id, expires_at, node_id FROM enrolments WHERE token_hash = $1 FOR UPDATE',
      [this.hash(token)],
    );
    return row && enrolmentOf(row);
  }

  async use(tx: EntityManager, id: string, nodeId: string): Promise<void> {
    await tx.query('UPDATE enrolments SET node_id = $2 WHERE id = $1', [id, nodeId]);
  }

  private hash(token: string): Buffer {
    return createHmac('sha256', this.settings.secret).update(`enrolment\n${token}`).digest();
  }
}

function enrolmentOf(row: EnrolmentRow): Enrolment {
  return { id: row.id, accountId: row.account_id, expiresAt: row.expires_at, nodeId: row.node_id };
}
