// Package onigtest compares internal/regex with the real Oniguruma: it builds a small C program against libonig and asks it about random
// patterns. It holds tests only and may import internal/regex.
package onigtest
