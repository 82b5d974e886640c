// Package onigtest compares internal/regex with the real Oniguruma and with joni, the engine that Logstash runs: it asks small programs
// of theirs about random patterns. Runs repeat: ONIG_SEED is another seed or "random", ONIG_FUZZ how long each takes. It holds tests only
// and may import internal/regex and internal/grok.
package onigtest
