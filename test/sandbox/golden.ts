/**
 * What each program gave when its runtime was fixed: outcome, digest of the output, fuel. A runtimeId promises that none of them ever
 * changes; whoever changes one on purpose has changed the runtime, and its name with it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledPlace } from '../../libs/sandbox/node/compiled-file.js';
import { type Case, equalityCases, mainThread, type Reading } from './equality.js';

/** Readings by the program's name. */
export type Golden = Record<string, Reading>;

const directory = join(compiledPlace().root, 'test', 'sandbox', 'golden');

const pathOf = (runtimeId: string): string => join(directory, `${runtimeId}.json`);

export function casesOf(runtimeId: string): Case[] {
  return equalityCases().filter(({ execution }) => execution.runtimeId === runtimeId);
}

/** undefined: nobody has fixed this runtime yet. */
export function readGolden(runtimeId: string): Golden | undefined {
  const path = pathOf(runtimeId);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Golden) : undefined;
}

export async function measureGolden(runtimeId: string): Promise<Golden> {
  const cases = casesOf(runtimeId);
  const readings = await mainThread().read(cases);
  return Object.fromEntries(cases.map(({ name }, i) => [name, readings[i] as Reading]));
}

/** @returns the path of the file */
export function writeGolden(runtimeId: string, golden: Golden): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(pathOf(runtimeId), `${JSON.stringify(golden, null, 2)}\n`);
  return pathOf(runtimeId);
}
