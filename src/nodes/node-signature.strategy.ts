/** The passport strategy behind `@SignedByNode`: an RFC 9421 signature by the node that keyid names. */
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { verifyRequest } from '#libs/signing/http-signature.js';
import { decodeId } from '#libs/signing/ids.js';
import type { NodeCaller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import type { RawRequest } from '../http/read-body.js';
import { Settings } from '../settings/settings.js';
import { addressRangeOf } from './address-range.js';
import { Nodes } from './nodes.js';

type Verified = (error: Error | null, node?: NodeCaller) => void;

class SignatureStrategy extends passport.Strategy {
  constructor(private readonly verify: (request: RawRequest, done: Verified) => void) {
    super();
  }

  override authenticate(request: unknown): void {
    this.verify(request as RawRequest, (error, node) => (error ? this.error(error) : this.success(node as NodeCaller)));
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

@Injectable()
export class NodeSignatureStrategy extends PassportStrategy(SignatureStrategy, 'node-signature') {
  private readonly host: string;

  constructor(
    private readonly nodes: Nodes,
    private readonly settings: Settings,
  ) {
    super();
    this.host = new URL(settings.publicOrigin).host;
  }

  async validate(request: RawRequest): Promise<NodeCaller> {
    const authority = (request.headers.host ?? '').toLowerCase();
    this.refuseOtherHost(authority);
    let caller: NodeCaller | undefined;
    const [path = '', query] = request.url.split(/\?(.*)/s);
    const check = await verifyRequest(
      {
        method: request.method,
        authority,
        path,
        query: query === undefined ? '?' : `?${query}`,
        headers: request.headers,
        body: request.rawBody,
      },
      async (keyId) => {
        const nodeId = decodeId('node', keyId);
        caller = nodeId === undefined ? undefined : await this.nodes.callerOf(nodeId);
        return caller && createVerifier(caller.publicKey);
      },
      { nowSeconds: Date.now() / 1_000, skewSeconds: this.settings.policy.api.signatureSkewMs / 1_000 },
    );
    if (check.state === 'refused' || !caller) {
      throw new DomainError(
        'signature_invalid',
        check.state === 'refused' ? check.detail : 'the request is not signed by a node',
      );
    }
    await this.nodes.seenAt(caller.nodeId, addressRangeOf(request.ip));
    return caller;
  }

  /** A signature made for another grid must not count here; on one machine its names are one. */
  private refuseOtherHost(authority: string): void {
    if (authority === this.host || (LOOPBACK.test(this.host) && LOOPBACK.test(authority))) return;
    throw new DomainError(
      'signature_invalid',
      `this grid is ${this.settings.publicOrigin}: call it, and sign @authority, by that name`,
    );
  }
}
