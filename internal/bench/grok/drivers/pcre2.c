/* PCRE2 with its JIT: pcre2 PATTERNS LINES. A pattern per line; the first that matches a line counts, all captures are taken. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include "timer.h"

static pcre2_code *codes[64];
static pcre2_match_data *data[64];
static int count;

static int match(line_t l, size_t *bytes) {
  for (int k = 0; k < count; k++) {
    int r = pcre2_jit_match(codes[k], (PCRE2_SPTR)l.p, l.n, 0, 0, data[k], NULL);
    if (r < 0) continue;
    PCRE2_SIZE *v = pcre2_get_ovector_pointer(data[k]);
    for (int g = 1; g < r; g++)
      if (v[2 * g] != PCRE2_UNSET) *bytes += v[2 * g + 1] - v[2 * g];
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  size_t n;
  line_t *p = read_lines(argv[1], &n);
  if (argc != 3) return 2;
  for (size_t i = 0; i < n; i++) {
    int err;
    PCRE2_SIZE at;
    codes[i] = pcre2_compile((PCRE2_SPTR)p[i].p, p[i].n, PCRE2_DOTALL | PCRE2_MULTILINE | PCRE2_NO_AUTO_CAPTURE | PCRE2_DUPNAMES, &err, &at, NULL);
    if (codes[i] == NULL) { fprintf(stderr, "pattern %zu: error %d at %zu\n", i, err, at); return 1; }
    if (pcre2_jit_compile(codes[i], PCRE2_JIT_COMPLETE) != 0) return 1;
    data[i] = pcre2_match_data_create_from_pattern(codes[i], NULL);
    count++;
  }
  run(argv[2], match);
  return 0;
}
