package onigtest

import (
	"testing"
	"time"

	"castor/internal/regex"
)

// unlikeOniguruma are kinds of patterns, found by fuzzing, for which Oniguruma 6.9.8 has another answer than joni; joni's counts.
var unlikeOniguruma = []struct{ why, pattern, subject, joni, oniguruma string }{
	{"a property is not folded", `(?i:\p{Lu})`, "c", "M 0 1", "N"},
	{"the complement of a property is not folded", `(?i:(\p{^Lu})*)`, "\u0301a", "M 0 2 0 2", "M 0 3 2 3"},
	{"dots behind \\Z are not looked for", `\Z(?m:.++)`, "c\r\n", "M 2 3", "N"},
	{"dots behind a lookahead are searched for from the wrong place", `(?=b)(?m:.+)`, "cb", "M 1 2", "N"},
	{"a lookbehind behind the end is not looked at", `\z(?<=\w)`, "cA", "M 2 2", "N"},
	{"a lookbehind before the end is not looked at", `(?<!.)\z`, "aa", "N", "M 2 2"},
	{"the same before a newline at the end", `(?<!\w)\Z`, "xc", "N", "M 2 2"},
}

// TestUnlikeOniguruma asks all three.
func TestUnlikeOniguruma(t *testing.T) {
	o, j, sc := startOracle(t), startJoni(t), regex.NewScratch()
	for _, c := range unlikeOniguruma {
		re, err := regex.Compile(c.pattern, regex.Options{Unicode: true})
		if err != nil {
			t.Errorf("/%s/: %v", c.pattern, err)
			continue
		}
		if a := ours(re, c.subject, sc); a != c.joni {
			t.Errorf("/%s/ on %+q: ours %s, want %s", c.pattern, c.subject, a, c.joni)
		}
		if a := j.ask(t, unicode+c.pattern, c.subject, time.Minute); a != c.joni {
			t.Errorf("/%s/ on %+q (%s): joni %s, want %s", c.pattern, c.subject, c.why, a, c.joni)
		}
		if a := o.ask(t, c.pattern, []string{c.subject})[0]; a != c.oniguruma {
			t.Logf("/%s/ on %+q (%s): this Oniguruma has %s, 6.9.8 has %s", c.pattern, c.subject, c.why, a, c.oniguruma)
		}
	}
}
