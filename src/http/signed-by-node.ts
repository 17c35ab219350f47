/** `@SignedByNode()`: the routes take a node's RFC 9421 signature and a worker that speaks our protocol. */
import { applyDecorators, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ApiHeader, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../settings/settings.js';
import { DomainError } from './domain-error.js';

/** The passport strategy `node-signature` lives in nodes. */
@Injectable()
export class NodeSignatureGuard extends AuthGuard('node-signature') {
  constructor(private readonly settings: Settings) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const wanted = this.settings.policy.api.workerProtocol;
    const spoken = Number(request.headers['worker-protocol'] ?? 0);
    if (spoken !== wanted) {
      throw new DomainError(
        'protocol_too_old',
        `this coordinator speaks Worker-Protocol: ${wanted}; update the worker (${this.settings.publicOrigin}/docs)`,
        { extension: { workerProtocol: wanted, link: `${this.settings.publicOrigin}/docs` } },
      );
    }
    return (await super.canActivate(context)) as boolean;
  }

  override handleRequest<Found>(error: unknown, found: Found | false): Found {
    if (error instanceof Error) throw error;
    if (found) return found;
    throw new DomainError('signature_invalid', 'the request is not signed by a node');
  }
}

const SIGNATURE_INPUT =
  'sig1=("@method" "@authority" "@path" "@query" "content-digest");created=1795435200;keyid="node_01jd8w2v7qe3f9a2kq0v6m4xyz";alg="ed25519";tag="potluck-worker-v1"';
const text = (example: string) => ({ type: 'string' as const, example });

export function SignedByNode(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(NodeSignatureGuard),
    ApiSecurity('nodeSignature'),
    ApiHeader({ name: 'Worker-Protocol', required: true, description: 'What the worker speaks', schema: text('1') }),
    ApiHeader({
      name: 'Signature-Input',
      required: true,
      description: 'RFC 9421: what is signed, when (± 30 s) and by which node',
      schema: text(SIGNATURE_INPUT),
    }),
    ApiHeader({
      name: 'Content-Digest',
      required: false,
      description: 'RFC 9530, required with a body: sha-256 of its bytes',
      schema: text('sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:'),
    }),
  );
}
