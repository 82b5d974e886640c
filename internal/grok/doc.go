// Package grok compiles grok expressions (%{SYNTAX:field:type}) to matchers on
// internal/regex and gives what they capture, with Logstash's semantics. It
// knows strings, not events: what a capture does to a field is the filter's
// business.
//
// A Library holds the patterns by name; Compile and CompileList turn
// expressions into a Pattern or a List; a Scratch per worker holds what a match
// needs, so that a match allocates nothing. For people who write patterns there
// are Explain, Lint and Discover.
//
// It imports internal/regex and patterns, and (re2.go) vjeantet/grok.
package grok
