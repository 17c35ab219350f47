/**
 * What a thread for guests takes away from itself before the first of them: every built-in module that reaches the system, the network
 * or other threads, and the process' own ways there. Node.js' permission model is no substitute: it knows no network before Node.js 25,
 * and a thread may start another one that it does not apply to ("does not inherit", says its documentation). This stops code that has
 * got hold of the host's JavaScript. It does not stop native code: that is bubblewrap's to do.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const MODULES = [
  ...['_http_agent', '_http_client', '_http_server', '_tls_common', '_tls_wrap', 'child_process', 'cluster', 'dgram', 'dns'],
  ...['dns/promises', 'fs', 'fs/promises', 'http', 'http2', 'https', 'inspector', 'inspector/promises', 'module', 'net', 'os'],
  ...['repl', 'sqlite', 'test', 'test/reporters', 'tls', 'trace_events', 'v8', 'vm', 'wasi', 'worker_threads'],
];
const OF_PROCESS = ['_debugProcess', '_kill', '_linkedBinding', 'binding', 'chdir', 'dlopen', 'execve', 'kill', 'report'];
const OF_GLOBAL = ['EventSource', 'WebSocket', 'fetch'];

/** Nothing can be imported from Node.js afterwards: whatever a thread needs must be loaded before. */
export function closeThread(): void {
  const require = createRequire(import.meta.url);
  // All first: once they are taken, none can be loaded.
  const loaded = MODULES.map((name) => present(() => require(`node:${name}`)));
  const sync = syncBuiltinESMExports;
  // Whoever has imported a module already holds this very object.
  for (const exported of loaded) for (const key of Object.keys(exported)) take(exported, key);
  sync();
  for (const key of OF_PROCESS) take(process, key);
  for (const key of OF_GLOBAL) take(globalThis, key);
}

/** Older versions of Node.js know fewer modules. */
function present(load: () => object): object {
  try {
    return load();
  } catch {
    return {};
  }
}

/** Some are getters or fixed figures, which lead nowhere. */
function take(from: object, key: string): void {
  const { configurable, writable } = Object.getOwnPropertyDescriptor(from, key) ?? {};
  if (configurable) Object.defineProperty(from, key, { value: undefined, configurable: false, writable: false });
  else if (writable) Reflect.set(from, key, undefined);
}
