package parser

import (
	"strings"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
)

const (
	operandsExpected  = "a field reference `[field]`, a string, a number or a list"
	operatorsExpected = "== != < > <= >= =~ !~ in, not in, and, or, xor, nand"
)

// wrongBoolean takes what people write for `and` and `or`: it reports it, steps over it, and gives what was meant.
func (p *parser) wrongBoolean() string {
	from := p.Off
	word := p.operator("&&", "||", "&", "|")
	meant := ast.And
	if strings.HasPrefix(word, "|") {
		meant = ast.Or
	}
	if word == "" {
		word = p.PeekName()
		meant = strings.ToLower(word)
		if meant != ast.And && meant != ast.Or && meant != ast.Xor && meant != ast.Nand {
			return ""
		}
		p.Off += len(word)
	}
	d := p.unexpected(from, p.Off, "`"+word+"` is not an operator", operatorsExpected)
	d.Hint = "write `" + meant + "`"
	return meant
}

// noArmBrace reports what stands between a condition and its body, or nothing where the condition was reported already.
// True where the body was found.
func (p *parser) noArmBrace(from int, reported bool) bool {
	if reported {
		p.afterCondition(from)
	}
	return p.recoverBrace()
}

func (p *parser) afterCondition(from int) {
	what, n := p.found()
	rest := p.Rest()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" in a condition", "an operator ("+operatorsExpected+"), or `{`")
	op := p.operatorWord()
	if d.Hint == "" {
		d.Hint = operatorHints[strings.ToLower(op)]
	}
	switch {
	case d.Hint != "":
		if strings.HasPrefix(rest, op) {
			d.Summary, d.End = "`"+op+"` is not an operator", p.at(p.Off+len(op))
		}
	case p.EOF():
		d.Hint = "a condition looks like `if [field] == \"value\" { … }`"
		d.Related = []diag.Related{{Pos: p.at(from), End: p.at(from + 2), Text: "the condition begins here"}}
	case strings.ContainsAny(rest[:1], "=<>!"):
		d.Hint = "one condition compares once: write `… and [field] < 3`, or `!(…)` around a comparison to negate it"
	case p.Off > 0 && p.Text[p.Off-1] == '/' && p.PeekName() != "":
		d.Summary = "a regular expression has no flags behind it"
		d.Hint = "write them within: `/(?" + p.PeekName() + ")…/`"
	case p.nameNext() && d.Pos.Line > p.at(from).Line:
		d.Hint = "the body of an `if` stands in braces: `if … { … }`"
	case rest[0] == ')':
		d.Hint = "this `)` has no `(`"
	case p.Off > 0 && p.Text[p.Off-1] == ']':
		d.Hint = "a nested field is `[a][b]`; put a blank before an operator"
	case rest[0] == '"' || rest[0] == '\'' || rest[0] == '[' || rest[0] == '/':
		d.Hint = "an operator is missing before it"
	default:
		d.Hint = strangeHint(p.next())
	}
}

// operatorWord gives the word or the signs at the scanner.
func (p *parser) operatorWord() string {
	if w := p.PeekName(); w != "" {
		return w
	}
	rest := p.Rest()
	return rest[:len(rest)-len(strings.TrimLeft(rest, "=<>!~&|"))]
}

// operatorHints are for what people know from other languages.
var operatorHints = map[string]string{
	"=":          "write `==` to compare",
	"~":          "write `=~` to match a regular expression",
	"~=":         "write `=~` to match a regular expression",
	"<>":         "write `!=`",
	"is":         "write `==`",
	"eq":         "write `==`",
	"equals":     "write `==`",
	"ne":         "write `!=`",
	"contains":   "write `\"text\" in [field]`",
	"like":       "write `=~ /…/`",
	"matches":    "write `=~ /…/`",
	"match":      "write `=~ /…/`",
	"notin":      "write `not in`",
	"not":        "write `not in`, with one blank between",
	"then":       "delete it: `{` follows the condition",
	"gt":         "write `>`",
	"lt":         "write `<`",
	"ge":         "write `>=`",
	"le":         "write `<=`",
	"exists":     "a field on its own is true where it exists: `if [field] { … }`",
	"startswith": "write `=~ /^…/`",
	"endswith":   "write `=~ /…$/`",
}

