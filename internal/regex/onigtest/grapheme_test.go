package onigtest

import (
	"math/rand"
	"strings"
	"testing"
	"time"

	"castor/internal/regex"
)

// clusterPieces are characters of every kind that the rules of \X tell apart.
var clusterPieces = []string{
	"a", "b", " ", "é", "中", // others
	"\r", "\n", "\r\n", "\t", "\u200b", "\u2028", "\u00ad", "\ufeff", // controls
	"\u0301", "\u0308", "\u20dd", "\u200c", "\ufe0f", "\U000e0067", "\U0001f3fd", // extend
	"\u0903", "\u0e33", "\u093f", // spacing marks
	"\u0600", "\U000110bd", "\u0d4e", // prepend
	"\u1100", "\u1161", "\u11a8", "\uac00", "\uac01", "\ua960", "\ud7b0", "\ud7cb", // Hangul
	"\U0001f1e9", "\U0001f1ea", // regional indicators
	"\u200d", "\U0001f468", "\U0001f469", "\u2764", "©", // emoji
}

func clusterText(r *rand.Rand) string {
	var b strings.Builder
	for n := 1 + r.Intn(9); n > 0; n-- {
		b.WriteString(clusterPieces[r.Intn(len(clusterPieces))])
	}
	return b.String()
}

var clusterPatterns = []string{`\A(\X)(\X?)(\X?)(\X?)(\X?)`, `\X`, `\A\X\z`, `\X{2}`, `.\X`, `\Xa`, `(?:\X*?)b`, `(?im)\X\b`, `\X(?=.)`, `(?<!a)\X+\z`}

// TestGraphemesJoni: \X is joni's, character by character.
func TestGraphemesJoni(t *testing.T) {
	j := newJoni(t)
	seed := time.Now().UnixNano()
	r := rand.New(rand.NewSource(seed))
	sc := regex.NewScratch()
	var n tally
	for end := time.Now().Add(duration(t, 5*time.Second)); time.Now().Before(end) && n.differences < 20; {
		for _, pat := range clusterPatterns {
			re, err := regex.Compile(pat, regex.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n.patterns++
			for range 20 {
				s := clusterText(r)
				want, got := j.ask(t, pat, s), ours(re, s, sc)
				n.pairs++
				if got[0] == 'M' {
					n.matches++
				}
				if got != want {
					n.differences++
					t.Errorf("/%s/ on %+q:\n  ours %s\n  joni %s", pat, s, got, want)
				}
			}
		}
	}
	n.log(t)
	t.Logf("seed %d", seed)
}

// TestGraphemesOniguruma compares whole texts, cut into clusters from their start.
func TestGraphemesOniguruma(t *testing.T) {
	o := startOracle(t)
	seed := time.Now().UnixNano()
	r := rand.New(rand.NewSource(seed))
	sc := regex.NewScratch()
	var n tally
	for end := time.Now().Add(duration(t, 5*time.Second)); time.Now().Before(end) && n.differences < 20; {
		subjects := make([]string, 50)
		for i := range subjects {
			subjects[i] = clusterText(r)
		}
		n.compare(t, o, clusterPatterns[0], subjects, sc)
	}
	n.log(t)
	t.Logf("seed %d", seed)
}
