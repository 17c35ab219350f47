/** Who calls: set by a guard on the request, handed to controllers by `@CurrentCaller()` and `@CurrentNode()`. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AccountRole, Scope } from './scopes.js';

/** An account, by one of its API keys. */
export interface Caller {
  accountId: string;
  keyId: string;
  scopes: readonly Scope[];
  role: AccountRole;
  /** The most this key may have held a day; null: no cap. */
  dailySpendCapMicro: bigint | null;
}

/** A node, by its signature. */
export interface NodeCaller {
  nodeId: string;
  ownerId: string;
  publicKey: Buffer;
}

const userOf = (context: ExecutionContext): unknown => context.switchToHttp().getRequest<{ user?: unknown }>().user;

export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) => userOf(context) as Caller);
export const CurrentNode = createParamDecorator((_: unknown, context: ExecutionContext) => userOf(context) as NodeCaller);
