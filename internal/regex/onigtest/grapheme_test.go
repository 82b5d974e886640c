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

func clusterTexts(r *rand.Rand, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = clusterText(r)
	}
	return list
}

var clusterPatterns = []string{`\A(\X)(\X?)(\X?)(\X?)(\X?)`, `\X`, `\A\X\z`, `\X{2}`, `.\X`, `\Xa`, `(?:\X*?)b`, `(?im)\X\b`, `\X(?=.)`, `(?<!a)\X+\z`}

// TestGraphemesJoni: \X is joni's, character by character.
func TestGraphemesJoni(t *testing.T) {
	f := newFuzz(t, regex.Options{})
	for f.more(5 * time.Second) {
		for _, pat := range clusterPatterns {
			f.compareJoni(pat, clusterTexts(f.random, 20))
		}
	}
}

// TestGraphemesOniguruma compares whole texts, cut into clusters from their start.
func TestGraphemesOniguruma(t *testing.T) {
	f := newFuzz(t, regex.Options{Unicode: true})
	for f.more(5 * time.Second) {
		f.compare(clusterPatterns[0], clusterTexts(f.random, 50))
	}
}
