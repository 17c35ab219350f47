/**
 * What wabt's interpreter executes, `wasm-interp --trace --run-all-exports`: the exports without parameters, one after the other in one
 * instance, a line an instruction. Its code is not quite the module's: it has instructions of its own, and `br`, `drop` and `return` stand
 * also where a br_if was taken, an `else` is jumped over, values are dropped by a branch, or a function ends. Those three cannot be told
 * apart in a trace, and are left out here; br_unless is what br_if and if are made of.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemTool } from './system-tool.js';

export interface TracedCall {
  /** Of the export. */
  name: string;
  trapped: boolean;
  /** Executions by the names of the text format; `br_unless` for br_if and if. */
  executed: Map<string, number>;
  /** Bytes and entries that bulk instructions were asked to touch. */
  bulkBytes: number;
  tableEntries: number;
}

/** Without a counterpart in the module, or with one that cannot be told from it. */
const INTERNAL = new Set(['alloca', 'drop_keep', 'catch_drop', 'adjust_frame_for_return_call', 'br', 'drop', 'return']);
/** By the names of the text format: select with a type is traced as any other. */
const RENAMED: Record<string, string> = { call_import: 'call' };
const TRACED = /^#\d+\.\s*\d+: V:\d+\s*\| ([a-z_0-9.]+)(.*)$/;
const RUNNING = /^>>> running export "(.*)":$/;
const ENDED = /^(.*)\(\) => (error: )?/;

/** Undefined where wabt does not take the module. */
export function traceWithWabt(bytes: Uint8Array): TracedCall[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'potluck-wabt-'));
  try {
    const input = join(folder, 'module.wasm');
    writeFileSync(input, bytes);
    const { stdout, error, signal } = spawnSync(
      systemTool('wasm-interp'),
      ['--trace', '--run-all-exports', '--dummy-import-func', input],
      { encoding: 'latin1', maxBuffer: 256 * 1024 * 1024 },
    );
    if (error) throw error;
    if (signal) throw new Error(`wasm-interp died of ${signal}`);
    return stdout.includes('>>> running export') ? parse(stdout) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function parse(trace: string): TracedCall[] {
  const calls: TracedCall[] = [];
  for (const line of trace.split('\n')) {
    const running = RUNNING.exec(line);
    if (running) calls.push({ name: running[1]!, trapped: false, executed: new Map(), bulkBytes: 0, tableEntries: 0 });
    const call = calls.at(-1);
    if (call === undefined) continue;
    const traced = TRACED.exec(line);
    if (traced) count(call, traced[1]!, traced[2]!);
    else if (ENDED.exec(line)?.[2]) call.trapped = true;
  }
  return calls;
}

function count(call: TracedCall, traced: string, operands: string): void {
  if (INTERNAL.has(traced)) return;
  const name = RENAMED[traced] ?? traced;
  call.executed.set(name, (call.executed.get(name) ?? 0) + 1);
  const units = Number(/(\d+)$/.exec(operands)?.[1]);
  if (/^memory\.(init|copy|fill)$/.test(name)) call.bulkBytes += units;
  if (/^table\.(init|copy|fill)$/.test(name)) call.tableEntries += units;
}
