/* 64-bit floating point in nested loops: each turn multiplies two matrices of 64 × 64. */
#include "kernel.h"

#define SIZE 64

static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

uint32_t run(uint32_t n) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) a[i][j] = (i * j) % 7 + 0.5, b[i][j] = (i + j) % 5 - 1.5;
  double sum = 0;
  for (uint32_t turn = 0; turn < n; turn++) {
    for (int i = 0; i < SIZE; i++)
      for (int j = 0; j < SIZE; j++) {
        double s = 0;
        for (int k = 0; k < SIZE; k++) s += a[i][k] * b[k][j];
        c[i][j] = s;
      }
    a[turn % SIZE][0] += 0.25;
    sum += c[turn % SIZE][(turn * 7) % SIZE];
  }
  return (uint32_t)(int64_t)(sum * 4);
}
