package grok

import (
	"strings"
	"unicode/utf8"

	"castor/internal/regex"
)

// token is a piece of a line that Discover has understood.
type token struct {
	kind string // name of a stock pattern; "" for a character that stands for itself
	text string
}

// recognizer knows one kind of token.
type recognizer struct {
	name  string
	field string // name of the field when nothing better is known
	typ   string // ":int" or ":float"
	take  string // expression to recognize it by, when the stock pattern takes too much or there is none
	own   bool   // there is no stock pattern: take is what a proposal has
	after string // it stands behind one of these characters only
	need  string // regular expression that its text must match besides
	re    *regex.Regexp
	check *regex.Regexp
}

// recognizers are tried in this order; the first that takes a whole piece
// wins.
func newRecognizers(lib *Library) ([]recognizer, error) {
	list := []recognizer{
		{name: "TIMESTAMP_ISO8601", field: "timestamp", need: `T| .*:`},
		{name: "date and time", field: "timestamp", own: true, take: `%{YEAR}/%{MONTHNUM}/%{MONTHDAY} %{TIME}`},
		{name: "day, month and time", field: "timestamp", own: true, take: `%{MONTHDAY} %{MONTH} %{YEAR} %{TIME}`},
		{name: "HTTPDATE", field: "timestamp"},
		{name: "HTTPDERROR_DATE", field: "timestamp"},
		{name: "DATESTAMP_RFC2822", field: "timestamp"},
		{name: "DATESTAMP_OTHER", field: "timestamp"},
		{name: "CATALINA_DATESTAMP", field: "timestamp"},
		{name: "CISCOTIMESTAMP", field: "timestamp", need: ` \d{4} `},
		{name: "SYSLOGTIMESTAMP", field: "timestamp"},
		{name: "DATESTAMP", field: "timestamp"},
		{name: "TIME", field: "time"},
		{name: "UUID", field: "id"},
		{name: "URI", field: "url"},
		{name: "EMAILADDRESS", field: "email", need: `@.+\.`},
		{name: "COMMONMAC", field: "mac"},
		{name: "IP", field: "ip"},
		{name: "QS", field: "quoted"},
		{name: "LOGLEVEL", field: "level", need: `^[A-Z]+$`},
		{name: "LOGLEVEL", field: "level", after: "[<"},
		{name: "CISCOTAG", field: "tag", after: "%", need: `-\d-`},
		{name: "UNIXPATH", field: "path", need: `^/.*[a-zA-Z]`},
		{name: "JAVACLASS", field: "class", need: `\..*\..*[A-Z]`},
		{name: "HOSTNAME", field: "host", need: `[a-zA-Z].*\.[a-zA-Z]`},
		{name: "NOTSPACE", field: "text", take: `[[:alnum:]_][[:alnum:]_.\-/#@+]*[[:alnum:]_]`, need: `[a-zA-Z].*[.\-/#@+]|[.\-/#@+].*[a-zA-Z]`},
		{name: "INT", field: "number", typ: ":int"},
		{name: "NUMBER", field: "number", typ: ":float"},
		{name: "WORD", field: "word"},
		{name: "NOTSPACE", field: "text", take: `[[:word:]]+`},
	}
	for i := range list {
		if err := list[i].compile(lib); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (r *recognizer) compile(lib *Library) error {
	take := r.take
	if take == "" {
		take = "%{" + r.name + "}"
	}
	p, err := Compile(take, Options{Library: lib})
	if err != nil {
		return err
	}
	if r.re = p.re; r.need == "" {
		return nil
	}
	r.check, err = regex.Compile(r.need, regex.Options{})
	return err
}

// tokenizer cuts lines into tokens.
type tokenizer struct {
	known []recognizer
	sc    *regex.Scratch
}

func (t *tokenizer) tokens(line string) []token {
	var out []token
	for i := 0; i < len(line); {
		tok, ok := t.next(line, i)
		if n := blanks(line[i:]); n > 0 {
			tok, ok = token{text: line[i : i+n]}, true
		}
		if !ok {
			_, n := utf8.DecodeRuneInString(line[i:])
			tok = token{text: line[i : i+n]}
		}
		out = append(out, tok)
		i += len(tok.text)
	}
	return out
}

// next recognizes what begins at i. A token ends where a word ends: 10.0.0.1x
// holds no address.
func (t *tokenizer) next(line string, i int) (token, bool) {
	for _, r := range t.known {
		if r.after != "" && (i == 0 || !strings.Contains(r.after, line[i-1:i])) {
			continue
		}
		hit, err := r.re.MatchAt(line, i, t.sc)
		if err != nil || !hit {
			continue
		}
		end := int(t.sc.Slots()[1])
		if end == i || end < len(line) && inWord(line[end-1]) && inWord(line[end]) {
			continue
		}
		if r.name == "INT" && end+1 < len(line) && line[end] == '.' && line[end+1] >= '0' && line[end+1] <= '9' {
			continue
		}
		text := line[i:end]
		if r.check != nil {
			if ok, err := r.check.Match(text, t.sc); err != nil || !ok {
				continue
			}
		}
		return token{kind: r.name, text: text}, true
	}
	return token{}, false
}

// blanks is the length of the run of blanks that s begins with.
func blanks(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

func inWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func (t *tokenizer) recognizer(kind string) recognizer {
	for _, r := range t.known {
		if r.name == kind {
			return r
		}
	}
	return recognizer{name: kind, field: "text"}
}

// reference is how a proposal takes a token of the kind.
func (r recognizer) reference(field string) string {
	if r.own {
		return "(?<" + field + ">" + r.take + ")"
	}
	return "%{" + r.name + ":" + field + r.typ + "}"
}
