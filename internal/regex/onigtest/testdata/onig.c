/* Answers what Oniguruma (Ruby syntax, UTF-8) makes of patterns: reads records "PLEN SLEN\n" pattern subject, prints one line each:
   "E code" the pattern is refused, "T" too much work, "N" no match, "M b0 e0 b1 e1 ..." the regions in bytes. */
#include <oniguruma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_bytes(size_t n) {
  char *p = malloc(n + 1);
  if (p == NULL || fread(p, 1, n, stdin) != n) exit(2);
  p[n] = 0;
  return p;
}

int main(void) {
  OnigEncoding encs[] = {ONIG_ENCODING_UTF8};
  size_t plen, slen, lastlen = 0;
  char *last = NULL; /* the pattern that re and r are of: it comes again for every subject */
  regex_t *re = NULL;
  int r = ONIG_NORMAL;
  onig_initialize(encs, 1);
  onig_set_retry_limit_in_match(200000);
  onig_set_retry_limit_in_search(200000);
  while (scanf("%zu %zu", &plen, &slen) == 2) {
    OnigErrorInfo info;
    int found;
    getchar();
    char *pat = read_bytes(plen), *sub = read_bytes(slen);
    UChar *p = (UChar *)pat, *s = (UChar *)sub;
    if (last == NULL || lastlen != plen || memcmp(last, pat, plen) != 0) {
      if (re != NULL) onig_free(re);
      re = NULL;
      r = onig_new(&re, p, p + plen, ONIG_OPTION_NONE, ONIG_ENCODING_UTF8, ONIG_SYNTAX_RUBY, &info);
      if (r != ONIG_NORMAL) re = NULL;
      free(last);
      last = pat;
      lastlen = plen;
    } else {
      free(pat);
    }
    if (r != ONIG_NORMAL) {
      printf("E %d\n", r);
    } else {
      OnigRegion *reg = onig_region_new();
      found = onig_search(re, s, s + slen, s, s + slen, reg, ONIG_OPTION_NONE);
      if (found == ONIG_MISMATCH) {
        printf("N\n");
      } else if (found < 0) {
        printf("T %d\n", found);
      } else {
        printf("M");
        for (int i = 0; i < reg->num_regs; i++) printf(" %d %d", reg->beg[i], reg->end[i]);
        printf("\n");
      }
      onig_region_free(reg, 1);
    }
    fflush(stdout);
    free(sub);
  }
  return 0;
}
