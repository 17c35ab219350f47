/**
 * Makes a machine a node. Whoever registers proves that it holds the key: a signature over the grid's origin, the token (or account),
 * the key and the time. Repeating is safe: a key that the account has registered answers with its node.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { decodeBinary } from '#libs/signing/binary-text.js';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { encodeId, newId } from '#libs/signing/ids.js';
import { proofBytes } from '#libs/signing/node-proof.js';
import { Transaction } from '../database/transaction.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { Settings } from '../settings/settings.js';
import { addressRangeOf } from './address-range.js';
import { type Enrolment, Enrolments } from './enrolments.js';
import { NodeRecords } from './node-records.js';
import { Nodes, type VolunteerNode } from './nodes.js';

export interface NodeRegistration {
  name: string;
  publicKey: string;
  proof: string;
  timestamp: string;
  region: string | null;
  /** Either of the two says whose node it is. */
  enrolment?: string | undefined;
  accountId?: string | undefined;
  address: string;
}

@Injectable()
export class RegisterNode {
  constructor(
    private readonly transaction: Transaction,
    private readonly nodes: Nodes,
    private readonly nodeRecords: NodeRecords,
    private readonly enrolments: Enrolments,
    private readonly settings: Settings,
  ) {}

  async run(request: NodeRegistration): Promise<{ node: VolunteerNode; created: boolean }> {
    const publicKey = this.provenKey(request);
    return this.transaction.run(async (tx) => {
      const enrolment = request.enrolment === undefined ? undefined : await this.enrolments.lock(tx, request.enrolment);
      const known = await this.nodes.byKey(tx, publicKey);
      const accountId = this.accountOf(request, enrolment, known);
      if (known) return { node: await this.again(tx, known, accountId, enrolment), created: false };
      const { nodesPerAccount } = this.settings.policy.api;
      if ((await this.nodes.countOf(tx, accountId)) >= nodesPerAccount) {
        throw new DomainError(
          'limit_reached',
          `an account may have ${nodesPerAccount} nodes; retire one with DELETE /v1/nodes/{id}`,
        );
      }
      const id = newId();
      const node = await this.nodes.insert(tx, {
        id,
        accountId,
        name: request.name,
        region: request.region,
        addressRange: addressRangeOf(request.address),
        publicKey,
      });
      await this.nodeRecords.open(tx, { nodeId: id, ownerId: accountId });
      if (enrolment) await this.enrolments.use(tx, enrolment.id, id);
      return { node, created: true };
    });
  }

  private provenKey(request: NodeRegistration): Buffer {
    const publicKey = decodeBinary(request.publicKey, 32);
    if (!publicKey)
      throw invalidField({ pointer: '/publicKey' }, 'publicKey must be the 32 bytes of an ed25519 public key in base64');
    const proof = decodeBinary(request.proof, 64);
    if (!proof) throw invalidField({ pointer: '/proof' }, 'proof must be the 64 bytes of an ed25519 signature in base64');
    const skewMs = Math.abs(Date.now() - Date.parse(request.timestamp));
    const { nodeProofSkewMs } = this.settings.policy.api;
    if (!(skewMs <= nodeProofSkewMs))
      throw invalidField(
        { pointer: '/timestamp' },
        `timestamp must be RFC 3339 and within ${nodeProofSkewMs / 60_000} minutes of now`,
      );
    const origin = this.settings.publicOrigin;
    const subject = request.enrolment ?? encodeId('acct', request.accountId as string);
    const bytes = proofBytes({ origin, subject, publicKey: request.publicKey, timestamp: request.timestamp });
    if (createVerifier(publicKey)(bytes, proof)) return publicKey;
    const detail = `proof is not this key’s signature over potluck-node-v1|${origin}|{subject}|{publicKey}|{timestamp}`;
    throw new DomainError('signature_invalid', detail, { errors: [{ pointer: '/proof', detail }] });
  }

  private accountOf(request: NodeRegistration, enrolment: Enrolment | undefined, known: VolunteerNode | undefined): string {
    if (request.accountId !== undefined) return request.accountId;
    if (!enrolment) throw refused('is not known; make one with POST /v1/node-enrolments');
    // A repeat after a lost answer: the token was used by this very key.
    if (enrolment.nodeId !== null && enrolment.nodeId === known?.id) return enrolment.accountId;
    if (enrolment.nodeId !== null) throw refused('was used; make a new one with POST /v1/node-enrolments');
    if (enrolment.expiresAt.getTime() <= Date.now()) throw refused('has expired; make a new one with POST /v1/node-enrolments');
    return enrolment.accountId;
  }

  private async again(
    tx: EntityManager,
    known: VolunteerNode,
    accountId: string,
    enrolment: Enrolment | undefined,
  ): Promise<VolunteerNode> {
    if (known.accountId !== accountId)
      throw new DomainError('conflict', 'this key is registered by another account; make a new key');
    if (known.revokedAt) throw new DomainError('conflict', 'this key was revoked; make a new key');
    if (enrolment && enrolment.nodeId === null) await this.enrolments.use(tx, enrolment.id, known.id);
    return known;
  }
}

const refused = (why: string): DomainError => {
  const detail = `the enrolment token ${why}`;
  return new DomainError('enrolment_invalid', detail, { errors: [{ pointer: '/enrolment', detail }] });
};
