/** The passport strategy behind `@RequireScopes`: a bearer token that is one of our keys. */
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import type { Caller } from '../http/caller.js';
import { ApiKeys } from './api-keys.js';

@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, 'api-key') {
  constructor(private readonly apiKeys: ApiKeys) {
    super();
  }

  async validate(token: string): Promise<Caller | false> {
    return (await this.apiKeys.callerOf(token)) ?? false;
  }
}
