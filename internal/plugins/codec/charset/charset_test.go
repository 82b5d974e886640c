package charset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"UTF-8", "tab\t\"q\" é", "tab\t\"q\" é"},
		{"UTF-8", "a \"q\"\t\xe9", `a \"q\"\t\xE9`}, // the real one escapes all of a text that is no UTF-8
		{"ISO-8859-1", "\xe9\x80", "é\u0080"},
		{"ISO8859-15", "\xa4", "€"},
		{"Windows-1252", "\x80\xe9", "€é"}, {"CP1252", "\x80", "€"}, {"cp1252", "\x80", "€"}, {"windows_1252", "\x80", "€"},
		{"Shift_JIS", "\x82\xa0", "あ"}, {"SJIS", "\x82\xa0", "あ"}, {"CP932", "\x82\xa0", "あ"}, {"EUC-JP", "\xa4\xa2", "あ"}, {"eucJP", "\xa4\xa2", "あ"},
		{"GBK", "\xc4\xe3", "你"}, {"GB18030", "\xc4\xe3", "你"}, {"Big5", "\xa7\x41", "你"}, {"EUC-KR", "\xb0\xa1", "가"}, {"CP949", "\xb0\xa1", "가"},
		{"KOI8-R", "\xc1", "а"}, {"IBM437", "\x82", "é"}, {"CP850", "\x82", "é"}, {"macRoman", "\x8e", "é"}, {"IBM037", "\xc1", "A"},
		{"UTF-16LE", "a\x00", "a"}, {"UTF-16BE", "\x00a", "a"}, {"UTF-32LE", "a\x00\x00\x00", "a"}, {"UTF-32BE", "\x00\x00\x00a", "a"},
		{"US-ASCII", "a\xe9b", "a\uFFFDb"}, {"ASCII-8BIT", "a\xe9", "a\uFFFD"}, {"BINARY", strings.Repeat("\xff", 5000), strings.Repeat("\uFFFD", 5000)},
		{"Shift_JIS", "\x82", "\uFFFD"},
		{"ISO-8859-2", "\x85\xb1\xa0", "\u0085ą\u00A0"}, {"ISO-8859-7", "\x80\xff", "\u0080\uFFFD"}, {"ISO-8859-11", "\x80\xa1\xfc", "\u0080ก\uFFFD"},
		{"Shift_JIS", "\x81\x60\x81\x7c", "〜−"}, {"Windows-31J", "\x81\x60\x81\x7c", "～－"}, {"EUC-JP", "\xa1\xc1", "〜"}, {"eucJP-ms", "\xa1\xc1", "～"},
		{"TIS-620", "\x80\xa1", "\uFFFDก"}, {"KOI8-U", "\xae\xa4", "╝є"}, {"macRoman", "\xdb\xf0", "¤\uFFFD"}, {"macCyrillic", "\xa2", "¢"},
		{"IBM737", "A\x80", "AΑ"}, {"CP857", "\x9e", "Ş"}, {"cp869", "\x86", "Ά"}, {"macGreek", "\xb0", "Α"}, {"macTurkish", "\xda", "Ğ"},
	} {
		cs, err := Find(c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for range 2 { // the second time as the first
			if got := cs.Decode(c.in); got != c.want {
				t.Errorf("%s: expected %q, got %q", c.name, c.want, got)
			}
		}
	}
	if _, err := Find("klingon"); err == nil {
		t.Error("klingon is no encoding")
	}
}

// Whatever comes, the result is UTF-8.
func FuzzDecode(f *testing.F) {
	names := []string{"UTF-8", "ISO-8859-1", "Shift_JIS", "UTF-16LE", "UTF-32BE", "BINARY", "GB18030", "ISO-2022-JP"}
	f.Add("\x82\xa0\xff", 2)
	f.Add("\x1b$B", 7)
	f.Fuzz(func(t *testing.T, s string, n int) {
		cs, err := Find(names[uint(n)%uint(len(names))])
		if err != nil {
			t.Fatal(err)
		}
		if got := cs.Decode(s); !utf8.ValidString(got) {
			t.Errorf("%q became %q", s, got)
		}
		if !utf8.ValidString(Repair(s)) {
			t.Errorf("%q repaired is %q", s, Repair(s))
		}
	})
}
