package grok

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"castor/internal/regex"
)

// Proposal is a grok expression that Discover made for some lines.
type Proposal struct {
	Expr    string
	Lines   int    // how many of the given lines it matches
	Example string // the first of them
}

const (
	maxProposals = 5
	maxSample    = 2000 // lines looked at
	maxFields    = 30   // of an expression; what follows is free text
)

// wholeLines are the stock patterns that stand for a whole line, the more
// particular ones first.
var wholeLines = [...]string{
	"COMBINEDAPACHELOG", "COMMONAPACHELOG", "HTTPD_ERRORLOG", "HAPROXYHTTP", "HAPROXYTCP", "S3_ACCESS_LOG", "ELB_ACCESS_LOG",
	"CLOUDFRONT_ACCESS_LOG", "SQUID3", "SYSLOG5424LINE", "SYSLOGPAMSESSION", "CRONLOG", "BIND9", "EXIM", "RUBY_LOGGER", "TOMCATLOG",
	"CATALINALOG", "MONGO3_LOG", "REDISMONLOG", "NAGIOSLOGLINE", "BACULA_LOGLINE", "SYSLOGBASE",
}

// Discover proposes expressions for lines of which nothing is known, the one
// that matches most of them first: a stock pattern where one fits most lines,
// else one made of the pieces that the lines have in common. At most 2,000
// lines are looked at. Every proposal matches the lines that it counts.
func Discover(lines []string, lib *Library) ([]Proposal, error) {
	d, err := newDiscovery(lib)
	if err != nil {
		return nil, fmt.Errorf("discover a pattern: %w", err)
	}
	out, err := d.discover(lines)
	if err != nil {
		return nil, fmt.Errorf("discover a pattern: %w", err)
	}
	return out, nil
}

type discovery struct {
	lib      *Library
	tok      tokenizer
	compiled map[string]*Pattern
	scratch  *Scratch
}

func newDiscovery(lib *Library) (*discovery, error) {
	known, err := newRecognizers(lib)
	return &discovery{
		lib:      lib,
		tok:      tokenizer{known: known, sc: regex.NewScratch()},
		compiled: map[string]*Pattern{},
		scratch:  NewScratch(),
	}, err
}

func (d *discovery) discover(lines []string) ([]Proposal, error) {
	left := slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return strings.TrimSpace(s) == "" })
	left = left[:min(len(left), maxSample)]
	var out []Proposal
	for len(left) > 0 && len(out) < maxProposals {
		p, rest, err := d.propose(left)
		if err != nil {
			return nil, err
		}
		if len(rest) == len(left) {
			break
		}
		out = append(out, p)
		left = rest
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Lines > out[j].Lines })
	return out, nil
}

// propose finds an expression for the largest family among the lines, and
// gives the lines that it does not match.
func (d *discovery) propose(lines []string) (Proposal, []string, error) {
	for _, name := range wholeLines {
		expr := "^%{" + name + "}$"
		if name == "SYSLOGBASE" {
			expr = "^%{SYSLOGBASE} %{GREEDYDATA:message}$"
		}
		if _, ok := d.lib.Lookup(name); !ok {
			continue
		}
		p, rest, err := d.try(expr, lines)
		if err != nil {
			return p, nil, err
		}
		if 2*p.Lines > len(lines) {
			return p, rest, nil
		}
	}
	for _, name := range beginnings {
		if expr := d.continued(name, lines); expr != "" {
			return d.try(expr, lines)
		}
	}
	return d.try("^"+d.build(d.family(lines)), lines)
}

// beginnings are the stock patterns behind which a program may have been told to write more.
var beginnings = [...]string{"COMBINEDAPACHELOG", "COMMONAPACHELOG"}

// continued is an expression for lines most of which begin with a stock pattern, "" for others.
func (d *discovery) continued(name string, lines []string) string {
	begin := "^%{" + name + "}"
	p, err := d.pattern(begin)
	if err != nil {
		return ""
	}
	var rests []string
	for _, line := range lines {
		if ok, err := p.Match(line, d.scratch); err == nil && ok {
			rests = append(rests, line[d.scratch.re.Slots()[1]:])
		}
	}
	if 2*len(rests) <= len(lines) {
		return ""
	}
	return begin + d.build(d.family(rests))
}

// try counts the lines that an expression matches.
func (d *discovery) try(expr string, lines []string) (Proposal, []string, error) {
	p, err := d.pattern(expr)
	if err != nil {
		return Proposal{}, nil, err
	}
	out := Proposal{Expr: expr}
	var rest []string
	for _, line := range lines {
		if ok, err := p.Match(line, d.scratch); err != nil || !ok {
			rest = append(rest, line)
			continue
		}
		if out.Lines++; out.Lines == 1 {
			out.Example = line
		}
	}
	return out, rest, nil
}

