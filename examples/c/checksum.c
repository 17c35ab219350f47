/*
 * The CRC-32 of its input (ISO 3309, as in zip and PNG), without a libc: the smallest C module that can be called. The host asks for
 * room by `alloc`, writes the input there, and calls `handle`, whose answer is (address << 32) | length of the output.
 *
 *   clang --target=wasm32 -O2 -s -nostdlib -Wl,--no-entry -o checksum.wasm checksum.c
 *   potluck deploy checksum.wasm --abi handle
 *   potluck invoke checksum --binary 123456789      "cbf43926"
 */
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name)))

extern unsigned char __heap_base; /* Where the linker's own data ends. */

/* Called once a call, and every call gets a fresh memory: nothing is ever given back. */
EXPORT(alloc) unsigned char *alloc(uint32_t bytes) {
  uint32_t start = (uint32_t)&__heap_base;
  uint32_t pages = (start + bytes + 65535) / 65536;
  uint32_t have = __builtin_wasm_memory_size(0);
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (uint32_t)-1) __builtin_trap();
  return &__heap_base;
}

EXPORT(handle) uint64_t handle(const unsigned char *input, uint32_t length) {
  static char output[10];
  uint32_t crc = 0xffffffff;
  for (uint32_t i = 0; i < length; i++) {
    crc ^= input[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  crc = ~crc;
  output[0] = output[9] = '"';
  for (int digit = 0; digit < 8; digit++) output[8 - digit] = "0123456789abcdef"[(crc >> (4 * digit)) & 15];
  return (uint64_t)(uint32_t)output << 32 | sizeof output;
}
