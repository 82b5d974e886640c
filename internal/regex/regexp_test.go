package regex

import (
	"errors"
	"strings"
	"testing"
)

// check matches one pattern on one text; want are the slots, none for a miss.
func check(t *testing.T, opt Options, pat, in string, want ...int32) {
	t.Helper()
	re, err := Compile(pat, opt)
	if err != nil {
		t.Errorf("%s: %v", pat, err)
		return
	}
	sc := NewScratch()
	same := func(engine string, ok bool, err error) {
		t.Helper()
		if err != nil || ok != (want != nil) {
			t.Errorf("%s: /%s/ on %q: %v %v, want %v", engine, pat, in, ok, err, want)
			return
		}
		for i, w := range want {
			if sc.Slots()[i] != w {
				t.Errorf("%s: /%s/ on %q: %v, want %v", engine, pat, in, sc.Slots(), want)
				return
			}
		}
	}
	ok, err := re.Match(in, sc)
	same("match", ok, err)
	ok, err = re.searchPlain(in, 0, 0, len(in), false, sc)
	same("plain", ok, err)
	ok, err = re.searchPlain(in, 0, 0, len(in), true, sc)
	same("memo", ok, err)
}

func TestSyntax(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{}, pat, in, want...)
	}
	// groups
	f(`a(b+)c`, "xabbc", 1, 5, 2, 4)
	f(`(?<x>a)(b)`, "ab", 0, 2, 0, 1)
	f(`(?'x'a)\k'x'`, "aa", 0, 2, 0, 1)
	f(`(?<x>a)|(?<x>b)`, "b", 0, 1, -1, -1, 0, 1)
	f(`(?<p>\((?:[^()]|\g<p>)*\))`, "x(a(b)c)", 1, 8, 1, 8)
	f(`\A(?<a>|.|(?:(?<b>.)\g<a>\k<b+0>))\z`[:0]+`(?:(a)|b)*`, "ab", 0, 2, 0, 1)
	f(`(a)?(?(1)b|c)`, "ab", 0, 2, 0, 1)
	f(`(?<n>a)?(?(<n>)b|c)`, "c", 0, 1, -1, -1)
	f(`(\w)\1`, "abccd", 2, 4, 2, 3)
	f(`(?i)(\w)\1`, "xaAd", 1, 3, 1, 2)
	f(`(?<q>["']).*?\k<q>`, `a"b'c"`, 1, 6, 1, 2)
	f(`(a)(b)\k<-1>`, "abb", 0, 3, 0, 1, 1, 2)
	// quantifiers
	f(`a{,2}b`, "aaab", 1, 4)
	f(`a{2}?`, "aaa", 0, 2)
	f(`a{1,3}?b`, "aaab", 0, 4)
	f(`a{2}+`, "aaaaa", 0, 4)
	f(`a{,}`, "a{,}", 0, 4)
	f(`a++a`, "aaa")
	f(`a?+a`, "a")
	f(`(?>a*)a`, "aaa")
	f(`(?:a?)*?b`, "aab", 0, 3)
	f(`a**`, "aa", 0, 2)
	f(`^*a`, "a", 0, 1)
	f(`(?=[^0]+\b+)+\b`, "\x00111", 1, 1) // loops that may be empty, one in the other
	f(`(?=a+\b+)+\b`, "\x00111a")
	f(`(?=(?:a*\b*)*)*b`, "aab", 2, 3)
	f(`a{0}b`, "ab", 1, 2)
	// lookarounds
	f(`(?<=a|bc)d`, "bcd", 2, 3)
	f(`(?<!a)d`, "ad")
	f(`(?<!a|bc)d`, "bbcd cd", 6, 7)
	f(`a(?=b)`, "acab", 2, 3)
	f(`a(?!b)`, "abac", 2, 3)
	f(`(?=(a+))a*b\1`, "baaabac", 3, 6, 3, 4)
	f(`(?<=é)x`, "éx", 2, 3)
	f(`(?=((?:a|aa)*)(b?))a*\w?!`, strings.Repeat("a", 3000)+"x "+strings.Repeat("a", 50)+"b!", 3002, 3054, 3002, 3052, 3052, 3053)
	// absent texts, with joni's answers
	f(`/\*(?~\*/)\*/`, "a /* b * */ c */", 2, 11)
	f(`\A(?~ab)`, "xxaab", 0, 4)
	f(`(?~a)b`, "xab", 2, 3)
	f(`\A(?~)`, "x", 0, 0)
	f(`(?~)`, "")
	f(`x(?~)`, "axb")
	f(`\A(?~a+)`, "aaa", 0, 1)
	f(`\A(?~(a))x\1`, "bx")
	f(`(?~é|x)+y`, "aéby", 3, 5)
	f(`\A(?~b)\z`, "aac", 0, 3)
	// anchors and position
	f(`^b$`, "a\nb\nc", 2, 3)
	f(`\n^`, "a\n")
	f(`a\Z`, "a\n", 0, 1)
	f(`a\z`, "a\n")
	f(`\Ab`, "a\nb")
	f(`\bb`, "ab b", 3, 4)
	f(`\Bb`, "ab", 1, 2)
	f(`\Ka`, "ba", 1, 2)
	f(`ab\Kc`, "abc", 2, 3)
	// flags
	f(`a(?i)b|c`, "aC", 0, 2)
	f(`(?i:a)b`, "AB")
	f(`(?i:a)b`, "Ab", 0, 2)
	f(`(?m:.)`, "\n", 0, 1)
	f(`.`, "\n")
	f(`(?x) a b # note
		c`, "abc", 0, 3)
	f(`(?x:a b)\ c`, "ab c", 0, 4)
	f(`a(?#note)+b`, "aab", 0, 3)
	f(`(?i)(?-i)a`, "A")
	// escapes
	f(`\x41\x{42}\103\t\e\cA\C-a`, "ABC\t\x1b\x01\x01", 0, 7)
	f(`\u00e9\xC3\xA9`, "éé", 0, 4)
	f(`\h+\H`, "xafG", 1, 4)
	f(`\R`, "a\r\n", 1, 3)
	f(`a\.b\-`, "a.b-", 0, 4)
}

