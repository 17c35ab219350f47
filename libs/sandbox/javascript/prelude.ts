/**
 * The JavaScript that runs inside the guest's engine before the guest does. It takes away what is no function of the input, gives
 * `console`, and answers with the functions the host calls. Everything it needs later it captures now, because the guest may
 * change every built-in. It is part of the runtime's identity: a changed character is another runtimeId.
 */
export const PRELUDE = `(writeLog) => {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const Bytes = Uint8Array;
  const ErrorClass = Error;
  const NoHandler = TypeError;
  const Syntax = SyntaxError;
  const text = String;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call);
  const slice = uncurry(String.prototype.slice);
  const isPrototypeOf = uncurry(Object.prototype.isPrototypeOf);
  const internal = InternalError.prototype;
  const syntax = SyntaxError.prototype;
  const resolve = Promise.resolve.bind(Promise);
  for (const name of ['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'performance', 'gc', 'navigator']) {
    delete globalThis[name];
  }

  // The engine's own keeps the sign of what has 32 bits and more.
  const { trunc } = Math;
  const BigInteger = BigInt;
  const { asUintN: signed } = BigInt;
  const { asUintN } = {
    asUintN(bits, bigint) {
      const width = trunc(bits) || 0;
      const value = signed(width, bigint);
      return value < 0n ? value + (1n << BigInteger(width)) : value;
    },
  };
  defineProperty(BigInt, 'asUintN', { value: asUintN, writable: true, configurable: true, enumerable: false });

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
      if (isPrototypeOf(ErrorClass.prototype, value)) return describe(value);
      return typeof value === 'object' ? text(stringify(value)) : text(value);
    } catch {
      return '[not shown]';
    }
  };
  const write = (...values) => {
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + slice(show(values[i]), 0, 4096);
    writeLog(slice(line, -4096));
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
  // The engine's own limits, told apart from a guest's error of the same text as far as its class can tell.
  const limitOf = (error) => {
    try {
      if (!isPrototypeOf(internal, error) && !isPrototypeOf(syntax, error)) return '';
      const { value } = getOwnPropertyDescriptor(error, 'message');
      return value === 'stack overflow' ? 'stack' : value === 'out of memory' ? 'memory' : '';
    } catch {
      return '';
    }
  };
  const explain = (error) => {
    let where = '';
    try {
      if (error instanceof Syntax) where = slice(text(error.stack), 0, 200);
    } catch {}
    return stringify([describe(error), where, limitOf(error)]);
  };
  const isHandler = (module) => typeof module.default === 'function';
  return [start, finish, explain, isHandler];
}`;