func (d *discovery) pattern(expr string) (*Pattern, error) {
	p := d.compiled[expr]
	if p == nil {
		var err error
		if p, err = Compile(expr, Options{Library: d.lib}); err != nil {
			return nil, err
		}
		d.compiled[expr] = p
	}
	return p, nil
}

// blank reports a run of blanks.
func (t token) blank() bool { return t.kind == "" && t.text[0] == ' ' }

// family gives the tokens of the lines that begin alike, of the largest such
// group.
func (d *discovery) family(lines []string) [][]token {
	groups := map[string][][]token{}
	best := ""
	for _, line := range lines {
		toks := d.tok.tokens(line)
		key := shape(toks)
		groups[key] = append(groups[key], toks)
		if len(groups[key]) > len(groups[best]) {
			best = key
		}
	}
	return groups[best]
}

// shape is what the beginning of a line looks like.
func shape(toks []token) string {
	var b strings.Builder
	for i, n := 0, 0; i < len(toks) && n < 2; i++ {
		switch {
		case toks[i].blank():
			b.WriteByte(' ')
		case toks[i].kind == "":
			b.WriteString(toks[i].text)
		default:
			b.WriteString("%" + family(toks[i].kind))
			n++
		}
	}
	return b.String()
}

// family is what a kind has in common with others that may stand in its place.
func family(kind string) string {
	switch kind {
	case "HOSTNAME", "JAVACLASS", "NOTSPACE":
		return "WORD"
	case "NUMBER":
		return "INT"
	}
	return kind
}

// builder makes one expression of the tokens of several lines.
type builder struct {
	d      *discovery
	lines  [][]token
	at     []int // how far each line has been used
	out    []piece
	used   map[string]int
	fields int
	word   string // the last constant word, which may name the next field
}

// piece is a part of the expression that is being made.
type piece struct {
	text string
	soft bool // a word that is nothing but a word, or a blank: may be part of free text
}

func (b *builder) plain(s string) { b.out = append(b.out, piece{quote(s), strings.Trim(s, " ") == ""}) }

func (b *builder) String() string {
	var out strings.Builder
	for _, p := range b.out {
		out.WriteString(p.text)
	}
	return out.String()
}

func (d *discovery) build(lines [][]token) string {
	b := &builder{d: d, lines: lines, at: make([]int, len(lines)), used: map[string]int{}}
	for b.step() {
	}
	return b.String()
}

// step adds the next piece; it returns false when the expression is complete.
func (b *builder) step() bool {
	if b.ended() {
		b.out = append(b.out, piece{text: "$"})
		return false
	}
	if b.fields == maxFields {
		b.rest()
		return false
	}
	if b.prose() || !b.agree() {
		return b.skip()
	}
	return true
}

func (b *builder) ended() bool {
	for i, toks := range b.lines {
		if b.at[i] < len(toks) {
			return false
		}
	}
	return true
}

// agree adds the next token when all lines have one of a kind there.
func (b *builder) agree() bool {
	kind, same := "", true
	first := token{}
	for i, toks := range b.lines {
		if b.at[i] == len(toks) {
			return false
		}
		t := toks[b.at[i]]
		if i == 0 {
			first, kind = t, t.kind
			continue
		}
		if same = same && t.text == first.text; t.kind == kind && t.blank() == first.blank() {
			continue
		}
		if kind = general(kind, t.kind); kind == "" {
			return false
		}
	}
	if kind == "" && !same && !first.blank() {
		return false
	}
	b.add(first, kind, same)
	for i := range b.at {
		b.at[i]++
	}
	return true
}

// general gives the kind that holds both, "" when there is none.
func general(a, b string) string {
	rank := map[string]int{"INT": 1, "NUMBER": 2}
	if rank[a] > 0 && rank[b] > 0 {
		return "NUMBER"
	}
	wordy := func(k string) bool {
		return slices.Contains([]string{"WORD", "INT", "NUMBER", "NOTSPACE", "HOSTNAME", "JAVACLASS", "UUID", "LOGLEVEL", "IP", "EMAILADDRESS"}, k)
	}
	if wordy(a) && wordy(b) {
		return "NOTSPACE"
	}
	return ""
}

func (b *builder) add(t token, kind string, same bool) {
	constant := kind == "WORD" && same && (len(b.lines) > 1 || b.isKey())
	switch {
	case kind == "" && !same:
		b.out = append(b.out, piece{" +", true})
	case kind == "":
		b.plain(t.text)
		if !strings.Contains(" =:", t.text) {
			b.word = ""
		}
	case constant:
		b.plain(t.text)
		b.word = t.text
	default:
		b.field(kind)
	}
}

// isKey reports that the next word is followed by = in every line.
func (b *builder) isKey() bool {
	for i, toks := range b.lines {
		if b.at[i]+1 >= len(toks) || toks[b.at[i]+1].text != "=" {
			return false
		}
	}
	return true
}

