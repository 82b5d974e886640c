/* Oniguruma with Ruby's syntax: onig PATTERNS LINES. */
#include <oniguruma.h>
#include "timer.h"

static regex_t *codes[64];
static OnigRegion *region;
static int count;

static int match(line_t l, size_t *bytes) {
  const UChar *s = (const UChar *)l.p;
  for (int k = 0; k < count; k++) {
    if (onig_search(codes[k], s, s + l.n, s, s + l.n, region, ONIG_OPTION_NONE) < 0) continue;
    for (int g = 1; g < region->num_regs; g++)
      if (region->beg[g] >= 0) *bytes += region->end[g] - region->beg[g];
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  OnigEncoding encs[] = {ONIG_ENCODING_UTF8};
  size_t n;
  if (argc != 3) return 2;
  line_t *p = read_lines(argv[1], &n);
  onig_initialize(encs, 1);
  region = onig_region_new();
  for (size_t i = 0; i < n; i++) {
    const UChar *s = (const UChar *)p[i].p;
    OnigErrorInfo info;
    int r = onig_new(&codes[i], s, s + p[i].n, ONIG_OPTION_MULTILINE, ONIG_ENCODING_UTF8, ONIG_SYNTAX_RUBY, &info);
    if (r != ONIG_NORMAL) { fprintf(stderr, "pattern %zu: error %d\n", i, r); return 1; }
    count++;
  }
  run(argv[2], match);
  return 0;
}
