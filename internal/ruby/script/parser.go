package script

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/diag"
)

// parser reads code to a tree. Faults are panics with a *SyntaxError.
type parser struct {
	src       string
	pos       int
	tok       token
	prevEnd   int // the end of the token before tok
	scope     *scope
	noDo      bool // a do belongs to what is around
	inParams  bool // between the | of a block
	ternaries int
	depth     int
	inDef     bool
}

func parse(src string, sc *scope) (root node, err error) {
	p := &parser{src: src, scope: sc, tok: token{kind: tNewline}}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *SyntaxError:
			err = x
		default:
			panic(x)
		}
	}()
	p.next()
	root = p.statements()
	if p.tok.kind != tEOF {
		p.unexpected("the end of the code")
	}
	return root, nil
}

func (p *parser) fail(at int, msg, hint string) {
	panic(newSyntaxError(p.src, at, msg, hint))
}

// newSyntaxError is a fault at a byte of the code.
func newSyntaxError(src string, at int, msg, hint string) *SyntaxError {
	before := src[:min(at, len(src))]
	line := strings.Count(before, "\n") + 1
	col := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return &SyntaxError{Line: line, Col: col, Msg: msg, Hint: hint}
}

func (p *parser) unexpected(wanted string) {
	what := fmt.Sprintf("%q", p.src[p.tok.pos:p.tok.behind])
	switch p.tok.kind {
	case tEOF:
		what = "the end of the code"
	case tNewline:
		what = "the end of the statement"
	}
	hint := ""
	if p.tok.kind == tKeyword && p.tok.text == "else" {
		hint = "an elsif is written elsif, and each if ends with end"
	}
	p.fail(p.tok.pos, fmt.Sprintf("expected %s, not %s", wanted, what), hint)
}

func (p *parser) is(text string) bool {
	return (p.tok.kind == tOp || p.tok.kind == tKeyword) && p.tok.text == text
}

// accept takes the token if it is that operator or keyword.
func (p *parser) accept(text string) bool {
	if !p.is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.unexpected(fmt.Sprintf("%q", text))
	}
}

func (p *parser) newlines() {
	for p.tok.kind == tNewline {
		p.next()
	}
}

func (p *parser) isLocal(name string) bool {
	_, _, ok := p.scope.find(name)
	return ok
}

const maxNesting = 200

func (p *parser) nest() func() {
	if p.depth++; p.depth > maxNesting {
		p.fail(p.tok.pos, "the code is nested too deep", "")
	}
	return func() { p.depth-- }
}

// statements reads up to one of the ends, which it leaves.
func (p *parser) statements(ends ...string) node {
	defer p.nest()()
	s := &seq{}
	for {
		p.newlines()
		if p.tok.kind == tEOF {
			return s
		}
		for _, end := range ends {
			if p.is(end) {
				return s
			}
		}
		if p.is("}") || p.is("end") || p.is(")") {
			return s
		}
		s.lines = append(s.lines, strings.Count(p.src[:p.tok.pos], "\n")+1)
		s.nodes = append(s.nodes, p.statement())
		if p.tok.kind != tNewline && p.tok.kind != tEOF && !p.closes(ends) {
			p.unexpected("the end of the statement")
		}
	}
}

func (p *parser) closes(ends []string) bool {
	for _, end := range ends {
		if p.is(end) {
			return true
		}
	}
	return p.is("}") || p.is("end") || p.is(")")
}

// statement is an expression with its modifiers.
func (p *parser) statement() node {
	n := p.expressionStatement()
	for p.tok.kind == tKeyword {
		switch p.tok.text {
		case "if":
			p.next()
			n = &ifElse{cond: p.expressionStatement(), then: n}
		case "unless":
			p.next()
			n = &ifElse{cond: &not{p.expressionStatement()}, then: n}
		case "while", "until":
			until := p.tok.text == "until"
			p.next()
			_, bodyFirst := n.(*begin)
			n = &while{cond: p.expressionStatement(), body: n, until: until, bodyFirst: bodyFirst}
		case "rescue":
			p.next()
			n = rescued(n, p.expressionStatement())
		default:
			return n
		}
	}
	return n
}

