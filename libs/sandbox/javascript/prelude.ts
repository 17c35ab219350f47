/**
 * The JavaScript that runs inside the guest's engine before the guest does. It takes away what is no function of the input, gives
 * `console`, and answers with the functions the host calls. Everything it needs later it captures now, because the guest may
 * change every built-in. It is part of the runtime's identity: a changed character is another runtimeId.
 */
export const PRELUDE = `(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty } = Object;
  const Bytes = Uint8Array;
  const ErrorClass = Error;
  const NoHandler = TypeError;
  const Syntax = SyntaxError;
  const text = String;
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const resolve = Promise.resolve.bind(Promise);
  for (const name of ['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'performance', 'gc', 'navigator']) {
    delete globalThis[name];
  }

  let log = '';
  const describe = (error) => {
    try {
      if (typeof error === 'object' && error !== null && 'message' in error) {
        return slice(text(error.name) + ': ' + text(error.message), 0, 4096);
      }
      return slice(text(error), 0, 4096);
    } catch {
      return 'an error that cannot be shown';
    }
  };
  const show = (value) => {
    if (typeof value === 'string') return value;
    try {
      if (value instanceof ErrorClass) return describe(value);
      return typeof value === 'object' ? text(stringify(value)) : text(value);
    } catch {
      return '[not shown]';
    }
  };
  const write = (...values) => {
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + slice(show(values[i]), 0, 4096);
    log += line + '\\n';
    if (log.length > 16384) log = slice(log, -4096);
  };
  const console = {};
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir']) console[name] = write;
  defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true, enumerable: false });

  const start = (module, input, isBytes, context) => {
    const handler = module.default;
    if (typeof handler !== 'function') throw new NoHandler('the module has no default export that is a function');
    const value = handler(isBytes ? new Bytes(input) : parse(input), parse(context));
    return (typeof value === 'object' && value !== null) || typeof value === 'function' ? resolve(value) : value;
  };
  const finish = (value, maxOutputBytes) => {
    const output = stringify(value);
    return output !== undefined && output.length > maxOutputBytes ? 0 : output;
  };
  const explain = (error) => {
    let where = '';
    try {
      if (error instanceof Syntax) where = slice(text(error.stack), 0, 200);
    } catch {}
    return stringify([describe(error), where]);
  };
  const readLog = () => stringify(slice(log, -4096));
  const isHandler = (module) => typeof module.default === 'function';
  return [start, finish, explain, readLog, isHandler];
})()`;
