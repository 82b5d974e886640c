package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
)

const valuesExpected = "a string, a number, a word, a list `[ … ]`, a hash `{ … }` or a codec"

// inArray is the place of a value in a list.
const inArray = "list element"

// bareReference reports whether [a][b] comes next, which people write as a value without quotes.
func (p *parser) bareReference() bool {
	return p.ahead(func() bool {
		s, ok := p.Selector()
		return ok && strings.Count(s.Text, "[") > 1 && !strings.ContainsAny(s.Text, "\"' {")
	})
}

func (p *parser) quoteReference() ast.Value {
	s, _ := p.Selector()
	d := p.unexpected(s.Pos.Offset, s.End.Offset, "a field reference stands in quotes here", valuesExpected)
	if d.Hint == "" {
		d.Hint = "write `\"" + s.Text + "\"`"
	}
	return &ast.String{Span: s.Span, Quote: '"'}
}

// noValue reports what stands where a value should. It gives a stand-in where reading can go on behind it, else nil.
func (p *parser) noValue(what string) ast.Value {
	from := p.Off
	r := p.next()
	if isTypographicQuote(r) {
		return p.typographicString()
	}
	word := p.valueWord()
	if word == "" {
		thing, n := p.found()
		place := "where the value of " + what + " should stand"
		if what == inArray {
			place = "where an element of a list should stand"
		}
		d := p.unexpected(from, from+n, "unexpected "+thing+" "+place, valuesExpected)
		p.emptyValueHint(d, r, what)
		return nil
	}
	d := p.unexpected(from, from+len(word), "`"+word+"` is not a value", valuesExpected)
	if d.Hint == "" {
		p.wordHint(d, word)
	}
	p.Off += len(word)
	return &ast.Bareword{Span: p.spanFrom(from), Text: word}
}

// valueWord gives the run of characters that was meant as a value; "" where there is none.
func (p *parser) valueWord() string {
	r := p.next()
	if _, bad := strange(r); bad || r < 0 || strings.ContainsRune("}],;>=", r) {
		return ""
	}
	if r == '/' {
		from := p.Off
		re, ok := p.Regexp()
		ends := p.word() == ""
		p.Off = from
		if ok && ends && re.End.Line == re.Pos.Line {
			return "/" + re.Text + "/"
		}
	}
	if strings.HasPrefix(p.Rest(), "${") || strings.HasPrefix(p.Rest(), "%{") {
		if i := strings.IndexAny(p.Rest(), "}\n"); i > 0 && p.Rest()[i] == '}' {
			return p.Rest()[:i+1]
		}
	}
	return p.word()
}

func (p *parser) wordHint(d *diag.Diagnostic, word string) {
	quoted := "`\"" + word + "\"`"
	switch {
	case utf8.RuneCountInString(word) == 1 && unicode.IsLetter(p.next()):
		d.Detail = "a word without quotes has two characters or more"
		d.Hint = "write " + quoted
	case word[0] >= '0' && word[0] <= '9' || strings.IndexAny(word, ".-") == 0 && len(word) > 1 && word[1] >= '0' && word[1] <= '9':
		d.Detail = "a number is digits with at most one point between them"
		d.Hint = "write " + quoted + " if text is meant"
		if word[0] == '.' {
			d.Hint = "write `0" + word + "`"
		}
	case word[0] == '/' && len(word) > 1 && word[len(word)-1] == '/':
		d.Detail = "a regular expression between slashes stands only behind =~ and !~"
		d.Hint = "write " + quoted[:2] + strings.Trim(word, "/") + quoted[len(quoted)-2:]
	case word[0] == '$' || word[0] == '%':
		d.Hint = "write " + quoted + ": references stand within quotes"
	default:
		d.Detail = "a word without quotes has only letters, digits and _"
		d.Hint = "write " + quoted
	}
}