// rightOperand reads the right side of the operator that began at from.
func (p *parser) rightOperand(from int, expected string) ast.Operand {
	op := strings.TrimSpace(p.Text[from:p.Off])
	switch c := p.Peek(); {
	case (c == '=' || c == '>') && p.Text[p.Off-1] != ' ':
		p.doubledOperator(from, op)
	case c == '{':
		return p.hashOperand()
	}
	return p.operand()
}

// doubledOperator takes `===`, `<>` and their like.
func (p *parser) doubledOperator(from int, op string) {
	signs := p.operatorWord()
	d := p.unexpected(p.Off, p.Off+len(signs), "`"+op+signs+"` is not an operator", operatorsExpected)
	d.Hint = "write `" + op + "`"
	if op+signs == "<>" {
		d.Hint = "write `!=`"
	}
	p.Off += len(signs)
	p.Skip()
}

// hashOperand reports a hash in a condition, and steps over it.
func (p *parser) hashOperand() ast.Operand {
	from := p.Off
	isHash := p.attributesFollow()
	d := p.unexpected(from, from+1, "unexpected `{` in a condition", operandsExpected)
	if !isHash {
		d.Hint = "the right side of the operator is missing"
		return nil
	}
	d.Hint = "a condition knows no hashes; a list is `[ … ]`"
	p.hash("the condition")
	return &ast.Array{Span: p.spanFrom(from)}
}

// noOperand reports what stands where one side of a comparison should. It gives a stand-in where reading can go on, else nil.
func (p *parser) noOperand() ast.Operand {
	from := p.Off
	if p.errors >= maxErrors {
		return nil
	}
	r := p.next()
	if isTypographicQuote(r) {
		p.typographicString()
		return &ast.String{Span: p.spanFrom(from), Quote: '"'}
	}
	if name := p.PeekName(); name != "" && name[0] != '-' {
		return p.wordOperand(from)
	}
	what, n := p.found()
	d := p.unexpected(from, from+n, "unexpected "+what+" in a condition", operandsExpected)
	switch {
	case d.Hint != "":
	case r == '{' && !strings.HasSuffix(strings.TrimSpace(p.Text[:from]), "if"):
		d.Hint = "the right side of the operator is missing"
	case r == '{':
		d.Summary = "the condition is missing before this `{`"
		d.Hint = "write `if [field] == \"value\" { … }`"
	case r == ')' && strings.HasSuffix(strings.TrimSpace(p.Text[:from]), "("):
		d.Hint = "a condition is missing between the parentheses"
	case r == '%' || r == '$' || r == '@':
		return p.signOperand(d)
	default:
		d.Hint = strangeHint(r)
	}
	return nil
}

// signOperand takes %{field}, ${VAR} and @field.
func (p *parser) signOperand(d *diag.Diagnostic) ast.Operand {
	from := p.Off
	word := p.valueWord()
	p.Off += max(len(word), 1)
	d.End = p.at(p.Off)
	d.Summary = "`" + word + "` is not something to compare"
	switch name := strings.Trim(word, "%{}"); {
	case word[0] == '$':
		d.Hint = "write `\"" + word + "\"`: references stand within quotes"
	case strings.HasPrefix(name, "["):
		d.Hint = "write `" + name + "`"
	default:
		d.Hint = "write `[" + name + "]`"
	}
	return &ast.String{Span: p.spanFrom(from), Quote: '"'}
}

// wordOperand reports a word without brackets or quotes, and takes it as what was meant.
func (p *parser) wordOperand(from int) ast.Operand {
	word := strings.TrimRight(p.word(), "<>!=~&|")
	if word == "" {
		word = p.PeekName()
	}
	d := p.unexpected(from, from+len(word), "`"+word+"` is not something to compare", operandsExpected)
	p.Off += len(word)
	switch lower := strings.ToLower(word); {
	case lower == "not":
		return p.notOperand(d)
	case isKeyword(lower):
		d.Summary = "unexpected `" + word + "` in a condition"
		d.Hint = "the left side of `" + word + "` is missing"
		if lower == "in" {
			return nil
		}
		p.Skip()
		return p.operand()
	case lower == "true" || lower == "false":
		d.Summary = "`" + word + "` is not something to compare: conditions know no booleans"
		d.Hint = "write `[field]` for true and `![field]` for false, or compare with the text \"" + lower + "\""
	case lower == "null" || lower == "nil":
		d.Summary = "`" + word + "` is not something to compare: conditions know no null"
		d.Hint = "write `![field]` where the field is missing"
	case p.ahead(func() bool { p.Skip(); return p.Peek() == '(' }):
		d.Hint = "conditions know no functions"
		return nil
	default:
		d.Hint = "write `[" + word + "]` for the field, `\"" + word + "\"` for the text"
	}
	return &ast.String{Span: p.spanFrom(from), Quote: '"'}
}