// rescued is x rescue y; of an assignment, it belongs to the value.
func rescued(n, y node) node {
	if a, ok := n.(*assign); ok {
		return &assign{a.target, rescued(a.value, y)}
	}
	return &begin{body: n, rescues: []rescue{{body: y}}}
}

// expressionStatement is expressions joined by and, or and not.
func (p *parser) expressionStatement() node {
	left := p.notExpression()
	for p.is("and") || p.is("or") {
		and := p.tok.text == "and"
		p.next()
		p.newlines()
		left = &andOr{and, left, p.notExpression()}
	}
	return left
}

func (p *parser) notExpression() node {
	if p.accept("not") {
		return &not{p.notExpression()}
	}
	if p.is("u*") {
		return p.multiple(nil)
	}
	at := p.tok.pos
	n := p.expression()
	if p.is(",") && p.assignable(n) {
		if _, ok := n.(*assign); !ok {
			return p.multiple(n)
		}
	}
	if a, ok := n.(*assign); ok && p.is(",") && at < p.tok.pos {
		list := &arrayLit{elems: []node{a.value}}
		for p.accept(",") {
			list.elems = append(list.elems, p.splatOr(p.expression))
		}
		a.value = list
	}
	return n
}

func (p *parser) splatOr(read func() node) node {
	if p.accept("u*") {
		return &splat{read()}
	}
	return read()
}

// multiple reads a, b = x, y; first is read already.
func (p *parser) multiple(first node) node {
	m := &multiAssign{}
	if first != nil {
		m.targets = append(m.targets, p.target(first))
	}
	for first == nil || p.accept(",") {
		if p.is("=") {
			break
		}
		first = m
		switch {
		case p.accept("u*"), p.accept("*"):
			m.targets = append(m.targets, &splat{p.target(p.postfix(p.primary()))})
		case p.is("("):
			p.next()
			inner := p.multipleInner()
			m.targets = append(m.targets, inner)
		default:
			m.targets = append(m.targets, p.target(p.postfix(p.primary())))
		}
	}
	p.expect("=")
	p.newlines()
	list := &arrayLit{}
	for {
		list.elems = append(list.elems, p.splatOr(p.expression))
		if !p.accept(",") {
			break
		}
	}
	m.value = list
	if _, isSplat := list.elems[0].(*splat); len(list.elems) == 1 && !isSplat {
		m.value = list.elems[0]
	}
	return m
}

