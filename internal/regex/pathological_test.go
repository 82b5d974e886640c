package regex

import (
	"strings"
	"testing"
)

// pathological are patterns that make a backtracking engine slow, each with a line of about n bytes that it fails on, or matches late.
var pathological = []struct {
	name, pattern string
	line          func(n int) string
}{
	{"four greedy", `(?:.*)(?:.*)(?:.*)(?:.*)ZZZ`, func(n int) string { return strings.Repeat("ab ", n/3) }},
	{"four lazy", `(?:.*?,)(?:.*?,)(?:.*?,)(?:.*?,);`, func(n int) string { return strings.Repeat("ab,", n/3) }},
	{"nested plus", `^(\w+\.?)+$`, func(n int) string { return strings.Repeat("a", n) + "!" }},
	{"nested star", `(?:a*)*b`, func(n int) string { return strings.Repeat("a", n) }},
	{"ambiguous alternatives", `^(?:a|aa|aaa)+$`, func(n int) string { return strings.Repeat("a", n) + "b" }},
	{"run at every start", `\w+Z`, func(n int) string { return strings.Repeat("a", n) }},
	{"digits and a mark", `\d+-\d+x`, func(n int) string { return strings.Repeat("1", n/2) + "-" + strings.Repeat("2", n/2) }},
	{"atomic in a loop", `(?:(?>a+|b)c?)+d`, func(n int) string { return strings.Repeat("aab", n/3) }},
	{"lookahead at every start", `(?=.*x)y`, func(n int) string { return strings.Repeat("a", n) + "x" }},
	{"negative lookahead in a loop", `(?:(?!.*z)a)*q`, func(n int) string { return strings.Repeat("a", n) }},
	{"lookahead with a capture", `(?=(a*))b`, func(n int) string { return strings.Repeat("a", n) }},
	{"e-mail", `(?:[a-z0-9]+[._-]?)+@(?:[a-z0-9]+\.)+[a-z]+$`, func(n int) string { return strings.Repeat("ab.", n/3) + "@" }},
	{"host names", `(?:[0-9A-Za-z][0-9A-Za-z-]{0,62}\.)*[0-9A-Za-z][0-9A-Za-z-]{0,62}:$`, func(n int) string { return strings.Repeat("a", n) }},
	{"quoted parts", `(?:"(?:\\.|[^\\"])*"|[^,"]*)(?:,(?:"(?:\\.|[^\\"])*"|[^,"]*))*;`, func(n int) string { return strings.Repeat(`"a",`, n/4) }},
	{"lazy dots and a class", `^(.*?)=(.*?)=(.*?)=(.*?)!`, func(n int) string { return strings.Repeat("k=v", n/3) }},
	{"nested quantified groups", `((a?b?)*c?)*$x`, func(n int) string { return strings.Repeat("ab", n/2) }},
	{"lookahead with a capture, its text there", `(?=(a*))a[bc]`, func(n int) string { return strings.Repeat("a", n) + "x" }},
	{"lookahead with a loop that captures", `(?=(a|aa)*x)a[bc]`, func(n int) string { return strings.Repeat("a", n) + "x" }},
	{"loop without backtracking at every start", `(?:ab)+[cd]`, func(n int) string { return strings.Repeat("ab", n/2) }},
	{"match behind a lookahead that captures", `(?=((?:a|aa)*))a*[bc]`, func(n int) string { return strings.Repeat("a", n-2) + "xb" }},
	{"wide characters", `(?:\p{L}+é?)+!`, func(n int) string { return strings.Repeat("é", n/2) }},
}

// TestPathologicalSteps asserts that work grows linearly: the steps for a line twice as long are at most 2.3 times as many. The plain
// program does so by itself too, where the fast one sees at once that a line lacks a text.
func TestPathologicalSteps(t *testing.T) {
	sc := NewScratch()
	for _, c := range pathological {
		re := MustCompile(c.pattern, Options{DotAll: true})
		grows(t, c.name, sc, c.line, func(line string) error {
			_, err := re.Match(line, sc)
			return err
		})
		grows(t, c.name+", plain", sc, c.line, func(line string) error {
			_, err := re.searchPlain(line, 0, 0, len(line), false, sc)
			return err
		})
	}
}

func grows(t *testing.T, name string, sc *Scratch, line func(n int) string, match func(line string) error) {
	t.Helper()
	before := 0
	for n := 1024; n <= 8192; n *= 2 {
		if err := match(line(n)); err != nil {
			t.Errorf("%s at %d: %v", name, n, err)
		}
		steps := sc.Steps()
		if before > 0 && float64(steps) > 2.3*float64(before)+64 {
			t.Errorf("%s: %d steps at %d bytes, %d at half of it", name, steps, n, before)
		}
		before = steps
	}
}

// TestStepBudget: what cannot be bounded linearly ends with ErrSteps.
func TestStepBudget(t *testing.T) {
	sc := NewScratch()
	for _, c := range []struct{ pattern, line string }{
		{`^(\w+\.?)+\1$`, strings.Repeat("a", 60) + "!"},
		{`(?<a>\g<a>)`, "a"},
		{`(?~b)z`, strings.Repeat("a", 8192)},
		{`(?~a*(?~a*b))z`, strings.Repeat("a", 8192)},
		{`(?:(?~b)?)*z`, strings.Repeat("a", 8192)},
		{`(?<a>(?~x\g<a>y))z`, strings.Repeat("x", 8192)},
		{`(?<a>(?~\g<a>))`, "a"},
	} {
		re := MustCompile(c.pattern, Options{MaxSteps: 100000})
		if _, err := re.Match(c.line, sc); err != ErrSteps {
			t.Errorf("/%s/: got %v, want ErrSteps", c.pattern, err)
		}
		if sc.Steps() > 110000 {
			t.Errorf("/%s/: %d steps taken", c.pattern, sc.Steps())
		}
	}
}