func TestClasses(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{}, pat, in, want...)
	}
	f(`[a-c&&[^b]]+`, "abcc", 0, 1)
	f(`[^a-c&&[^x]]`, "ax", 1, 2)
	f(`[[[:alnum:]]_-]+`, "é_-!", 0, 4)
	f(`[]a]+`, "a]", 0, 2)
	f(`[a-]+`, "-a", 0, 2)
	f(`[[::alnum:]+`, ":a[", 0, 3)
	f(`[\d\-x]+`, "1-x", 0, 3)
	f(`[a-c-e]+`, "d-e", 1, 3)
	f(`[[:^digit:]]`, "1a", 1, 2)
	f(`[^\n]+`, "a\nb", 0, 1)
	f(`\p{Lu}\p{^Lu}\P{L}`, "Aa1", 0, 3)
	f(`\p{Greek}`, "aα", 1, 3)
	f(`\p{Letter}+`, "aé1", 0, 3)
	f(`[é-ü]`, "aö", 1, 3)
	f(`[\x{300}-\x{36f}]`, "e\u0301", 1, 3)
}

// TestASCIIAndUnicode holds Ruby's rules: \w \d \s know ASCII, \b and POSIX brackets know Unicode; (?u) and (?a) change that.
func TestASCIIAndUnicode(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{}, pat, in, want...)
	}
	f(`\w`, "é")
	f(`[[:word:]]`, "é", 0, 2)
	f(`\b\w+`, "éa")
	f(`(?u)\w`, "é", 0, 2)
	f(`(?a)\bx`, "éx", 2, 3)
	f(`(?a)[[:alpha:]]`, "é")
	f(`\d`, "٣")
	f(`(?u)\d`, "٣", 0, 2)
	f(`(?i)É`, "é", 0, 2)
	f(`(?i)k`, "\u212a", 0, 3)
	f(`(?i)\w`, "ſ")
	f(`(?i)[^é]`, "É")
}

