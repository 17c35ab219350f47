/*
 * What surrounds a kernel: `run(n)` does the same work n times over and answers a checksum. As a WebAssembly module it is an export, and
 * a function of the `handle` ABI whose input is n in decimal digits; as a program of this machine it prints the checksum and the
 * nanoseconds of CPU. No libc is needed in WebAssembly.
 */
#include <stdint.h>

uint32_t run(uint32_t n);

#ifdef __wasm__

#define EXPORT(name) __attribute__((export_name(#name)))

extern unsigned char __heap_base;

EXPORT(run) uint32_t run_exported(uint32_t n) { return run(n); }

EXPORT(alloc) unsigned char *alloc(uint32_t bytes) {
  uint32_t pages = ((uint32_t)&__heap_base + bytes + 65535) / 65536;
  uint32_t have = __builtin_wasm_memory_size(0);
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (uint32_t)-1) __builtin_trap();
  return &__heap_base;
}

EXPORT(handle) uint64_t handle(const unsigned char *input, uint32_t length) {
  static char digits[10];
  uint32_t n = 0, at = sizeof digits;
  for (uint32_t i = 0; i < length; i++) n = n * 10 + (input[i] - '0');
  uint32_t answer = run(n);
  do digits[--at] = '0' + answer % 10;
  while (answer /= 10);
  return (uint64_t)(uint32_t)(digits + at) << 32 | (sizeof digits - at);
}

#else

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
  struct timespec from, to;
  volatile uint32_t n = argc > 1 ? strtoul(argv[1], 0, 10) : 1;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
  uint32_t answer = run(n);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
  printf("%u %lld\n", answer, (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
  return 0;
}

#endif