func (p *parser) emptyValueHint(d *diag.Diagnostic, r rune, what string) {
	switch {
	case d.Hint != "":
	case r == ',' && what == inArray:
		d.Hint = "delete the second `,`"
	case r == '=' || r == '>':
		d.Hint = "write one `=>`"
	case r == ']' || r == '}' || r < 0:
		d.Hint = "write a value, or \"\" for an empty one"
	default:
		d.Hint = p.commentHint(r)
	}
}

// typographicString reports “text” and takes it as a string.
func (p *parser) typographicString() ast.Value {
	from := p.Off
	what, n := p.found()
	rest := p.Rest()[n:]
	end := strings.IndexFunc(rest, func(r rune) bool { return isTypographicQuote(r) || r == '\n' || r == '"' })
	to := from + n
	if end >= 0 && rest[end] != '\n' {
		_, m := utf8.DecodeRuneInString(rest[end:])
		to = from + n + end + m
	}
	d := p.unexpected(from, to, what+" instead of a plain quote", valuesExpected)
	d.Hint = "write a plain \" or ' on both sides"
	p.Off = to
	return &ast.String{Span: p.spanFrom(from), Quote: '"'}
}

func (p *parser) badNumber(n *ast.Number, problem string) {
	d := p.report(n.Pos.Offset, n.End.Offset, "`"+n.Text+"` is not a number")
	d.Detail = problem
	if strings.HasSuffix(n.Text, ".") {
		d.Hint = "write `" + strings.TrimSuffix(n.Text, ".") + "`"
		return
	}
	d.Hint = "delete the leading 0, or write \"" + n.Text + "\" if text is meant"
}

// unclosedString reports a string that runs to the end of the text.
func (p *parser) unclosedString(from int) {
	quote := p.Text[from : from+1]
	if n := len(p.diags); p.broken && n > 0 && p.diags[n-1].Pos.Line == p.at(from).Line {
		p.Off = len(p.Text)
		return
	}
	end := strings.TrimRight(p.Text, " \t\r\n")
	d := p.report(len(p.Text), len(p.Text), "the text ends within a string")
	d.Detail = "expected " + quote + " before the end"
	d.Related = []diag.Related{{Pos: p.at(from), End: p.at(p.lineEnd(from)), Text: "the string begins here"}}
	d.Hint = "is its closing " + quote + " missing?"
	if i := strings.Index(p.Text[from:p.lineEnd(from)], "\\"+quote); i >= 0 && from+i < len(end) {
		d.Hint = "`\\" + quote + "` does not end a string; to end it behind a backslash, write it with the other kind of quote"
	}
	p.Off = len(p.Text)
}

func (p *parser) lineEnd(off int) int {
	if i := strings.IndexByte(p.Text[off:], '\n'); i >= 0 {
		return off + i
	}
	return len(p.Text)
}

func (p *parser) unclosedRegexp(from int) {
	d := p.report(len(p.Text), len(p.Text), "the text ends within a regular expression")
	d.Detail = "expected `/` before the end"
	d.Related = []diag.Related{{Pos: p.at(from), End: p.at(p.lineEnd(from)), Text: "the regular expression begins here"}}
	d.Hint = "is its closing / missing?"
	p.Off = len(p.Text)
}

func (p *parser) unclosedArray(from int) {
	if p.broken {
		return
	}
	d := p.report(p.Off, p.Off, "the list is not closed: `]` is missing")
	d.Detail = "the text ends here"
	d.Related = []diag.Related{{Pos: p.at(from), End: p.at(from + 1), Text: "its `[` is here"}}
}