// TestMultiCharFold has joni's answers.
func TestMultiCharFold(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{IgnoreCase: true}, pat, in, want...)
	}
	f(`ss`, "ß", 0, 2)
	f(`ß`, "sS", 0, 2)
	f(`[ß]`, "ss", 0, 2)
	f(`[^ß]`, "ss", 0, 1)
	f(`s+`, "ß")
	f(`(s)s`, "ß")
	f(`[st]{2}`, "ß")
	f(`s(?:s)`, "ß")
	f(`[a-z]+`, "ß")
	f(`sss`, "ßs", 0, 3)
	f(`sss`, "sß", 0, 3)
	f(`straße`, "STRASSE", 0, 7)
	f(`strasse`, "STRAßE", 0, 7)
	f(`fi`, "ﬁ", 0, 3)
	f(`ﬁ`, "fi", 0, 2)
	f(`affix`, "aﬃx", 0, 5)
	f(`st`, "ﬆ", 0, 3)
	f(`ss?x`, "ßx")
	f(`ᾳ`, "αι", 0, 4)
	f(`(?<=ss)x`, "ßx")
	check(t, Options{}, `ss`, "ß")
}

func TestInvalidUTF8(t *testing.T) {
	check(t, Options{}, `a.b`, "a\xffb", 0, 3)
	check(t, Options{}, `[^x]+`, "\xe3\x81", 0, 2)
	check(t, Options{}, `\p{L}`, "\xe3")
	check(t, Options{}, `é`, "\xc3x\xc3\xa9", 2, 4)
}

// TestFoundByFuzzing has what differential fuzzing against Oniguruma found wrong once, with Oniguruma's answers.
func TestFoundByFuzzing(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{Unicode: true}, pat, in, want...)
	}
	f(`[^\W_](\k<-1>|éc{,2}|\1$b){2,}`, ".1é")                                                      // a group is unset while it is open
	f(`(?>[[:^digit:]b]??)a`, "\raa cb", 1, 2)                                                      // what follows must not choose in an atomic group
	f(`(?:(?>\S{2}+).){0,1}`, "xca1aaéb", 0, 0)                                                     //
	f(`(?<!(?:a|b)é|(?:a|b))`, "ax", 0, 0)                                                          // branches of a lookbehind keep their lengths
	f(`(?<=[ab]|(?:a|b)[ab])\w`, "xb.")                                                             //
	f(`_|(a?([\w.]+*)*)\H._`, "aAcéa_caax ", 0, 7, 0, 3, 3, 3)                                      // the memo knows empty rounds of a loop
	f(`[a-]b*(?m:(?<=a)|.{1,2}a{0,1}aA{,2}|1+)+*`, "ba1", 1, 2)                                     // an empty round ends the loop, in tables as well
	f(`a{,2}\b`, "\racéÉa\n", 1, 1)                                                                 // a run that may be empty gives back before \b
	f(`1{0,1}. {0}(?=(?!a?\b[ab]))`, "\raÉ", 1, 2)                                                  //
	f(`(?:\H[^a]{2}?|\D*)[a-]*+1\w{2}`, "x1ab", 0, 4)                                               //
	f(`(?:(?>\za{0}.{2,}|.{1,3}?)\w){2}|b{1}(?:A(?:^)\G)`, "A\nc cb\rb", 4, 8)                      //
	f(`\W{0,1}(?<=ab|a)\Aa`, "aca")                                                                 //
	f(`(?:a?|b?){1,3}(?:\b|^|a?){2}(?:\b|^|a?){3}(?:\b|^|a?){3}(?:\b|^){9}c`, "a", []int32(nil)...) // compiled in good time
}

// TestEmptyRounds has joni's answers: a counted repeat that it compiles as a loop is left at an empty round, one whose body it writes several
// times is not.
func TestEmptyRounds(t *testing.T) {
	f := func(pat string, end int32) {
		t.Helper()
		check(t, Options{}, pat, ". ", 0, end)
	}
	f(`(?:. |\G){2}`, 2)
	f(`(?:. |\G){5}`, 2)
	f(`(?:. |\G){6}`, 0)
	f(`(?:[ab]c|. |\G){2}`, 2)
	f(`(?:[ab]c|[cd]e|. |\G){2}`, 0)
	f(`(?:[ab]c|[cd]e|. |\G){1}`, 2)
	f(`(?:. |\G){2,}`, 2)
	f(`(?:. |\G){6,}`, 2)
	f(`(?:. |\G){7,}`, 0)
	f(`(?:. |\G){2,3}?`, 0)
	f(`(?:[ab]c|[cd]e|[ab]c|[cd]e|[ab]c|[cd]e|. |\G)+`, 2)
	check(t, Options{Unicode: true}, `(?:(?i:é|(?!\x61|\d)){2}(?:))`, "éA", 0, 0)
}

