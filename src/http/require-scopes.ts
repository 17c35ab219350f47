/** `@RequireScopes(…)`: the route takes an API key that has all of these scopes. */
import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Caller } from './caller.js';
import { DomainError } from './domain-error.js';
import type { Scope } from './scopes.js';

const REQUIRED_SCOPES = 'potluck:scopes';

/** The passport strategy `api-key` lives in accounts. */
@Injectable()
export class ApiKeyGuard extends AuthGuard('api-key') {
  override handleRequest<Found>(error: unknown, found: Found | false): Found {
    if (error instanceof Error) throw error;
    if (found) return found;
    throw new DomainError(
      'unauthorized',
      'send an API key as Authorization: Bearer plk_…; this one is missing, unknown, expired or revoked',
    );
  }
}

@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const required = this.reflector.get<Scope[] | undefined>(REQUIRED_SCOPES, context.getHandler()) ?? [];
    const caller = context.switchToHttp().getRequest<{ user: Caller }>().user;
    const missing = required.filter((scope) => !caller.scopes.includes(scope));
    if (missing.length === 0) return true;
    throw new DomainError(
      'insufficient_scope',
      `this key lacks ${missing.join(', ')}; make one that has it with POST /v1/api-keys`,
    );
  }
}

export function RequireScopes(...required: Scope[]): MethodDecorator {
  return applyDecorators(
    SetMetadata(REQUIRED_SCOPES, required),
    UseGuards(ApiKeyGuard, ScopesGuard),
    ApiBearerAuth('apiKey'),
    ApiExtension('x-scopes', required),
  );
}