// notOperand takes `not` before an expression.
func (p *parser) notOperand(d *diag.Diagnostic) ast.Operand {
	d.Summary = "`not` alone is not an operator"
	d.Detail = "`not` stands only in `not in`"
	d.Hint = "write `!(…)` around a condition, or `![field]`"
	from := p.Off
	p.Skip()
	if p.Peek() == '(' {
		p.group()
	} else if p.operand() == nil {
		return nil
	}
	return &ast.String{Span: p.spanFrom(from), Quote: '"'}
}

func (p *parser) noNegated() {
	what, n := p.found()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" after `!`", "a field reference `[field]` or `( … )`")
	d.Hint = "write `!(…)` around a condition"
}

func (p *parser) noParen(from int) {
	what, n := p.found()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" in a condition", "`)`, or an operator ("+operatorsExpected+")")
	d.Related = append(d.Related, diag.Related{Pos: p.at(from), End: p.at(from + 1), Text: "the `(` is here"})
	if h := operatorHints[strings.ToLower(p.operatorWord())]; h != "" && d.Hint == "" {
		d.Hint = h
	} else if d.Hint == "" {
		d.Hint = "is a `)` missing before it?"
	}
}

func (p *parser) noCallEnd(from, open int, name string) {
	what, n := p.found()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" in a condition", "`,` or `)`")
	d.Hint = "conditions know no functions: `" + name + "(…)`"
	d.Related = append(d.Related, diag.Related{Pos: p.at(from), End: p.at(open), Text: "`" + name + "` is here"})
}

// noPattern reports what stands behind =~ instead of a pattern.
func (p *parser) noPattern() ast.Operand {
	from := p.Off
	what, n := p.found()
	d := p.unexpected(from, from+n, "unexpected "+what+" behind a match operator", "a regular expression `/…/` or a string")
	if p.EOF() || p.Peek() == '{' {
		d.Hint = "the pattern is missing"
		return nil
	}
	if d.Hint == "" {
		d.Hint = "write `/…/`"
	}
	if _, ok := p.Selector(); ok {
		d.Hint = "a field cannot be a pattern; write `/…/`"
		d.End = p.at(p.Off)
	} else if word := p.word(); word != "" {
		p.Off += len(word)
	} else {
		return nil
	}
	return &ast.String{Span: p.spanFrom(from), Quote: '"'}
}

// unclosedSelector reports a field reference from `from` whose last [, at p.Off, has no ]: at what stands where the ] must be, or at the end
// of the text. What may be a list is one, unless it is sure to be none.
func (p *parser) unclosedSelector(from int, sure bool) bool {
	if p.Peek() != '[' {
		return false
	}
	name := p.Rest()[1:]
	n := strings.IndexAny(name, "[],")
	if n >= 0 && !sure && !overruns(name[:n]) {
		return false
	}
	var d *diag.Diagnostic
	if n < 0 {
		p.Off = len(p.Text)
		d = p.report(p.Off, p.Off, "the text ends within a field reference")
		d.Detail = "expected `]`"
	} else {
		p.Off += 1 + n
		what, width := p.found()
		expected := "`]`"
		if n == 0 {
			expected = "a field's name"
		}
		d = p.unexpected(p.Off, p.Off+width, "unexpected "+what+" within a field reference", expected)
	}
	d.Related = []diag.Related{{Pos: p.at(from), End: p.at(p.lineEnd(from)), Text: "the `[` is here"}}
	d.Hint = "a field reference is `[field]` or `[a][b]`"
	return true
}

// overruns tells whether a field's name took in what stands behind the condition.
func overruns(name string) bool {
	return name != "" && strings.IndexByte("\"' \t\r\n", name[0]) < 0 && strings.ContainsAny(name, "{")
}

