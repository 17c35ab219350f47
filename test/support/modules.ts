/** Small WebAssembly modules, assembled by wat2wasm from the text above each: no compiler is needed to run the tests. */
const assembled = (base64: string): Buffer => Buffer.from(base64, 'base64');

/**
 * ABI handle; answers its input.
 *
 *   (memory (export "memory") 17)
 *   (func (export "alloc") (param i32) (result i32) (i32.const 1024))
 *   (func (export "handle") (param i32 i32) (result i64)
 *     (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
 */
export const echoModule = assembled(
  'AGFzbQEAAAABDAJgAX8Bf2ACf38BfgMDAgABBQMBABEHGwMGbWVtb3J5AgAFYWxsb2MAAAZoYW5kbGUAAQoUAgUAQYAICwwAIACtQiCGIAGthAs=',
);

/**
 * A WASI command; copies standard input to standard output.
 *
 *   (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
 *   (memory (export "memory") 17)
 *   (func (export "_start")
 *     (loop $more
 *       (i32.store (i32.const 0) (i32.const 16))
 *       (i32.store (i32.const 4) (i32.const 65536))
 *       (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
 *       (if (i32.load (i32.const 8)) (then
 *         (i32.store (i32.const 4) (i32.load (i32.const 8)))
 *         (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
 *         (br $more)))))
 */
export const catModule = assembled(
  'AGFzbQEAAAABDAJgBH9/f38Bf2AAAAJEAhZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxB2ZkX3JlYWQAABZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dy' +
    'aXRlAAADAgEBBQMBABEHEwIGbWVtb3J5AgAGX3N0YXJ0AAIKQQE/AANAQQBBEDYCAEEEQYCABDYCAEEAQQBBAUEIEAAaQQgoAgAEQEEEQQgoAgA2AgBBAUEA' +
    'QQFBDBABGgwBCwsL',
);

/**
 * A WASI command that asks for files.
 *
 *   (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
 *   (memory (export "memory") 1)
 *   (func (export "_start"))
 */
export const openingModule = assembled(
  'AGFzbQEAAAABEQJgCX9/f39/fn5/fwF/YAAAAiQBFndhc2lfc25hcHNob3RfcHJldmlldzEJcGF0aF9vcGVuAAADAgEBBQMBAAEHEwIGbWVtb3J5AgAGX3N0' +
    'YXJ0AAEKBAECAAs=',
);