// noComma reports what stands between two elements instead of a comma. True where reading can go on.
func (p *parser) noComma(from int) bool {
	what, n := p.found()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" in a list", "`,` or `]`")
	r := p.next()
	switch {
	case strings.HasPrefix(p.Rest(), "=>"):
		d.Hint = "pairs stand in a hash: `{ \"key\" => \"value\" }`"
		return false
	case r == '}' || p.nameNext() && p.arrowFollows():
		d.Hint = "the list is not closed: `]` is missing"
		d.Related = append(d.Related, diag.Related{Pos: p.at(from), End: p.at(from + 1), Text: "its `[` is here"})
		return false
	case r == ';':
		p.Off += n
		p.Skip()
	case p.behindString():
		if d.Hint == "" {
			d.Hint = "the string before it ended here: `\\\"` does not end a string, nor does `\\\\\"`; is a quote missing?"
		}
		return false
	}
	if d.Hint == "" {
		d.Hint = "put a `,` between the elements of a list"
	}
	return r != ':'
}

// behindString reports whether the scanner is right behind a quote: strings are probably not where they were meant to be.
func (p *parser) behindString() bool {
	return p.Off > 0 && (p.Text[p.Off-1] == '"' || p.Text[p.Off-1] == '\'') && p.Peek() != p.Text[p.Off-1]
}

// arrowFollows reports whether `name =>` comes next.
func (p *parser) arrowFollows() bool {
	return p.ahead(func() bool {
		p.name()
		p.Skip()
		return p.Accept("=>")
	})
}

func (p *parser) trailingComma() {
	d := p.unexpected(p.Off, p.Off+1, "unexpected `]` after a comma", "another element")
	d.Hint = "delete the `,` before the `]`"
}

// noHashKey reports what stands where a key or a } should.
func (p *parser) noHashKey() {
	r := p.next()
	what, n := p.found()
	if p.PeekName() != "" {
		p.badKeyWord()
		return
	}
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" in a hash", "a key `\"name\" => value`, or `}`")
	switch {
	case d.Hint != "":
	case r == '[':
		d.Hint = "put a field reference in quotes: `\"[a][b]\" => …`"
	case r == ']':
		d.Hint = "is a `}` missing before it?"
	default:
		d.Hint = p.commentHint(r)
	}
}

// hashComma reports a comma between pairs, and steps over it.
func (p *parser) hashComma(c byte) {
	d := p.unexpected(p.Off, p.Off+1, "unexpected `"+string(c)+"` in a hash", "a key `\"name\" => value`, or `}`")
	d.Hint = "the pairs of a hash are separated by blanks or lines: delete the `" + string(c) + "`"
	p.Off++
}

func (p *parser) badKeyWord() {
	word := p.word()
	d := p.unexpected(p.Off, p.Off+len(word), "`"+word+"` is not a key", "a key `\"name\" => value`, or `}`")
	d.Hint = "write `\"" + word + "\" => …`"
	if utf8.RuneCountInString(word) == 1 {
		d.Detail = "a word without quotes has two characters or more"
	}
}

// checkKeys refuses a key that stands twice, as Logstash does; the same text in other quotes is a warning, the last one counts.
func (p *parser) checkKeys(h *ast.Hash) {
	raw, text := map[string]ast.Value{}, map[string]ast.Value{}
	for _, e := range h.Entries {
		as := p.Text[e.Key.Start().Offset:e.Key.Stop().Offset]
		plain, _ := ast.Text(e.Key)
		if first, ok := raw[as]; ok {
			p.twice(e.Key, first, as)
		} else if first, ok := text[plain]; ok {
			d := p.diags.Warnf(e.Key.Start(), e.Key.Stop(), "the key %s stands twice in this hash, in other quotes", as)
			d.Detail = "the last one counts"
			d.Related = []diag.Related{{Pos: first.Start(), End: first.Stop(), Text: "the first one is here"}}
		}
		raw[as], text[plain] = e.Key, e.Key
	}
}

func (p *parser) twice(key, first ast.Value, as string) {
	d := p.report(key.Start().Offset, key.Stop().Offset, "the key "+as+" stands twice in this hash")
	d.Related = []diag.Related{{Pos: first.Start(), End: first.Stop(), Text: "the first one is here"}}
	d.Hint = "give both values in a list: `" + as + " => [ …, … ]`, or delete one"
}
