package onigtest

import (
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"castor/internal/regex"
)

// fixedSeed is what runs begin with, so that they repeat. ONIG_SEED is another number, or "random".
const fixedSeed = 1

// fuzz is one comparison: random patterns, three engines, and as differences the answers that are ours alone.
type fuzz struct {
	t      *testing.T
	o      *oracle
	j      *joni
	opt    regex.Options
	sc     *regex.Scratch
	seed   int64
	random *rand.Rand
	end    time.Time

	patterns, refused, weRefused, theyRefused, pairs, matches, unlike, undecided, differences int
}

func newFuzz(t *testing.T, opt regex.Options) *fuzz {
	t.Helper()
	f := &fuzz{t: t, opt: opt, sc: regex.NewScratch(), seed: fixedSeed}
	switch v := os.Getenv("ONIG_SEED"); v {
	case "":
	case "random":
		f.seed = time.Now().UnixNano()
	default:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			t.Fatalf("ONIG_SEED: %v", err)
		}
		f.seed = n
	}
	f.random = rand.New(rand.NewSource(f.seed))
	f.o, f.j = startOracle(t), startJoni(t)
	return f
}

// more tells whether the run goes on: for ONIG_FUZZ or normally, and until some differences are found. Its end logs the counts.
func (f *fuzz) more(normally time.Duration) bool {
	f.t.Helper()
	if f.end.IsZero() {
		if v := os.Getenv("ONIG_FUZZ"); v != "" {
			d, err := time.ParseDuration(v)
			if err != nil {
				f.t.Fatalf("ONIG_FUZZ: %v", err)
			}
			normally = d
		}
		f.end = time.Now().Add(normally)
	}
	if f.differences < 5 && time.Now().Before(f.end) {
		return true
	}
	f.t.Logf("seed %d: %d patterns (%d refused by both, %d by us only, %d by them only), %d pairs, %d matches, %d on which one of the two stands alone, %d undecided, %d differences",
		f.seed, f.patterns, f.refused, f.weRefused, f.theyRefused, f.pairs, f.matches, f.unlike, f.undecided, f.differences)
	return false
}

// compile counts a pattern; nil when one of the engines refuses it.
func (f *fuzz) compile(pat, answer string) *regex.Regexp {
	f.patterns++
	re, err := regex.Compile(pat, f.opt)
	switch refused := answer[0] == 'E'; {
	case refused && err != nil:
		f.refused++
	case err != nil:
		f.weRefused++
	case refused:
		f.theyRefused++
	default:
		return re
	}
	return nil
}

// compare asks Oniguruma, whose \w and the like know Unicode, and joni about what Oniguruma and we do not agree on.
func (f *fuzz) compare(pat string, subjects []string) {
	f.t.Helper()
	list := f.o.ask(f.t, pat, subjects)
	re := f.compile(pat, list[0])
	if re == nil {
		return
	}
	for i, s := range subjects {
		if f.pair(re, s) != list[i] && f.judge(pat, s) {
			return
		}
	}
}

// compareJoni asks joni, under Ruby's own rules for \w and the like, and Oniguruma about what joni and we do not agree on.
func (f *fuzz) compareJoni(pat string, subjects []string) {
	f.t.Helper()
	re := f.compile(pat, f.j.ask(f.t, pat, subjects[0], patience))
	if re == nil {
		return
	}
	for _, s := range subjects {
		want := f.j.ask(f.t, pat, s, patience)
		if want == "T" {
			f.undecided++
			return
		}
		if f.pair(re, s) != want && f.judge(pat, s) {
			return
		}
	}
}

// patience is how long joni may take.
const patience = 10 * time.Second

// unicode is what makes joni and us follow the rules that Oniguruma has.
const unicode = "(?u)"

// answers are what the engines make of one pair.
type answers struct{ ours, joni, oniguruma string }

// ask gets the answers under Unicode's rules, or, without Oniguruma, under Ruby's.
func (f *fuzz) ask(pat, s string, unicodeRules bool) (a answers) {
	f.t.Helper()
	prefix := ""
	if unicodeRules {
		prefix = unicode
		a.oniguruma = f.o.ask(f.t, pat, []string{s})[0]
	}
	re, err := regex.Compile(prefix+pat, regex.Options{MaxSteps: f.opt.MaxSteps})
	if err != nil {
		return answers{"E", "E", "E"}
	}
	a.ours, a.joni = ours(re, s, f.sc), f.j.ask(f.t, prefix+pat, s, patience)
	return a
}

