package ast

import "castor/internal/lsconf/token"

// Expr is a condition: *Binary, *Not, *Group, *Compare, *Match, *In or *Truth.
type Expr interface {
	Node
	expr()
}

// Operand is one side of a comparison: *Selector, *String, *Number, *Array, *Regexp or *MethodCall.
type Operand interface {
	Node
	operand()
}

// Boolean operators.
const (
	And  = "and"
	Or   = "or"
	Xor  = "xor"
	Nand = "nand"
)

// Binary is `L and R`, `or`, `xor`, `nand`. The tree has Logstash's precedence; see lsconf's parser.
type Binary struct {
	Span
	Op    string // And, Or, Xor, Nand
	OpPos token.Pos
	L, R  Expr
}

// Not is `!(…)` or `![a]`: X is a *Group or a *Truth of a *Selector.
type Not struct {
	Span
	X Expr
}

// Group is `( … )`.
type Group struct {
	Span
	X Expr
}

// Compare is `L == R` with == != < > <= >=.
type Compare struct {
	Span
	Op    string
	OpPos token.Pos
	L, R  Operand
}

// Match is `L =~ Pattern` or `!~`; Pattern is *Regexp or *String.
type Match struct {
	Span
	Op      string // "=~" or "!~"
	OpPos   token.Pos
	L       Operand
	Pattern Operand
}

// In is `L in R` or `L not in R`.
type In struct {
	Span
	Not   bool
	OpPos token.Pos
	L, R  Operand
}

// Truth is an operand on its own: `if [a]`.
type Truth struct {
	Span
	X Operand
}

// Selector is a field reference as written, `[a][b]`. A list of one element such as ["x"] is a Selector
// too: Logstash's grammar reads it as a reference to a field whose name has the quotes.
type Selector struct {
	Span
	Text string
}

// Regexp is `/…/`; Text is what stands between the slashes, as written.
type Regexp struct {
	Span
	Text string
}

// MethodCall is `name(operand, …)`. The grammar has it, no Logstash ever gave it a meaning.
type MethodCall struct {
	Span
	Name string
	Args []Operand
}

func (*Binary) expr()  {}
func (*Not) expr()     {}
func (*Group) expr()   {}
func (*Compare) expr() {}
func (*Match) expr()   {}
func (*In) expr()      {}
func (*Truth) expr()   {}

func (*Selector) operand()   {}
func (*String) operand()     {}
func (*Number) operand()     {}
func (*Array) operand()      {}
func (*Regexp) operand()     {}
func (*MethodCall) operand() {}
