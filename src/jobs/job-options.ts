/**
 * What a caller may ask of a job, read from a JSON body, a query or `Potluck-*` headers into one shape. Each complaint names the
 * field where it stood.
 */
import type { Policy } from '#libs/policy/policy.js';
import { parseDigest } from '#libs/signing/digest.js';
import { DomainError, type FieldError } from '../http/domain-error.js';
import type { Placement } from './new-job.js';

export interface JobOptions {
  version?: string;
  assurance: string;
  placement: Placement;
  fuelLimit?: bigint;
  maxChargeMicro?: bigint;
  deadlineMs: number;
}

const NAMES = ['fast', 'standard', 'high', 'strict'];
const DECIMAL = /^(0|[1-9]\d{0,18})$/;
const REGION = /^[a-z]{2,16}(-[a-z0-9]{1,16})*$/;
const OPTION_FIELDS = ['version', 'assurance', 'placement', 'fuelLimit', 'maxCharge', 'deadlineMs'] as const;
type OptionField = (typeof OPTION_FIELDS)[number];

type Place = (name: string) => FieldError;
const inBody: Place = (name) => ({ pointer: `/${name}`, detail: '' });
const inQuery: Place = (name) => ({ parameter: name, detail: '' });

/**
 * @param own the fields of the body that are not options
 * @param options those that may be asked for here
 */
export function optionsOfBody(
  body: Record<string, unknown>,
  own: readonly string[],
  policy: Policy,
  options: readonly OptionField[] = OPTION_FIELDS,
): JobOptions {
  const known: readonly string[] = [...own, ...options];
  for (const name of Object.keys(body)) {
    if (!known.includes(name)) throw refuse(inBody(name), `is not a field here; known are ${known.join(', ')}`);
  }
  return readOptions(body, inBody, policy);
}

/** Query parameters come before headers. Regions are comma-separated. */
export function optionsOfRequest(query: Record<string, unknown>, headers: Record<string, unknown>, policy: Policy): JobOptions {
  const text = (name: string, header: string): string | undefined => {
    const value = query[name] ?? headers[header];
    if (value !== undefined && typeof value !== 'string') throw refuse(inQuery(name), 'may be given only once');
    return value;
  };
  const regions = text('regions', 'potluck-regions');
  const near = text('near', 'potluck-near');
  const own = text('ownNodesOnly', 'potluck-own-nodes-only');
  if (own !== undefined && own !== 'true' && own !== 'false') throw refuse(inQuery('ownNodesOnly'), 'must be true or false');
  const deadline = text('deadlineMs', 'potluck-deadline-ms');
  const fields = {
    version: text('version', 'potluck-version'),
    assurance: text('assurance', 'potluck-assurance'),
    fuelLimit: text('fuelLimit', 'potluck-fuel-limit'),
    maxCharge: text('maxCharge', 'potluck-max-charge'),
    deadlineMs: deadline === undefined ? undefined : Number(deadline),
    placement: {
      ...(regions === undefined ? {} : { regions: regions.split(',').map((region) => region.trim()) }),
      ...(near === undefined ? {} : { near }),
      ...(own === undefined ? {} : { ownNodesOnly: own === 'true' }),
    },
  };
  return readOptions(fields, inQuery, policy);
}

function readOptions(fields: Record<string, unknown>, place: Place, policy: Policy): JobOptions {
  const version = fields.version;
  if (version !== undefined && (typeof version !== 'string' || !parseDigest(version))) {
    throw refuse(place('version'), 'must be the digest of a version, sha256:<64 hex digits>');
  }
  const fuelLimit = decimal(fields.fuelLimit, place('fuelLimit'));
  const maxChargeMicro = decimal(fields.maxCharge, place('maxCharge'));
  return {
    ...(version === undefined ? {} : { version: version as string }),
    assurance: assurance(fields.assurance, place('assurance')),
    placement: placement(fields.placement, place),
    ...(fuelLimit === undefined ? {} : { fuelLimit }),
    ...(maxChargeMicro === undefined ? {} : { maxChargeMicro }),
    deadlineMs: deadline(fields.deadlineMs, place('deadlineMs'), policy),
  };
}

function decimal(value: unknown, at: FieldError): bigint | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !DECIMAL.test(value))
    throw refuse(at, 'must be a whole number as a decimal string, as "1000000"');
  return BigInt(value);
}

function assurance(value: unknown, at: FieldError): string {
  if (value === undefined) return 'standard';
  if (typeof value === 'string' && NAMES.includes(value)) return value;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0.5 && number <= 0.99999) return String(number);
  throw refuse(at, `must be ${NAMES.join(', ')} or a number from 0.5 to 0.99999`);
}

function deadline(value: unknown, at: FieldError, policy: Policy): number {
  const { deadlineMinMs, deadlineMaxMs, deadlineDefaultMs } = policy.scheduling;
  if (value === undefined) return deadlineDefaultMs;
  if (typeof value === 'number' && Number.isInteger(value) && value >= deadlineMinMs && value <= deadlineMaxMs) return value;
  throw refuse(at, `must be a whole number of milliseconds from ${deadlineMinMs} to ${deadlineMaxMs}`);
}

function placement(value: unknown, place: Place): Placement {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(place('placement'), 'must be an object {regions?, near?, ownNodesOnly?}');
  }
  const { regions, near, ownNodesOnly, ...unknown } = value as Record<string, unknown>;
  const [extra] = Object.keys(unknown);
  if (extra) throw refuse(place(`placement/${extra}`), 'is not a field of placement; known are regions, near, ownNodesOnly');
  if (regions !== undefined && !isRegions(regions))
    throw refuse(place('placement/regions'), 'must be 1 to 16 region names, as ["eu"]');
  if (near !== undefined && (typeof near !== 'string' || (near !== 'caller' && !REGION.test(near)))) {
    throw refuse(place('placement/near'), 'must be "caller" or a region name');
  }
  if (ownNodesOnly !== undefined && typeof ownNodesOnly !== 'boolean')
    throw refuse(place('placement/ownNodesOnly'), 'must be true or false');
  return {
    ...(regions === undefined ? {} : { regions: regions as string[] }),
    ...(near === undefined ? {} : { near: near as string }),
    ...(ownNodesOnly === undefined ? {} : { ownNodesOnly: ownNodesOnly as boolean }),
  };
}

function isRegions(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= 16 &&
    value.every((name) => typeof name === 'string' && REGION.test(name))
  );
}

function refuse(at: FieldError, detail: string): DomainError {
  const name = at.pointer?.slice(1) ?? at.parameter ?? '';
  return new DomainError('validation_failed', `${name} ${detail}`, { errors: [{ ...at, detail }] });
}
