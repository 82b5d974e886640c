package grok

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func findAll(t *testing.T, l *List, s string) []int {
	t.Helper()
	sc := NewScratch()
	var out []int
	for from := 0; ; {
		i, err := l.Find(s, from, sc)
		if err != nil {
			t.Fatal(err)
		}
		if i < 0 {
			return out
		}
		out = append(out, i)
		from = i + 1
	}
}

func TestListFindsTheFirstAndThenTheOthers(t *testing.T) {
	exprs := []string{"^%{IP:ip}$", "^%{WORD:w}", "^%{INT:i}", "never=%{WORD:n}"}
	for _, n := range []int{1, 70} { // 70: more than one word of candidates
		var many []string
		for i := range n {
			if i < n-1 {
				many = append(many, fmt.Sprintf("pad%d:", i))
			}
		}
		many = append(many, exprs...)
		l, err := CompileList(many, Options{})
		if err != nil {
			t.Fatal(err)
		}
		base := len(many) - len(exprs)
		if got := fmt.Sprint(findAll(t, l, "42 things")); got != fmt.Sprint([]int{base + 1, base + 2}) {
			t.Errorf("got %s", got)
		}
		if got := findAll(t, l, "?"); got != nil {
			t.Errorf("got %v", got)
		}
	}
}

func TestListStats(t *testing.T) {
	run := func(all bool) []Stats {
		l, err := CompileList([]string{"^a", "^ab", "^x"}, Options{ApplyAll: all})
		if err != nil {
			t.Fatal(err)
		}
		sc := NewScratch()
		for _, s := range []string{"abc", "xyz", "none"} {
			for from := 0; ; {
				i, err := l.Find(s, from, sc)
				if err != nil {
					t.Fatal(err)
				}
				if i < 0 || !all {
					break
				}
				from = i + 1
			}
		}
		return l.Stats()
	}
	show := func(st []Stats) string {
		var out []string
		for _, s := range st {
			out = append(out, fmt.Sprintf("%s %d/%d", s.Expr, s.Hits, s.Misses))
		}
		return strings.Join(out, ", ")
	}
	if got := show(run(false)); got != "^a 1/2, ^ab 0/2, ^x 1/1" {
		t.Errorf("first match only: %s", got)
	}
	if got := show(run(true)); got != "^a 1/2, ^ab 1/2, ^x 1/2" {
		t.Errorf("all: %s", got)
	}
}

func TestListErrorsAreAllTold(t *testing.T) {
	_, err := CompileList([]string{"%{NOPE}", "ok", "%{NEITHER}"}, Options{})
	if err == nil || !strings.Contains(err.Error(), "NOPE") || !strings.Contains(err.Error(), "NEITHER") {
		t.Errorf("got %v", err)
	}
	var pe *PatternError
	if !errors.As(err, &pe) {
		t.Errorf("no *PatternError in %v", err)
	}
}

func TestListIsSafeForConcurrentUse(t *testing.T) {
	l, err := CompileList([]string{"^%{IP:ip}$", "^%{WORD:w}$"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sc := NewScratch()
			for range 200 {
				if i, err := l.Find("10.1.2.3", 0, sc); i != 0 || err != nil {
					t.Errorf("got %d, %v", i, err)
				}
				if i, err := l.Find("word", 0, sc); i != 1 || err != nil {
					t.Errorf("got %d, %v", i, err)
				}
			}
		}()
	}
	wg.Wait()
	if st := l.Stats(); st[0].Hits != 800 || st[1].Hits != 800 {
		t.Errorf("got %+v", st)
	}
}