// field adds a reference; its field is named after the word before it, or
// after its kind.
func (b *builder) field(kind string) {
	r := b.d.tok.recognizer(kind)
	name := strings.ToLower(b.word)
	named := name != "" && len(name) <= 20
	if !named {
		name = r.field
	}
	b.word = ""
	if b.used[name]++; b.used[name] > 1 {
		name = fmt.Sprintf("%s%d", name, b.used[name])
	}
	b.fields++
	b.out = append(b.out, piece{
		text: r.reference(name),
		soft: !named && slices.Contains([]string{"WORD", "NOTSPACE", "DATA", "INT"}, kind),
	})
}

// prose reports that free text begins: a word behind a blank or a bracket
// whose line goes on with words and blanks only, three or more.
func (b *builder) prose() bool {
	if len(b.lines) > 1 {
		return false
	}
	words := 0
	for _, t := range b.lines[0][b.at[0]:] {
		switch {
		case t.kind == "WORD":
			words++
		case !t.blank():
			return words >= 4
		}
	}
	return words >= 3
}

// skip passes over what the lines do not have in common: up to the next key that all of them have, else to the next characters, else to
// the end. Behind two words or more free text has begun, which only a key ends.
func (b *builder) skip() bool {
	if len(b.lines) == 1 {
		b.rest()
		return false
	}
	if mark, ends, ok := b.key(); ok {
		b.dropSoft()
		b.field("DATA")
		b.plain(text(mark))
		for _, t := range mark {
			if t.kind != "" {
				b.word = t.text
			}
		}
		copy(b.at, ends)
		return true
	}
	mark, ends, ok := b.landmark()
	if !ok || b.softWords() > 1 {
		b.rest()
		return false
	}
	b.field("DATA")
	b.plain(mark)
	copy(b.at, ends)
	return true
}

// softWords is how many of the last pieces are words that are nothing but words.
func (b *builder) softWords() (n int) {
	for i := len(b.out) - 1; i >= 0 && b.out[i].soft; i-- {
		if b.out[i].text[0] == '%' {
			n++
		}
	}
	return n
}

// key finds the nearest word with an = or a colon behind it that every line has, and a blank or a character before it.
func (b *builder) key() (mark []token, ends []int, ok bool) {
	toks := b.lines[0]
	for i := b.at[0]; i+2 < len(toks); i++ {
		if toks[i].kind != "" || toks[i+1].kind != "WORD" || !strings.Contains("=:", toks[i+2].text) {
			continue
		}
		from := i
		if i > b.at[0] && toks[i].blank() && toks[i-1].kind == "" {
			from--
		}
		if ends, ok = b.findInAll(toks[from : i+3]); ok {
			return toks[from : i+3], ends, true
		}
	}
	return nil, nil, false
}

// rest takes the remainder of the line as free text, and with it the words
// just before.
func (b *builder) rest() {
	b.dropSoft()
	name := "message"
	if b.used[name]++; b.used[name] > 1 {
		name = "rest"
	}
	b.out = append(b.out, piece{text: fmt.Sprintf("%%{GREEDYDATA:%s}", name)})
}

// dropSoft takes back the words just before, which belong to free text.
func (b *builder) dropSoft() {
	n := len(b.out)
	for n > 0 && b.out[n-1].soft {
		n--
	}
	if n < len(b.out) && b.out[n].text[0] == ' ' {
		n++
	}
	b.out = b.out[:n]
}

// landmark finds the nearest run of two plain characters, or one that is no
// blank, that every line has behind its place; ends is where each line goes on.
func (b *builder) landmark() (mark string, ends []int, ok bool) {
	toks := b.lines[0]
	for i := b.at[0]; i < len(toks); i++ {
		if toks[i].kind != "" || toks[i].blank() {
			continue
		}
		for n := 2; n >= 1; n-- {
			if i+n > len(toks) || n == 2 && toks[i+1].kind != "" {
				continue
			}
			run := toks[i : i+n]
			if ends, ok = b.findInAll(run); ok {
				return text(run), ends, true
			}
		}
	}
	return "", nil, false
}

func (b *builder) findInAll(run []token) ([]int, bool) {
	ends := make([]int, len(b.lines))
	for i, toks := range b.lines {
		at := -1
		for j := b.at[i]; j+len(run) <= len(toks); j++ {
			if slices.Equal(toks[j:j+len(run)], run) {
				at = j + len(run)
				break
			}
		}
		if at < 0 {
			return nil, false
		}
		ends[i] = at
	}
	return ends, true
}

func text(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.text)
	}
	return b.String()
}

// quote makes plain text of an expression of itself.
func quote(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, c) {
			b.WriteByte('\\')
		}
		if c == '\t' {
			b.WriteString(`\t`)
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}
