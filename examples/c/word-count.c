/*
 * Counts the lines, words and bytes of its input, as wc does. An ordinary C program: it reads stdin, writes stdout, and knows nothing
 * of where it runs.
 *
 *   clang --target=wasm32-wasi -O2 -s -o word-count.wasm word-count.c
 *   potluck deploy word-count.wasm
 *   potluck invoke word-count --binary @some-text.txt      {"lines":2,"words":5,"bytes":24}
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

int main(void) {
  char buffer[4096];
  unsigned long lines = 0, words = 0, bytes = 0;
  bool in_word = false;
  for (size_t count; (count = fread(buffer, 1, sizeof buffer, stdin)) > 0;) {
    bytes += count;
    for (size_t i = 0; i < count; i++) {
      if (buffer[i] == '\n') lines++;
      bool is_space = isspace((unsigned char)buffer[i]);
      if (!is_space && !in_word) words++;
      in_word = !is_space;
    }
  }
  if (ferror(stdin)) {
    fprintf(stderr, "cannot read the input\n");
    return 1;
  }
  printf("{\"lines\":%lu,\"words\":%lu,\"bytes\":%lu}\n", lines, words, bytes);
  return 0;
}
