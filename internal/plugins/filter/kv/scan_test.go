package kv

import (
	"math/rand/v2"
	"testing"

	"castor/internal/plugin"
	"castor/internal/regex"
)

// pairsOf lists the pairs of a text, by hand or by the expression.
func pairsOf(t *testing.T, g *grammar, text string, byHand bool) (pairs []string) {
	t.Helper()
	s := g.scan(text, regex.NewScratch())
	s.byHand = byHand
	if ok, err := s.holds(); !ok || err != nil {
		return nil
	}
	for {
		key, value, ok, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return pairs
		}
		pairs = append(pairs, key, value)
	}
}

// TestByHandAsTheExpression holds the hand-written search against Logstash's expression on texts of the characters that matter.
func TestByHandAsTheExpression(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, cfg := range []config{
		{FieldSplit: " ", ValueSplit: "=", IncludeBrackets: true, Whitespace: "lenient"},
		{FieldSplit: " ", ValueSplit: "=", Whitespace: "strict"},
		{FieldSplit: "&?", ValueSplit: "=", IncludeBrackets: true, Whitespace: "lenient"},
		{FieldSplit: ", ", ValueSplit: ":=", IncludeBrackets: true, Whitespace: "lenient"},
		{FieldSplit: "\n", ValueSplit: ":", IncludeBrackets: true, Whitespace: "lenient"},
	} {
		g, err := newGrammar(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		if g.plain == nil {
			t.Fatalf("%q %q: no search by hand", cfg.FieldSplit, cfg.ValueSplit)
		}
		alphabet := []rune("ab\u00e9  =:\"'()[]<>\n" + cfg.FieldSplit + cfg.ValueSplit + "=")
		for range 20000 {
			text := make([]rune, random.IntN(16))
			for i := range text {
				text[i] = alphabet[random.IntN(len(alphabet))]
			}
			want, got := pairsOf(t, g, string(text), false), pairsOf(t, g, string(text), true)
			if len(want) != len(got) {
				t.Fatalf("%q with %q and %q: expected %q, got %q", string(text), cfg.FieldSplit, cfg.ValueSplit, want, got)
			}
			for i := range want {
				if want[i] != got[i] {
					t.Fatalf("%q with %q and %q: expected %q, got %q", string(text), cfg.FieldSplit, cfg.ValueSplit, want, got)
				}
			}
		}
	}
}

func TestTheExpressionWhereByHandIsNotEnough(t *testing.T) {
	for _, cfg := range []config{
		{FieldSplit: `\[`, ValueSplit: "="},
		{FieldSplit: "a-z", ValueSplit: "="},
		{FieldSplit: "\u00e9", ValueSplit: "="},
		{FieldSplit: " ", ValueSplit: " ="},
	} {
		if newPlain(&cfg) != nil {
			t.Errorf("%q %q: these need the expression", cfg.FieldSplit, cfg.ValueSplit)
		}
	}
	var _ plugin.Filter = &filter{}
}
