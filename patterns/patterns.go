// Package patterns holds Castor's library of grok patterns as files, embedded
// into the binaries: legacy/ for ecs_compatibility disabled, ecs-v1/ for v1
// and v8. Each set is complete by itself. A file has one pattern a line
// (NAME, blanks, regular expression in Oniguruma's syntax); lines that start
// with # are comments. It imports nothing of Castor.
package patterns

import "embed"

// Files holds the pattern files, as legacy/*.grok and ecs-v1/*.grok.
//
//go:embed legacy/*.grok ecs-v1/*.grok
var Files embed.FS
