package lsconf

import (
	"strings"
	"testing"
)

// Mistakes that cannot stand in a text file.
func TestMistakesInBytes(t *testing.T) {
	for _, c := range []struct {
		name, in  string
		line, col int
		want      string // in the message
	}{
		{"byte order mark", "\uFEFFfilter { }", 1, 1, "byte order mark"},
		{"NUL", "filter { \x00 }", 1, 10, "NUL"},
		{"UTF-16", "f\x00i\x00l\x00t\x00e\x00r\x00", 1, 1, "unknown section"},
		{"Latin-1", "filter {\n  # caf\xe9\n}", 2, 8, "not UTF-8"},
		{"Latin-1 in a string", "filter { a { b => \"caf\xe9\" } }", 1, 23, "not UTF-8"},
		{"lone carriage return ends a comment", "filter {\n # c\r drop { }\n}", 2, 2, "carriage return"},
		{"vertical tab", "filter {\v}", 1, 9, "U+000B"},
		{"zero width space", "filter { mutate {\u200b} }", 1, 18, "invisible"},
		{"CRLF counts as one line end", "filter {\r\n  a { b = 1 }\r\n}\r\n", 2, 9, "`=`"},
		{"a tab is one column", "filter {\n\ta { b = 1 }\n}", 2, 8, "`=`"},
		{"a wide character is one column", "filter { a { \"日本\" = 1 } }", 1, 19, "`=`"},
		{"nesting", "filter { a { b => " + strings.Repeat("[", 100000), 1, 267, "nested too deeply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, list := Parse("c", c.in, Options{})
			if !list.HasErrors() {
				t.Fatal("no error")
			}
			d := list[0]
			if d.Pos.Line != c.line || d.Pos.Col != c.col || !strings.Contains(d.Error(), c.want) {
				t.Errorf("got %v, want %d:%d with %q", d, c.line, c.col, c.want)
			}
		})
	}
}

// What looks wrong and is right.
func TestAccepted(t *testing.T) {
	for name, in := range map[string]string{
		"CRLF":                         "filter {\r\n  # c\r\n  a { b => 1 }\r\n}\r\n",
		"no blanks":                    `filter{if[a]==1and[b]in["x","y"]{a{b=>"c"}}else{d{}}}`,
		"elseif":                       `filter { if [a] { } elseif [b] { } else { } }`,
		"a plugin called if":           `filter { if { a => 1 } }`,
		"a plugin called else":         `filter { else { } }`,
		"a plugin called iffy":         `filter { iffy { } if-then { } if_5 { } }`,
		"a number as condition":        `filter { if5 { drop { } } if -5.25 { } }`,
		"a plugin called if5":          `filter { if5 { a => 1 } }`,
		"a plugin called elsewhere":    `filter { if [a] { } elsewhere { } }`,
		"a plugin called else after":   `filter { if [a] { } else { a => 1 } }`,
		"a string as condition":        `filter { if "a" or 'b' { } }`,
		"a quoted name":                `filter { "mutate" { 'add_tag' => "x" } }`,
		"octal":                        `filter { a { b => 010 } }`,
		"a codec in a list":            `filter { a { b => [ json { }, plain { x => 1 } ] } }`,
		"a hash without blanks":        `filter { a { b => {"c"=>"d""e"=>5 ff=>"g"} } }`,
		"a comment everywhere":         "#a\nfilter #b\n{ #c\nif #d\n[a] #e\n== #f\n1 #g\n{ #h\nx #i\n{ #j\na1 #k\n=> #l\n[ #m\n1 #n\n, #o\n2 #p\n] #q\n} #r\n} #s\n} #t",
		"brackets in a field":          `filter { if [a b][@c]["d"] =~ /\/[/ { } }`,
		"a string as pattern":          `filter { if [a] !~ "x" { } }`,
		"empty list, empty hash":       `filter { a { b => [ ] c => { } } }`,
		"sections in any order":        `output { } input { } filter { } input { }`,
		"a comment at the end":         `filter { } # end`,
		"nothing":                      ``,
		"a hash in a list in a hash":   `filter { a { b => { "c" => [ { "d" => { } } ] } } }`,
		"a nested list in a contition": `filter { if [a] in [["x"]] { } }`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, list := Parse("c", in, Options{}); list.HasErrors() {
				t.Errorf("%s: %v", in, list)
			}
		})
	}
}
