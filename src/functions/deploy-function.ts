/** Deploys a version: validated here, tried by the referee, then written with its idempotency key in one transaction. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ExecutionLimits } from '#libs/policy/policy.js';
import { runtimeIdOf } from '#libs/sandbox/runtime-id.js';
import { formatDigest } from '#libs/signing/digest.js';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { isLoopback } from '../http/address-scope.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import type { KeyedRequest } from '../http/idempotency-key.js';
import { checkShape } from '../http/json-shape.js';
import { CheckDeploy } from '../referee/check-deploy.js';
import { Settings } from '../settings/settings.js';
import { deployedCode } from './deployed-code.js';
import type { DeployFunctionDto } from './functions.dto.js';
import { Functions, type FunctionVersion, type NewVersion } from './functions.js';
import { Versions } from './versions.js';

export interface Deployed {
  version: FunctionVersion;
  created: boolean;
  replayed: boolean;
}

const ROUTE = 'POST /v1/functions';
const HOUR_MS = 3_600_000;

@Injectable()
export class DeployFunction {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly functions: Functions,
    private readonly versions: Versions,
    private readonly checkDeploy: CheckDeploy,
    private readonly settings: Settings,
  ) {}

  async run(request: { accountId: string; address: string; body: DeployFunctionDto; keyed: KeyedRequest }): Promise<Deployed> {
    const { accountId, keyed, body } = request;
    const version = this.newVersion(accountId, body);
    const latest = await this.functions.current(accountId, version.name);
    const known = latest?.codeDigest.equals(version.codeDigest) === true && latest.runtimeId === version.runtimeId;
    await this.refuseOtherAbi(version);
    if (!known && !(await this.idempotency.isKnown({ scope: accountId, route: ROUTE, key: keyed.key }))) {
      await this.refuseBeyondLimits(accountId, request.address);
      await this.tryOut(version);
    }
    const { versionId, created, replayed } = await this.transaction.run(async (tx) => {
      const claim = await this.idempotency.claim(tx, {
        scope: accountId,
        route: ROUTE,
        ...keyed,
        resource: known ? latest.versionId : version.versionId,
      });
      if (claim.state === 'replay') return { versionId: claim.resource, created: false, replayed: true };
      return { ...(await this.functions.insert(tx, version)), replayed: false };
    });
    this.versions.forgetCurrent();
    const found =
      (await this.functions.versionById(accountId, versionId)) ?? (await this.functions.current(accountId, version.name));
    if (!found) throw new DomainError('not_found', 'the version that this request made is gone');
    return { version: found, created, replayed };
  }

  private newVersion(accountId: string, body: DeployFunctionDto): NewVersion {
    const { execution } = this.settings.policy;
    const { bytes: code, abi } = deployedCode(body, execution);
    checkSample(body.sampleInput, execution);
    const fuelLimit = body.limits?.fuelLimit === undefined ? null : BigInt(body.limits.fuelLimit);
    if (fuelLimit !== null && (fuelLimit < execution.fuelMin || fuelLimit > execution.fuelMax)) {
      throw invalidField({ pointer: '/limits/fuelLimit' }, `fuelLimit must be from ${execution.fuelMin} to ${execution.fuelMax}`);
    }
    return {
      versionId: newId(),
      functionId: newId(),
      accountId,
      name: body.name,
      description: body.description,
      code,
      codeDigest: createHash('sha256').update(code).digest(),
      runtimeId: runtimeIdOf(abi),
      abi,
      fuelLimit,
      memoryBytes: body.limits?.memoryBytes ?? execution.memoryBytes,
      maxOutputBytes: body.limits?.maxOutputBytes ?? execution.outputBytes,
      sampleInput: body.sampleInput,
    };
  }

  /** A version is named by its code's digest alone, so that one function cannot have the same module by both ABIs. */
  private async refuseOtherAbi({ accountId, name, codeDigest, abi }: NewVersion): Promise<void> {
    const twin = abi === 'js' ? undefined : await this.functions.byDigest(accountId, name, codeDigest);
    if (twin === undefined || twin.abi === abi) return;
    const detail = `${name} has this module as ${twin.abi} already: deploy it as ${abi} under another name`;
    throw new DomainError('function_invalid', detail, { errors: [{ pointer: '/abi', detail }] });
  }

  private async refuseBeyondLimits(accountId: string, address: string): Promise<void> {
    const { deploysPerHour, versionsPerAccount, loopbackUnlimited } = this.settings.policy.api;
    if (loopbackUnlimited && isLoopback(address)) return;
    const { versions, recent } = await this.transaction.run((tx) =>
      this.functions.countOf(tx, accountId, new Date(Date.now() - HOUR_MS)),
    );
    if (versions >= versionsPerAccount)
      throw new DomainError('limit_reached', `an account may have ${versionsPerAccount} versions`);
    if (deploysPerHour !== null && recent >= deploysPerHour) {
      throw new DomainError('rate_limited', `at most ${deploysPerHour} deploys an hour`, { retryAfterSeconds: 600 });
    }
  }

  private tryOut(version: NewVersion): Promise<void> {
    const { execution } = this.settings.policy;
    const fuelLimit = version.fuelLimit ?? execution.fuelDefault;
    return this.checkDeploy.run({
      runtimeId: version.runtimeId,
      abi: version.abi,
      code: version.code,
      codeDigest: version.codeDigest,
      context: {
        jobId: 'job_00000000000000000000000000',
        now: new Date(0).toISOString(),
        seed: '00'.repeat(16),
        functionName: version.name,
        version: formatDigest(version.codeDigest),
        fuelLimit: fuelLimit.toString(),
      },
      limits: { fuelLimit, memoryBytes: version.memoryBytes, maxOutputBytes: version.maxOutputBytes },
    });
  }
}

/** An example of an input has an input's bounds. */
function checkSample(sample: unknown, { inputBytes, ...shape }: ExecutionLimits): void {
  if (sample === undefined) return;
  const place = { what: 'sampleInput', pointer: '/sampleInput' };
  checkShape(sample, shape, place);
  const bytes = Buffer.byteLength(JSON.stringify(sample));
  if (bytes > inputBytes) throw invalidField(place, `sampleInput may have ${inputBytes} bytes, this one has ${bytes}`);
}