func TestErrors(t *testing.T) {
	f := func(pat string, pos int, msg string) {
		t.Helper()
		_, err := Compile(pat, Options{})
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("/%s/: got %v, want an error", pat, err)
			return
		}
		if e.Pos != pos || !strings.Contains(e.Msg, msg) {
			t.Errorf("/%s/: %d %q, want %d %q", pat, e.Pos, e.Msg, pos, msg)
		}
	}
	f(`ab)`, 2, "unmatched close parenthesis")
	f(`a(b`, 1, "without closing parenthesis")
	f(`a[b`, 1, "premature end")
	f(`a[]`, 1, "empty char-class")
	f(`[b-a]`, 0, "empty range")
	f(`a**+?*b|*`, 8, "target of repeat operator")
	f(`a{3,2}`, 1, "upper is smaller")
	f(`a{100001}`, 2, "too big number")
	f(`\p{Nope}`, 0, "invalid character property")
	f(`(?<1a>b)`, 0, "invalid group name")
	f(`\k<x>`, 0, "undefined name")
	f(`(?<a>x)\1`, 7, "numbered backreference is not allowed")
	f(`(?<=a+)b`, 0, "look-behind")
	f(`(?<!(a))b`, 0, "look-behind")
	f(`(?<=\X)b`, 4, "look-behind")
	f(`(?z)`, 2, "undefined group option")
	f(`(?)a`, 2, "undefined group option")
	f(`a\`, 1, "end of pattern at escape")
	f(`\xff`, 0, "too short multibyte string")
	f(`[[:nope:]]`, 1, "POSIX bracket")
	f(`\g<x>`, 0, "undefined name")
	f(`(?(1)a|b)`, 0, "invalid backreference number")
}

func TestFind(t *testing.T) {
	sc := NewScratch()
	re := MustCompile(`\Ga`, Options{})
	if ok, _ := re.FindFrom("baa", 1, sc); !ok || sc.Slots()[0] != 1 {
		t.Error(`\G is not where the search began`)
	}
	if ok, _ := re.FindFrom("aba", 1, sc); ok {
		t.Error(`\G matched behind the begin of the search`)
	}
	re = MustCompile(`\bb`, Options{})
	if ok, _ := re.FindFrom("ab b", 1, sc); !ok || sc.Slots()[0] != 3 {
		t.Error("what stands before the begin is not seen")
	}
	if ok, _ := re.MatchAt("ab b", 1, sc); ok {
		t.Error("MatchAt searched")
	}
	if ok, _ := re.MatchAt("ab b", 3, sc); !ok {
		t.Error("MatchAt missed")
	}
}

func TestNames(t *testing.T) {
	re := MustCompile(`(?<a>x)(y)(?<b>z)(?<a>w)`, Options{})
	if re.NumGroups() != 3 || strings.Join(re.Names(), ",") != ",a,b,a" || len(re.GroupIndex("a")) != 2 {
		t.Errorf("%d groups, %q", re.NumGroups(), re.Names())
	}
	re = MustCompile(`(?<a>x)(y)`, Options{CaptureGroup: true})
	if re.NumGroups() != 2 {
		t.Errorf("%d groups with CaptureGroup", re.NumGroups())
	}
}

func TestExplain(t *testing.T) {
	re := MustCompile(`(\d+) (\w+) \[x\]`, Options{})
	if pos, at := re.Explain("12 ab (x)"); pos != 6 || at != 12 {
		t.Errorf("got position %d, offset %d", pos, at)
	}
}

func TestNoAllocation(t *testing.T) {
	sc := NewScratch()
	re := MustCompile(`(?<ip>\d+\.\d+\.\d+\.\d+) (?<rest>.*?) "(?<q>[^"]*)"`, Options{})
	set := NewSet([]*Regexp{re, MustCompile("x+y", Options{})})
	var may []uint64
	for range 200 { // learn
		may = set.Candidates(`10.1.2.3 a b "c"`, may, sc)
	}
	n := testing.AllocsPerRun(100, func() {
		re.Match(`10.1.2.3 a b "c"`, sc)
		re.Match(`10.1.2.3 a b c`, sc)
		may = set.Candidates(`10.1.2.3 a b "c"`, may, sc)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestGraphemes: \X, cut off the start of a text again and again; the clusters are joni's.
func TestGraphemes(t *testing.T) {
	re := MustCompile(`\G\X`, Options{})
	sc := NewScratch()
	f := func(clusters ...string) {
		t.Helper()
		text, at := strings.Join(clusters, ""), 0
		for _, want := range clusters {
			ok, err := re.FindFrom(text, at, sc)
			if !ok || err != nil {
				t.Errorf("%+q at %d: %v %v", text, at, ok, err)
				return
			}
			if got := text[at:sc.Slots()[1]]; got != want {
				t.Errorf("%+q at %d: %+q, want %+q", text, at, got, want)
			}
			at = int(sc.Slots()[1])
		}
	}
	f("a", "b", " ", "1")
	f("e\u0301", "x", "a\u0308\u20dd", "é")
	f("\u0301", "a")        // a mark without a letter
	f("\t", "\u0301\u0301") // nothing extends a control
	f("\r\n", "\n", "\r", "\r\n")
	f("\r", "\u0301", "\u200b", "\u00ad")
	f("\u0928\u093f", "\u0e01\u0e33")        // spacing marks
	f("\u0600\u0601a\u0301", "\u0600", "\n") // prepended
	f("\u1100\u1161\u11a8", "\u1100")        // Hangul, by letters
	f("\uac00\u11a8\u11a8", "\uac01\u11a8", "\uac01", "\u1161")
	f("\u1100\u1100\uac00\u1161\u11a8\u11a8\u0301", "\u11a8", "a")
	f("\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7\u0301", "\U0001f1eb", "a") // flags
	f("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\u2764\ufe0f\u200d\U0001f525")
	f("a\u200d", "\U0001f469", "\U0001f469\u200d", "a")
	f("\xff\u0301", "\xfe") // bytes that are no UTF-8
}

func TestGraphemeSyntax(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{}, pat, in, want...)
	}
	f(`\X`, "")
	f(`\X\n`, "\r\n") // atomic
	f(`\r\X`, "\r\n", 0, 2)
	f(`(\X)(\X)`, "e\u0301\r\n", 0, 5, 0, 3, 3, 5)
	f(`\X{2}b`, "e\u0301ab", 0, 5)
	f(`\X*?b`, "a\u0301bb", 0, 4)
	f(`(?<c>\X)\k<c>`, "ae\u0301e\u0301", 1, 7, 1, 4)
	f(`a\X?+\u0301`, "aa\u0301")
	f(`(?i)\X(?m:.)`, "A\u0301\n", 0, 4)
	f(`[\X]`, "aX", 1, 2)
	if _, err := Compile(`(?<!\X)a`, Options{}); err == nil {
		t.Error(`\X has no fixed length in a lookbehind`)
	}
}

