package lucene

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a query.
type Error struct {
	Query   string
	Offset  int    // in bytes, of the place that Message means
	Message string // what was met or missed
	Hint    string // what to write instead; may be empty
}

// Column is the place in characters, from 1.
func (e *Error) Column() int { return utf8.RuneCountInString(e.Query[:e.Offset]) + 1 }

// Error is a line for people; Column and Hint are in it.
func (e *Error) Error() string {
	s := fmt.Sprintf("column %d: %s", e.Column(), e.Message)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Options of a query.
type Options struct {
	Field string // default field; empty: the caller's default fields
	And   bool   // default_operator AND
}

// maxDepth bounds nested parentheses.
const maxDepth = 100

// maxClauses bounds the clauses of a query, as Elasticsearch does.
const maxClauses = 4096

// Parse reads a query; an empty one matches everything. Its error is an
// *Error.
func Parse(query string, o Options) (Node, error) {
	p := &parser{s: query, and: o.And}
	n, err := p.clauses(o.Field, 0)
	if err != nil {
		return nil, err
	}
	if p.i < len(p.s) {
		return nil, p.fail(p.i, "this closing parenthesis has no opening one", `write \) for the character itself`)
	}
	if n == nil {
		return &All{}, nil
	}
	return n, nil
}

type parser struct {
	s     string
	i     int
	and   bool
	count int
}

func (p *parser) fail(at int, message, hint string) error {
	return &Error{Query: p.s, Offset: min(at, len(p.s)), Message: message, Hint: hint}
}

func (p *parser) space() {
	for p.i < len(p.s) {
		if strings.IndexByte(" \t\n\r", p.s[p.i]) >= 0 {
			p.i++
		} else if strings.HasPrefix(p.s[p.i:], "\u3000") {
			p.i += len("\u3000")
		} else {
			return
		}
	}
}

// keyword takes a word if it stands alone here.
func (p *parser) keyword(w string) bool {
	rest, ok := strings.CutPrefix(p.s[p.i:], w)
	if !ok {
		return false
	}
	if w[0] >= 'A' && w[0] <= 'Z' && rest != "" && !strings.ContainsRune(" \t\n\r\u3000()+-!\"[{", first(rest)) {
		return false
	}
	p.i += len(w)
	return true
}

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

type occur int

const (
	should occur = iota
	must
	mustNot
)

type clause struct {
	node Node
	how  occur
}

// clauses reads up to the end or a closing parenthesis; nil means that there
// were none. AND makes both its neighbours required, as in Lucene's classic
// parser, which knows no precedence.
func (p *parser) clauses(field string, depth int) (Node, error) {
	if depth > maxDepth {
		return nil, p.fail(p.i, "parentheses are nested too deeply", "")
	}
	var list []clause
	for {
		p.space()
		if p.i == len(p.s) || p.s[p.i] == ')' {
			return join(list), nil
		}
		if p.count++; p.count > maxClauses {
			return nil, p.fail(p.i, fmt.Sprintf("the query has more than %d clauses", maxClauses), "")
		}
		at := p.i
		conj := ""
		switch {
		case p.keyword("AND"), p.keyword("&&"):
			conj = "AND"
		case p.keyword("OR"), p.keyword("||"):
			conj = "OR"
		}
		if conj != "" && len(list) == 0 {
			return nil, p.fail(at, p.s[at:p.i]+" has nothing on its left", `write \`+p.s[at:p.i]+" or quotes for the word itself")
		}
		how, err := p.modifier(at, conj)
		if err != nil {
			return nil, err
		}
		node, err := p.clause(field, depth)
		if err != nil {
			return nil, err
		}
		list = p.add(list, clause{node, how}, conj)
	}
}

// modifier reads + - ! and NOT before a clause, which must then follow.
func (p *parser) modifier(at int, conj string) (occur, error) {
	what := conj
	how := should
	p.space()
	start := p.i
	switch {
	case p.i == len(p.s):
	case p.s[p.i] == '+':
		how, p.i = must, p.i+1
	case p.s[p.i] == '-' || p.s[p.i] == '!':
		how, p.i = mustNot, p.i+1
	case p.keyword("NOT"):
		how = mustNot
	}
	if p.i > start {
		at, what = start, p.s[start:p.i]
		p.space()
	}
	if what == "" {
		return how, nil
	}
	if p.i == len(p.s) || p.s[p.i] == ')' {
		return how, p.fail(at, what+" has nothing on its right", `write \`+what+" or quotes for the text itself")
	}
	for _, w := range []string{"AND", "OR", "&&", "||"} {
		save := p.i
		if p.keyword(w) {
			p.i = save
			return how, p.fail(p.i, w+" cannot follow "+what, "leave one of them out")
		}
	}
	return how, nil
}

// add applies the conjunction and the default operator.
func (p *parser) add(list []clause, c clause, conj string) []clause {
	if n := len(list); n > 0 {
		last := &list[n-1]
		if conj == "AND" && last.how == should {
			last.how = must
		}
		if p.and && conj == "OR" && last.how == must {
			last.how = should
		}
	}
	if c.how == should && (conj == "AND" || (p.and && conj != "OR")) {
		c.how = must
	}
	return append(list, c)
}

func join(list []clause) Node {
	if len(list) == 0 {
		return nil
	}
	if len(list) == 1 && list[0].how != mustNot {
		return list[0].node
	}
	b := &Bool{}
	for _, c := range list {
		switch c.how {
		case must:
			b.Must = append(b.Must, c.node)
		case should:
			b.Should = append(b.Should, c.node)
		default:
			b.Not = append(b.Not, c.node)
		}
	}
	return b
}

// clause reads [field:] and what it applies to, with ^boost, which does not
// change what matches.
func (p *parser) clause(field string, depth int) (Node, error) {
	if name, ok, err := p.fieldName(); err != nil {
		return nil, err
	} else if ok {
		field = name
	}
	node, err := p.value(field, depth)
	if err != nil {
		return nil, err
	}
	if p.i < len(p.s) && p.s[p.i] == '^' {
		at := p.i
		p.i++
		if _, ok := p.number(); !ok {
			return nil, p.fail(at, "^ wants a number after it", `write \^ for the character itself`)
		}
	}
	return node, nil
}

// fieldName takes NAME: when that is what comes.
func (p *parser) fieldName() (name string, ok bool, err error) {
	start := p.i
	raw := p.word()
	if raw == "" {
		return "", false, nil
	}
	end := p.i
	p.space()
	if p.i == len(p.s) || p.s[p.i] != ':' {
		p.i = start
		return "", false, nil
	}
	p.i++
	p.space()
	if p.i == len(p.s) || p.s[p.i] == ')' {
		return "", false, p.fail(end, fmt.Sprintf("the field %s has no value", raw), `write \: for a colon that is part of the text, or put the text in quotes`)
	}
	if raw == "*" {
		return "*", true, nil
	}
	return unescape(raw), true, nil
}

// word reads the characters of a term, escapes included.
func (p *parser) word() string {
	start := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c == '\\' && p.i+1 < len(p.s) {
			_, n := utf8.DecodeRuneInString(p.s[p.i+1:])
			p.i += 1 + n
			continue
		}
		if strings.IndexByte(" \t\n\r!():^[]\"{}~/\\", c) >= 0 || strings.HasPrefix(p.s[p.i:], "\u3000") {
			break
		}
		if (c == '+' || c == '-') && p.i == start {
			break
		}
		_, n := utf8.DecodeRuneInString(p.s[p.i:])
		p.i += n
	}
	return p.s[start:p.i]
}

func (p *parser) value(field string, depth int) (Node, error) {
	at := p.i
	switch p.s[p.i] {
	case '(':
		p.i++
		n, err := p.clauses(field, depth+1)
		if err != nil {
			return nil, err
		}
		if p.i == len(p.s) {
			return nil, p.fail(at, "this parenthesis is not closed", `add ), or write \( for the character itself`)
		}
		p.i++
		if n == nil {
			return nil, p.fail(at, "the parentheses are empty", "")
		}
		return n, nil
	case '"':
		return p.phrase(field)
	case '/':
		return p.regexp(field)
	case '[', '{':
		return p.interval(field)
	case '<', '>':
		return p.comparison(field)
	}
	return p.term(field)
}

func (p *parser) term(field string) (Node, error) {
	at := p.i
	raw := p.word()
	if raw == "" {
		return nil, p.unexpected(field)
	}
	if p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '~':
			return p.fuzzy(field, unescape(raw))
		case ':':
			return nil, p.fail(p.i, "a second colon", `write \: for a colon that is part of the value, or put the value in quotes`)
		case '/', '"', '[', ']', '{', '}', '!':
			return nil, p.fail(p.i, fmt.Sprintf("%c in the middle of the text", c), fmt.Sprintf(`write \%c, or put the text in quotes`, c))
		case '\\':
			return nil, p.fail(p.i, "a backslash at the end", `write \\ for the character itself`)
		}
	}
	if hasWildcard(raw) {
		return wildcard(field, raw), nil
	}
	text := unescape(raw)
	if field == "_exists_" {
		return &Exists{text}, nil
	}
	if text == "" {
		return nil, p.fail(at, "there is no text", "")
	}
	return &Term{field, text}, nil
}

func (p *parser) unexpected(field string) error {
	c := first(p.s[p.i:])
	message := fmt.Sprintf("%c was not expected here", c)
	if field != "" && (c == '+' || c == '-') {
		message = fmt.Sprintf("the value of %s begins with %c", field, c)
	}
	return p.fail(p.i, message, fmt.Sprintf(`write \%c for the character itself, or put the text in quotes`, c))
}

func wildcard(field, raw string) Node {
	if strings.Trim(raw, "*") == "" {
		switch field {
		case "", "*":
			return &All{}
		case "_exists_":
			return &All{}
		}
		return &Exists{field}
	}
	if field == "_exists_" {
		return &Exists{unescape(raw)}
	}
	return &Wildcard{field, raw}
}

func hasWildcard(raw string) bool {
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '*', '?':
			return true
		}
	}
	return false
}

func (p *parser) phrase(field string) (Node, error) {
	text, err := p.quoted('"', "this quote is not closed", `add ", or write \" for the character itself`)
	if err != nil {
		return nil, err
	}
	text = unescape(text)
	slop := 0
	if p.i < len(p.s) && p.s[p.i] == '~' {
		at := p.i
		p.i++
		n, ok := p.number()
		if !ok {
			return nil, p.fail(at, "~ after a phrase wants a number", `how many places its words may be apart: "a b"~3`)
		}
		slop = int(min(n, 1000))
	}
	if field == "_exists_" {
		return &Exists{text}, nil
	}
	return &Phrase{field, text, slop}, nil
}

// quoted reads up to the closing character; escapes stay.
func (p *parser) quoted(end byte, message, hint string) (string, error) {
	at := p.i
	for i := p.i + 1; i < len(p.s); i++ {
		switch p.s[i] {
		case '\\':
			i++
		case end:
			p.i = i + 1
			return p.s[at+1 : i], nil
		}
	}
	return "", p.fail(at, message, hint)
}

func (p *parser) regexp(field string) (Node, error) {
	raw, err := p.quoted('/', "a slash begins a regular expression, which is not closed", `write \/ for the character itself, or put the text in quotes`)
	if err != nil {
		return nil, err
	}
	return &Regexp{field, strings.ReplaceAll(raw, `\/`, "/")}, nil
}

func (p *parser) fuzzy(field, text string) (Node, error) {
	at := p.i
	p.i++
	n, ok := p.number()
	switch {
	case !ok:
		n = 2
	case n < 1:
		n = 2 // Lucene's older similarity between 0 and 1
	case n > 2:
		return nil, p.fail(at, "~ allows 1 or 2 changed characters", "")
	}
	return &Fuzzy{field, text, int(n)}, nil
}

func (p *parser) number() (float64, bool) {
	start := p.i
	for p.i < len(p.s) && strings.IndexByte("0123456789.", p.s[p.i]) >= 0 {
		p.i++
	}
	n, err := strconv.ParseFloat(p.s[start:p.i], 64)
	return n, err == nil
}

// interval reads [a TO b], {a TO b} and their mixtures.
func (p *parser) interval(field string) (Node, error) {
	at := p.i
	r := &Range{Field: field, IncludeFrom: p.s[p.i] == '['}
	p.i++
	const hint = `a range is [from TO to], with { } to leave its ends out and * for an open one`
	var err error
	if r.From, err = p.bound(at, hint); err != nil {
		return nil, err
	}
	p.space()
	if !p.keyword("TO") {
		return nil, p.fail(p.i, "TO is missing", hint)
	}
	if r.To, err = p.bound(at, hint); err != nil {
		return nil, err
	}
	p.space()
	if p.i == len(p.s) || (p.s[p.i] != ']' && p.s[p.i] != '}') {
		return nil, p.fail(at, "this range is not closed", hint)
	}
	r.IncludeTo = p.s[p.i] == ']'
	p.i++
	if field == "" {
		return nil, p.fail(at, "a range needs a field", "write field:"+p.s[at:p.i])
	}
	return r, nil
}

func (p *parser) bound(at int, hint string) (string, error) {
	p.space()
	if p.i == len(p.s) {
		return "", p.fail(at, "this range is not closed", hint)
	}
	if p.s[p.i] == '"' {
		text, err := p.quoted('"', "this quote is not closed", "")
		return unescape(text), err
	}
	start := p.i
	for p.i < len(p.s) && strings.IndexByte(" \t\n\r]}", p.s[p.i]) < 0 {
		if p.s[p.i] == '\\' {
			p.i++
		}
		p.i++
	}
	p.i = min(p.i, len(p.s))
	if p.i == start || p.s[start:p.i] == "TO" {
		return "", p.fail(start, "an end of the range is missing", hint)
	}
	return unescape(p.s[start:p.i]), nil
}

// comparison reads >n, >=n, <n and <=n.
func (p *parser) comparison(field string) (Node, error) {
	at := p.i
	op := p.s[p.i]
	p.i++
	equal := p.i < len(p.s) && p.s[p.i] == '='
	if equal {
		p.i++
	}
	p.space()
	sign := ""
	if p.i < len(p.s) && p.s[p.i] == '-' {
		sign, p.i = "-", p.i+1
	}
	var text string
	if p.i < len(p.s) && p.s[p.i] == '"' {
		raw, err := p.quoted('"', "this quote is not closed", "")
		if err != nil {
			return nil, err
		}
		text = unescape(raw)
	} else {
		text = unescape(p.word())
	}
	if text == "" {
		return nil, p.fail(at, string(op)+" has no value", "write field:"+string(op)+"10")
	}
	if field == "" {
		return nil, p.fail(at, "a comparison needs a field", "write field:"+p.s[at:p.i])
	}
	if op == '>' {
		return &Range{Field: field, From: sign + text, To: "*", IncludeFrom: equal, IncludeTo: true}, nil
	}
	return &Range{Field: field, From: "*", To: sign + text, IncludeFrom: true, IncludeTo: equal}, nil
}

// unescape takes the backslashes out; \u0041 is a character by its number.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'u' && i+4 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+5], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 4
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
