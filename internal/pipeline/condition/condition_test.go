package condition_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/pipeline/condition"
	"castor/internal/regex"
)

func compile(t testing.TB, text string) (condition.Cond, diag.List) {
	t.Helper()
	cfg, diags := parser.Parse("if.conf", "filter { if "+text+" { drop {} } }", parser.Options{})
	if diags.HasErrors() {
		t.Fatalf("if %s: %v", text, diags)
	}
	var found diag.List
	return condition.Compile(cfg.Sections[0].Body[0].(*ast.Branch).Arms[0].Cond, &found), found
}

func decode(t testing.TB, text string) *event.Event {
	t.Helper()
	var d event.Decoder
	e, err := d.DecodeEvent(text, event.Now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const sample = `{"s":"abc","n":5,"f":5.0,"l":["a",5],"nil":null,"no":false,"empty":"","h":{},"big":99999999999999999999,
	"le":[],"he":{},"hs":{"k":"v"},"ht":{"k":"v"},"hn":{"k":5},"hm":{"k":5},"inspected":"[\"x\", 5]","tiny":1.0e-7}`

func TestConditions(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		cond, diags := compile(t, text)
		if cond == nil {
			t.Fatalf("if %s: %v", text, diags)
		}
		ok, err := cond(decode(t, sample), regex.NewScratch())
		got := map[bool]string{true: "true", false: "false"}[ok]
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("if %s: expected %s, got %s", text, want, got)
		}
	}
	f(`[s]`, "true")
	f(`[nil] or [no] or [empty] or [missing]`, "false")
	f(`[h]`, "true")
	f(`![missing]`, "true")
	f(`[n] == 5 and [f] != 5`, "true")
	f(`[n] == "5"`, "false")
	f(`[missing] == [absent]`, "true")
	f(`[nil] == [missing]`, "false")
	f(`[n] > 4.5 and [big] > 5`, "true")
	f(`[s] < 5`, "error")
	f(`[missing] < 5`, "error")
	f(`[nil] >= 5 and [no] <= 5`, "true")
	f(`[@timestamp] <= 5`, "true")
	f(`[n] in [5, 6] and "5" in ["5", "6"]`, "false")
	f(`[n] in ["5", "x"]`, "true")
	f(`[nil] in ["", "x"]`, "true")
	f(`"b" in [s]`, "true")
	f(`5 in [l] and "a" in [l]`, "true")
	f(`5 in [n]`, "false")
	f(`[s] in "xabcx"`, "true")
	f(`[n] in "5"`, "false")
	f(`"x" in "xyz"`, "false")
	f(`[n] in [n]`, "true")
	f(`[nil] in [l]`, "error")
	f(`[s] =~ /^a.c$/`, "true")
	f(`[n] =~ /5/`, "false")
	f(`[n] !~ /5/`, "true")
	f(`[s] xor [missing]`, "true")
	f(`[s] nand [n]`, "false")
	f(`[missing] and [s] < 5`, "false")
	f(`""`, "false")
	f(`"x"`, "true")
	f(`[n] == [5, 6] and [s] == ["abc", "d"] and [n] < [[7], 1]`, "true")
	f(`[[word], 5] == [n] and ["abc", word] == [s] and 5 == [word, 5]`, "true")
	f(`[n] in [["x"], [5]]`, "false")
	f(`[inspected] in [["x", 5], 1]`, "true")
	f(`[tiny] in ["1.0e-07", 1] and [tiny] not in [0.0000001, 1]`, "true")
	f(`[nil] < [missing]`, "false")
	f(`[no] >= [missing]`, "true")
	f(`[n] <= [nil]`, "error")
	f(`5 <= [nil]`, "true")
	f(`[l] < [nil]`, "error")
	f(`[missing] in [le]`, "false")
	f(`[h] == [he]`, "true")
	f(`[hs] == [ht] or [s] == "x"`, "false")
	f(`[hn] == [hm] and [hs] == [hs]`, "true")
}

func TestFaultsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		`[s] =~ "("`:    "if.conf:1:20: this regular expression cannot be compiled",
		`5 =~ /5/`:      "if.conf:1:13: this matches no regular expression",
		`[s] == /x/`:    "if.conf:1:20: == compares no regular expression",
		`[s] == []`:     "if.conf:1:20: == compares nothing with an empty list",
		`[1, 2] == [s]`: "if.conf:1:13: only a field, a text or a number can stand left of ==",
		`[1, 2] in [s]`: "if.conf:1:13: a list is in no field",
		`5 < 5.5`:       "if.conf:1:13: literals of unlike types have no order",
		`[s] and ("x")`: "if.conf:1:22: a literal is no condition",
		`!("x")`:        "if.conf:1:15: a literal is no condition",
		`/x/`:           "if.conf:1:13: a regular expression alone is no condition",
	} {
		cond, diags := compile(t, text)
		if err := diags.Err(); cond != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("if %s: expected %q, got %v", text, want, err)
		}
	}
}
