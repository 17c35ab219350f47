/**
 * Every program in every host, compared in what nodes compare: outcome, output bytes, fuel. Groups are named by what stands before the
 * colon in a program's name.
 */
import { createHash } from 'node:crypto';
import type { Execution, ExecutionResult } from '../../libs/sandbox/execution.js';
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { Executor } from '../../libs/sandbox/node/executor.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { sampleCall } from '../../libs/sandbox/webassembly/sample-call.js';
import { Chromium } from '../support/chromium.js';
import { corpus } from './programs/corpus.js';
import { endings } from './programs/endings.js';
import { modulePrograms } from './programs/modules.js';

export interface Case {
  group: string;
  name: string;
  execution: Execution;
}

/** What is compared, as one line: `ok sha256:… 12345`. */
export type Reading = string;

export interface Host {
  name: string;
  read(cases: readonly Case[]): Promise<Reading[]>;
}

/** A guest may take seconds on a machine that is busy with others; no time limit may end it here. */
const WALL_MS = 120_000;

const named = (name: string, execution: Execution): Case => ({
  group: name.slice(0, name.indexOf(':')),
  name,
  execution: { ...execution, wallMs: WALL_MS },
});

export function equalityCases(): Case[] {
  return [
    ...[...corpus, ...endings].map((program) => named(program.name, sampleExecution(program))),
    ...modulePrograms.map((program) => named(program.name, sampleCall(program.module, program))),
  ];
}

export function readingOf(result: ExecutionResult): Reading {
  if ('hostFailure' in result) return `the host failed: ${result.hostFailure}`;
  const digest = createHash('sha256').update(result.output).digest('hex');
  return `${result.outcome} sha256:${digest} ${result.fuel}`;
}

/** This process' own main thread: cold for every program, then warm. */
export function mainThread(name = 'Node.js main'): Host {
  const runner = new GuestRunner(compileEngine(engineBytes()));
  return {
    name,
    read: async (cases) => cases.map(({ execution }) => readingOf(runner.run(execution))),
  };
}

export interface OpenHost extends Host {
  stop(): Promise<void>;
}

/** The worker's own way: a thread of the contained child process. */
export async function workerThread(): Promise<OpenHost> {
  const executor = await Executor.start({ threads: 2 });
  return {
    name: 'worker thread',
    read: async (cases) => (await Promise.all(cases.map(({ execution }) => executor.run(execution)))).map(readingOf),
    stop: () => executor.stop(),
  };
}

export async function chromiumWorker(): Promise<OpenHost> {
  const chromium = await Chromium.start({ threads: 2 });
  return {
    name: 'Chromium',
    read: async (cases) => (await chromium.run(cases.map(({ execution }) => execution))).map(readingOf),
    stop: () => chromium.stop(),
  };
}

/** Names of the programs whose readings are not the same in all hosts, with the readings. */
export function differences(cases: readonly Case[], readings: readonly Reading[][]): string[] {
  return cases.flatMap(({ name }, i) => {
    const all = readings.map((list) => list[i]);
    return all.every((reading) => reading === all[0]) ? [] : [`${name}: ${all.join(' | ')}`];
  });
}
