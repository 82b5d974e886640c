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

/* run prints the best nanoseconds per line of three rounds, the matches among the first lines, and the captured bytes of those. */
static void run(const char *lines_path, int (*match)(line_t, size_t *)) {
  size_t n, matched = 0, bytes = 0, sink = 0;
  line_t *l = read_lines(lines_path, &n);
  double best = 1e30;
  for (size_t i = 0; i < n && i < 1000; i++) matched += match(l[i], &bytes);
  for (int round = 0; round < 3; round++) {
    double start = cpu(), spent = 0;
    size_t done = 0;
    while (spent < 3e8) {
      for (int k = 0; k < 64; k++) match(l[done++ % n], &sink);
      spent = cpu() - start;
    }
    if (spent / done < best) best = spent / done;
  }
  printf("%.0f %zu %zu\n", best, matched, bytes);
}
