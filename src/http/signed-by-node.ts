/** `@SignedByNode()`: the routes take a node's RFC 9421 signature and a worker that speaks our protocol. */
import { applyDecorators, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ApiSecurity } from '@nestjs/swagger';
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

export function SignedByNode(): ClassDecorator & MethodDecorator {
  return applyDecorators(UseGuards(NodeSignatureGuard), ApiSecurity('nodeSignature'));
}
