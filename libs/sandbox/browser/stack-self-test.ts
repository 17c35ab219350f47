/**
 * Does a deep recursion end here as it ends everywhere: by the guest's own limit, before this host's stack is used up? A browser gives
 * a Worker about half a megabyte and nobody can ask for more, so each Worker tries before it takes work: at once and, since optimised
 * code has other frames than the first compiler's, again when the engine is warm.
 */
import type { Execution } from '../execution.js';
import type { GuestRunner } from '../run-guest.js';
import { runtimeIdOf } from '../runtime-id.js';

/** Different ways down: the interpreter's loop alone, a built-in in between, the parser, the regular expression compiler, JSON. */
const WAYS_DOWN = [
  'const f = () => f() + 1; return f()',
  'return [1].map(function f() { return [1].map(f) })',
  'const o = {}; o.toString = () => "" + o; return "" + o',
  'return JSON.parse("[".repeat(1e5))',
  'return eval("(".repeat(1e5))',
  'const o = { toJSON: () => JSON.stringify(o) }; return o',
];

const WARM_UP = 'let s = 0; const f = (n) => n < 2 ? n : f(n - 1) + f(n - 2); for (const n of [9, 9]) s += f(n); return [s]';
const WARM_UP_CALLS = 40;

const MIB = 1_048_576;
const WALL_MS = 10_000;

/** Why this Worker must not take work; undefined where it may. */
export function stackFault(runner: GuestRunner): string | undefined {
  const cold = wayThatFails(runner);
  if (cold !== undefined) return cold;
  for (let call = 0; call < WARM_UP_CALLS; call++) runner.run(executionOf(WARM_UP));
  return wayThatFails(runner);
}

function wayThatFails(runner: GuestRunner): string | undefined {
  for (const body of WAYS_DOWN) {
    const result = runner.run(executionOf(body));
    const end = 'hostFailure' in result ? result.hostFailure : result.outcome;
    if (end !== 'stack_overflow') return `a deep recursion ends as ${end}, not as stack_overflow: ${body}`;
  }
  return undefined;
}

function executionOf(body: string): Execution {
  const fuelLimit = 1_000_000_000n;
  return {
    runtimeId: runtimeIdOf('js'),
    abi: 'js',
    code: new TextEncoder().encode(`export default function handler() { ${body} }`),
    // A name of its own for each, as a digest would be; these never leave the Worker.
    codeDigest: `stack-self-test: ${body}`,
    input: new TextEncoder().encode('null'),
    contentType: 'application/json',
    context: {
      jobId: 'stack-self-test',
      now: '2026-01-01T00:00:00.000Z',
      seed: '',
      functionName: 'stack-self-test',
      version: '1',
      fuelLimit: fuelLimit.toString(),
    },
    limits: { fuelLimit, memoryBytes: 64 * MIB, maxOutputBytes: MIB },
    wallMs: WALL_MS,
  };
}
