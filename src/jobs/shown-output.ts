/**
 * A call's output as callers get it. What a JavaScript function returns is JSON; a WebAssembly module that was given JSON and wrote JSON
 * answers JSON; anything else it writes is bytes (`libs/sandbox/output-type.ts`). This is for showing only: results are compared by
 * digest.
 */
import type { ExecutionLimits } from '#libs/policy/policy.js';
import type { Abi } from '#libs/sandbox/execution.js';
import { type MediaType, outputType } from '#libs/sandbox/output-type.js';
import { ExactJson } from '../http/exact-json.js';
import type { ContentType } from './new-job.js';

export interface OutputCall {
  abi: Abi;
  /** Of the input. */
  contentType: ContentType;
}

export type JsonBounds = Pick<ExecutionLimits, 'jsonDepth' | 'jsonNodes'>;

export function mediaTypeOf(output: Uint8Array, call: OutputCall, { jsonDepth, jsonNodes }: JsonBounds): MediaType {
  return outputType({ ...call, output }, { depth: jsonDepth, nodes: jsonNodes });
}

/** JSON in its own words, for a field that holds any JSON; `base64` where it is none. */
export type ShownOutput = { json: ExactJson } | { base64: string };

export function shownOutput(output: Buffer, call: OutputCall, bounds: JsonBounds): ShownOutput {
  if (mediaTypeOf(output, call, bounds) === 'application/json') {
    const json = exactJsonOf(output);
    if (json) return { json };
  }
  return { base64: output.toString('base64') };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined where the bytes are no JSON: nodes may have agreed on anything. */
export function exactJsonOf(bytes: Buffer): ExactJson | undefined {
  try {
    const text = utf8.decode(bytes);
    JSON.parse(text);
    return new ExactJson(text);
  } catch {
    return undefined;
  }
}