// checkSelector warns of a list of one element, which is no list.
func (p *parser) checkSelector(s *ast.Selector) {
	inner := strings.TrimSpace(s.Text[1 : len(s.Text)-1])
	if len(inner) < 2 || inner[0] != '"' && inner[0] != '\'' || inner[len(inner)-1] != inner[0] {
		return
	}
	d := p.diags.Warnf(s.Pos, s.End, "`%s` is read as a field reference, not as a list", s.Text)
	d.Detail = "Logstash does so with a list of one element; the condition is about a field of that name, quotes included"
	d.Hint = "compare with `==`, or name two elements: `[" + inner + ", " + inner + "]`"
}

// isWrongElseIf tells what people write for `else if`.
func (p *parser) isWrongElseIf(name string) bool {
	switch strings.ToLower(name) {
	case "elsif", "elif", "elseif", "elsef", "elsei", "elsfi":
	default:
		return false
	}
	return p.ahead(func() bool { p.Off += len(name); p.Skip(); return p.Peek() != '{' })
}

func (p *parser) wrongElseIf(from int, name string) {
	d := p.unexpected(from, from+len(name), "`"+name+"` is not a keyword", "`else if`, `else`, a plugin, `if`, or `}`")
	d.Hint = "write `else if`"
}

// isCapitalElse tells `ELSE { plugins }`.
func (p *parser) isCapitalElse(name string) bool {
	return name != "else" && strings.EqualFold(name, "else") && p.ahead(func() bool {
		p.Off += len(name)
		p.Skip()
		return p.Peek() == '{' && !p.emptyBraces() && !p.attributesFollow()
	})
}

// capitalElse reports it, and steps over it.
func (p *parser) capitalElse(from int, name string) {
	d := p.unexpected(from, from+len(name), "`"+name+"` is not a keyword", "`else`, a plugin, `if`, or `}`")
	d.Hint = "keywords are written in small letters: `else`"
	p.Off += len(name)
	p.Skip()
}

// isStrayArm tells an else where no if has ended, or a second else.
func (p *parser) isStrayArm(name string) bool {
	if name == "else" {
		return p.ahead(func() bool {
			p.Off += len(name)
			p.Skip()
			return p.PeekName() == "if" || p.Peek() == '{' && !p.emptyBraces() && !p.attributesFollow()
		})
	}
	return p.isWrongElseIf(name)
}

// strayArm reports it and reads it as if it were in its place.
func (p *parser) strayArm(from int, name string) ast.Stmt {
	d := p.unexpected(from, from+len(name), "`"+name+"` without an `if` before it", "a plugin, `if`, or `}`")
	if d.Hint == "" {
		d.Hint = "`else` follows the `}` of an `if` or `else if` directly"
	}
	p.Off += len(name)
	p.Skip()
	b := &ast.Branch{}
	conditional := p.Accept("if") || p.Peek() != '{'
	for more := p.arm(b, from, conditional); more; {
		more = p.nextArm(b)
	}
	return nil
}

func (p *parser) mixedOperators(op operator) {
	at := op.pos.Offset
	d := p.report(at, at+len(op.op), "`"+op.op+"` cannot stand beside another operator without parentheses")
	d.Detail = "Logstash fails here too"
	d.Hint = "write `([a] " + op.op + " [b]) and [c]`"
}

// oddGrouping warns where Logstash groups otherwise than it looks.
func (p *parser) oddGrouping(x ast.Expr) {
	d := p.diags.Warnf(x.Start(), x.Stop(), "this condition is grouped in an unexpected way")
	d.Detail = "as Logstash does, it is read as " + grouping(x, p.Text)
	d.Hint = "put parentheses around what belongs together"
}

// grouping writes a tree with all its parentheses.
func grouping(x ast.Expr, text string) string {
	var b strings.Builder
	writeGrouping(&b, x, text)
	return b.String()
}

func writeGrouping(b *strings.Builder, x ast.Expr, text string) {
	bin, ok := x.(*ast.Binary)
	if !ok {
		b.WriteString(text[x.Start().Offset:x.Stop().Offset])
		return
	}
	side := func(s ast.Expr) {
		if in, ok := s.(*ast.Binary); ok && in.Op != bin.Op {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		writeGrouping(b, s, text)
	}
	side(bin.L)
	b.WriteString(" " + bin.Op + " ")
	side(bin.R)
}
