/* What both C drivers share: reading lines, and timing passes over them on the CPU clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { char *p; size_t n; } line_t;

static line_t *read_lines(const char *path, size_t *count) {
  FILE *f = fopen(path, "rb");
  if (f == NULL) { perror(path); exit(1); }
  fseek(f, 0, SEEK_END);
  long size = ftell(f);
  rewind(f);
  char *buf = malloc(size + 1);
  if (fread(buf, 1, size, f) != (size_t)size) exit(1);
  fclose(f);
  size_t max = 0;
  for (long i = 0; i < size; i++) max += buf[i] == '\n';
  line_t *l = malloc((max + 1) * sizeof *l);
  *count = 0;
  for (char *p = buf; p < buf + size;) {
    char *e = memchr(p, '\n', buf + size - p);
    if (e == NULL) e = buf + size;
    l[(*count)++] = (line_t){p, e - p};
    p = e + 1;
  }
  return l;
}

static double cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

enum { PASS_LINES = 2000 };

/* run prints the nanoseconds per line of the best pass over the same lines, the matches among the first 1000, and the captured bytes of
   those. */
static void run(const char *lines_path, int (*match)(line_t, size_t *)) {
  size_t n, matched = 0, bytes = 0, sink = 0;
  line_t *l = read_lines(lines_path, &n);
  double best = 1e30, total = 0;
  for (size_t i = 0; i < n && i < 1000; i++) matched += match(l[i], &bytes);
  if (n > PASS_LINES) n = PASS_LINES;
  for (int passes = 0; total < 1.5e9 || passes < 3; passes++) {
    double start = cpu();
    for (size_t i = 0; i < n; i++) match(l[i], &sink);
    double spent = cpu() - start;
    if (spent / n < best) best = spent / n;
    total += spent;
  }
  printf("%.0f %zu %zu\n", best, matched, bytes);
}