// FuzzMatch looks for panics, hangs and differences between the fast and the plain program.
func FuzzMatch(f *testing.F) {
	for _, p := range []string{`(?<a>a+)(b|\d)*?$`, `(?>x|[^y]+)+\b`, `(?<=a|bc)\p{L}{2,3}`, `(\w)\1(?(1)a|b)`, `(?i)[[:alpha:]&&[^k]]`, `(?:a?)*?\G`} {
		f.Add(p, "aab1 x\u00e9k\n")
	}
	f.Fuzz(func(t *testing.T, pat, s string) {
		if len(pat) > 150 || len(s) > 500 {
			return
		}
		re, err := Compile(pat, Options{MaxSteps: 200000})
		if err != nil {
			return
		}
		sc := NewScratch()
		ok, err := re.Match(s, sc)
		if err != nil || re.fast == nil {
			return
		}
		slots := append([]int32(nil), sc.Slots()...)
		ok2, err := re.searchPlain(s, 0, 0, len(s), true, sc)
		if err != nil || ok != ok2 {
			t.Fatalf("/%s/ on %q: fast %v, plain %v %v", pat, s, ok, ok2, err)
		}
		for i, v := range slots {
			if sc.Slots()[i] != v {
				t.Fatalf("/%s/ on %q: fast %v, plain %v", pat, s, slots, sc.Slots())
			}
		}
	})
}