func (p *parser) multipleInner() node {
	m := &multiAssign{}
	for {
		if p.accept("u*") {
			m.targets = append(m.targets, &splat{p.target(p.primary())})
		} else {
			m.targets = append(m.targets, p.target(p.primary()))
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return m
}

func (p *parser) assignable(n node) bool {
	switch n := n.(type) {
	case *lvar, *ivar, *index:
		return true
	case *call:
		return len(n.args) == 0 && n.block == nil && !n.parens && (n.recv != nil || isPlainName(n.name))
	}
	return false
}

func isPlainName(name string) bool {
	return name[0] >= 'a' && name[0] <= 'z' || name[0] == '_' || name[0] >= utf8.RuneSelf
}

// target makes a place to assign to of what was read; a name becomes a variable.
func (p *parser) target(n node) node {
	switch n := n.(type) {
	case *lvar, *ivar, *index:
		return n
	case *call:
		if n.recv == nil && p.assignable(n) {
			return &lvar{0, p.scope.declare(n.name)}
		}
		if p.assignable(n) {
			return n
		}
	case *constant:
		p.fail(n.at, "constants cannot be set here", "use a variable, or an @variable that is kept from event to event")
	}
	p.fail(p.tok.pos, "nothing can be assigned to what stands before this", "")
	return nil
}

// binary operators by how tight they bind.
var precedence = map[string]int{
	"..": 1, "...": 1, "||": 2, "&&": 3, "<=>": 5, "==": 5, "===": 5, "!=": 5, "=~": 5, "!~": 5,
	"<": 6, "<=": 6, ">": 6, ">=": 6, "|": 7, "^": 7, "&": 8, "<<": 9, ">>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "**": 13,
}

// expression is one with its operators, ? : and assignments.
func (p *parser) expression() node {
	defer p.nest()()
	n := p.binary(1)
	if !p.is("?") {
		return n
	}
	p.next()
	p.newlines()
	p.ternaries++
	then := p.expression()
	p.newlines()
	p.ternaries--
	if p.tok.kind == tLabel {
		p.fail(p.tok.pos, "expected \":\" with a blank before it", "")
	}
	p.expect(":")
	p.newlines()
	return &ifElse{n, then, p.expression()}
}

func (p *parser) binary(lowest int) node {
	left := p.unary()
	for p.tok.kind == tOp {
		op, at := p.tok.text, p.tok.pos
		level := precedence[op]
		if level < lowest || level == 0 {
			break
		}
		p.next()
		if level == 1 && !p.startsOperand() {
			return &rangeLit{left, nil, op == "..."}
		}
		p.newlines()
		above := level + 1
		if op == "**" {
			above = level
		}
		left = p.combine(op, at, left, p.binary(above))
	}
	return left
}

func (p *parser) startsOperand() bool {
	return p.tok.kind != tNewline && p.tok.kind != tEOF && !p.is(")") && !p.is("]") && !p.is("then") && !p.is(",")
}

func (p *parser) combine(op string, at int, a, b node) node {
	switch op {
	case "&&", "||":
		return &andOr{op == "&&", a, b}
	case "..", "...":
		return &rangeLit{a, b, op == "..."}
	case "!=":
		return &not{&call{at: at, recv: a, name: "==", args: []node{b}}}
	case "!~":
		return &not{&call{at: at, recv: a, name: "=~", args: []node{b}}}
	}
	return &call{at: at, recv: a, name: op, args: []node{b}}
}

func (p *parser) unary() node {
	defer p.nest()()
	at := p.tok.pos
	switch {
	case p.accept("!"):
		return &not{p.unary()}
	case p.accept("u-"):
		if n, ok := p.tok.value, p.tok.kind == tNumber; ok && p.tok.pos == at+1 {
			p.next()
			return p.power(p.postfix(&literal{negate(n)}), at)
		}
		return &call{at: at, recv: p.binary(12), name: "-@"}
	case p.accept("u+"):
		return &call{at: at, recv: p.unary(), name: "+@"}
	case p.accept("~"):
		return &call{at: at, recv: p.unary(), name: "~"}
	case p.accept("u&"), p.accept("u*"), p.accept("u**"):
		p.fail(at, "a list or block can be given only among the arguments of a call", "")
	case p.is("..") || p.is("..."):
		excl := p.tok.text == "..."
		p.next()
		return &rangeLit{nil, p.binary(2), excl}
	case p.accept("defined?"):
		return &defined{p.unary()}
	}
	n := p.postfix(p.primary())
	return p.assignment(n)
}

// power: -2 ** 2 is -(2 ** 2).
func (p *parser) power(n node, at int) node {
	if !p.is("**") {
		return n
	}
	if lit, ok := n.(*literal); ok {
		p.next()
		return &call{at: at, recv: &call{at: at, recv: &literal{negate(lit.value)}, name: "**", args: []node{p.binary(13)}}, name: "-@"}
	}
	return n
}

// assignment reads = and op= behind a place to assign to.
func (p *parser) assignment(n node) node {
	if p.tok.kind != tOp || !strings.HasSuffix(p.tok.text, "=") {
		return n
	}
	op, at := strings.TrimSuffix(p.tok.text, "="), p.tok.pos
	switch op {
	case "", "+", "-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", "||", "&&":
	default:
		return n
	}
	if _, ok := n.(*constant); !ok && !p.assignable(n) {
		p.fail(at, "nothing can be assigned to what stands before this", "")
	}
	target := p.target(n)
	p.next()
	p.newlines()
	value := p.splatOr(p.expression)
	if s, ok := value.(*splat); ok {
		value = &arrayLit{elems: []node{s}}
	}
	if op == "" {
		return &assign{target, value}
	}
	return &opAssign{at, op, target, value}
}

func (p *parser) suggest(name string, known []string) string {
	if s := diag.Suggest(name, known); s != "" {
		return fmt.Sprintf("did you mean %q?", s)
	}
	return ""
}