// undecided tells that an engine gave up, or that theirs is no answer.
func (a answers) undecided() bool {
	return strings.ContainsAny(a.ours+a.joni+a.oniguruma, "TXE") || impossible(a.joni) || impossible(a.oniguruma)
}

// impossible tells that a group ends before it begins. Both engines have that for a group that a later round of a counted loop entered in vain.
func impossible(answer string) bool {
	f := strings.Fields(answer)
	for i := 1; i+1 < len(f); i += 2 {
		begin, _ := strconv.Atoi(f[i])
		end, _ := strconv.Atoi(f[i+1])
		if begin > end {
			return true
		}
	}
	return false
}

// wrong tells that the answer to a pair is ours alone. Under Ruby's rules, which Oniguruma cannot follow, it must agree with us against
// joni under Unicode's.
func (f *fuzz) wrong(pat, s string) (wrong, undecided bool) {
	a := f.ask(pat, s, f.opt.Unicode)
	switch {
	case a.undecided():
		return false, true
	case a.ours == a.joni || a.ours == a.oniguruma:
		return false, false
	case f.opt.Unicode:
		return true, false
	}
	a = f.ask(pat, s, true)
	return a.ours == a.joni || a.ours != a.oniguruma, a.undecided()
}

// judge counts a pair on which not all agree; true when it is a difference, which it reports.
func (f *fuzz) judge(pat, s string) bool {
	f.t.Helper()
	wrong, undecided := f.wrong(pat, s)
	switch {
	case undecided:
		f.undecided++
	case !wrong:
		f.unlike++
	default:
		f.report(pat, s)
	}
	return wrong
}

// pair returns our answer and counts it.
func (f *fuzz) pair(re *regex.Regexp, s string) string {
	f.pairs++
	got := ours(re, s, f.sc)
	if got[0] == 'M' {
		f.matches++
	}
	return got
}

// report shows a difference, made small.
func (f *fuzz) report(pat, s string) {
	f.t.Helper()
	f.differences++
	groups := func(pat string) int { return strings.Count(pat, "(") - strings.Count(pat, "(?") }
	most := groups(pat) // what gets groups that capture becomes another case
	pat, s = shrink(pat, s, func(pat, s string) bool {
		if groups(pat) > most {
			return false
		}
		wrong, undecided := f.wrong(pat, s)
		return wrong && !undecided
	})
	a := f.ask(pat, s, f.opt.Unicode)
	f.t.Errorf("seed %d: /%s/ on %+q: ours %s, joni %s, Oniguruma %s", f.seed, pat, s, a.ours, a.joni, a.oniguruma)
}

// shrink drops parts of a pattern and a subject as long as they remain a difference, within a bounded number of tries.
func shrink(pat, s string, differs func(pat, s string) bool) (string, string) {
	tries := 0
	drop := func(text string, still func(string) bool) string {
		for n := len(text); n > 0; n /= 2 {
			for i := 0; i+n <= len(text); {
				tries++
				if less := text[:i] + text[i+n:]; tries < 4000 && strings.ToValidUTF8(less, "?") == less && still(less) {
					text = less
				} else {
					i++
				}
			}
		}
		return text
	}
	for before := -1; before != len(pat)+len(s); {
		before = len(pat) + len(s)
		pat = drop(pat, func(less string) bool { return differs(less, s) })
		s = drop(s, func(less string) bool { return differs(pat, less) })
	}
	return pat, s
}

// short cuts a long pattern for a message.
func short(pat string) string {
	if len(pat) > 200 {
		return pat[:200] + fmt.Sprintf("… (%d bytes)", len(pat))
	}
	return pat
}

// ours answers in the oracles' words: M and the slots, N for a miss, T for too many steps.
func ours(re *regex.Regexp, s string, sc *regex.Scratch) string {
	ok, err := re.Match(s, sc)
	if err != nil {
		return "T"
	}
	if !ok {
		return "N"
	}
	var b strings.Builder
	b.WriteString("M")
	for i := 0; i+1 < len(sc.Slots()); i += 2 {
		x, y := sc.Slots()[i], sc.Slots()[i+1]
		if x < 0 || y < 0 {
			x, y = -1, -1
		}
		fmt.Fprintf(&b, " %d %d", x, y)
	}
	return b.String()
}
