/**
 * The accounts of the local demo and the file with their keys (mode 0600). A later start reuses the file; where it is missing or a
 * key is unknown, new keys are made for the same accounts.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { decodeId, encodeId, newId } from '#libs/signing/ids.js';
import { type AccountRole, scopesOf } from '../http/scopes.js';
import type { TransferRequest } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { Accounts } from './accounts.js';
import { ApiKeys } from './api-keys.js';
import { genesisGrant } from './genesis-grant.js';

interface Credential {
  accountId: string;
  apiKey: string;
}

interface DemoFile {
  baseUrl: string;
  developer: Credential;
  volunteers: Credential[];
  auditor: Credential;
  operator: Credential;
}

const VOLUNTEERS = 3;

@Injectable()
export class DemoAccounts {
  constructor(
    private readonly accounts: Accounts,
    private readonly apiKeys: ApiKeys,
    private readonly settings: Settings,
  ) {}

  /** Makes what is missing, writes the file, and answers the grants that are due to the accounts. */
  async ensure(tx: EntityManager): Promise<{ founded: boolean; grants: TransferRequest[] }> {
    const { demoFile, publicOrigin, policy } = this.settings;
    if (demoFile === undefined) return { founded: false, grants: [] };
    const known = readDemoFile(demoFile);
    const developer = await this.credential(tx, 'developer', 'member', known?.developer);
    const volunteers: Credential[] = [];
    for (let n = 1; n <= VOLUNTEERS; n += 1)
      volunteers.push(await this.credential(tx, `volunteer ${n}`, 'member', known?.volunteers?.[n - 1]));
    const auditor = await this.credential(tx, 'auditor', 'auditor', known?.auditor);
    const operator = await this.credential(tx, 'operator', 'operator', known?.operator);
    const file: DemoFile = { baseUrl: publicOrigin, developer, volunteers, auditor, operator };
    if (JSON.stringify(known) !== JSON.stringify(file)) writeDemoFile(demoFile, file);
    const amount = policy.supply.genesisDeveloperMicro;
    const owner = decodeId('acct', developer.accountId) as string;
    return { founded: true, grants: amount > 0n ? [genesisGrant(owner, { code: 'available', owner }, amount)] : [] };
  }

  private async credential(
    tx: EntityManager,
    name: string,
    role: AccountRole,
    known: Credential | undefined,
  ): Promise<Credential> {
    const account =
      (await this.accounts.byDemoName(tx, name)) ??
      (await this.accounts.insert(tx, { id: newId(), name: `demo ${name}`, role, demoName: name }));
    const accountId = encodeId('acct', account.id);
    if (typeof known?.apiKey === 'string' && known.accountId === accountId) {
      const caller = await this.apiKeys.callerOf(known.apiKey);
      if (caller?.accountId === account.id) return { accountId, apiKey: known.apiKey };
    }
    const { secret } = await this.apiKeys.issue(tx, { accountId: account.id, name: 'demo', scopes: scopesOf(role) });
    return { accountId, apiKey: secret };
  }
}

function readDemoFile(path: string): Partial<DemoFile> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<DemoFile>;
  } catch {
    // Missing or damaged: new keys are made.
    return undefined;
  }
}

/** Whole or not at all, readable by its owner only. */
function writeDemoFile(path: string, file: DemoFile): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
