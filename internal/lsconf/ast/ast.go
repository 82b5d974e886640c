// Package ast is the tree of a Logstash configuration. It keeps everything that the printer needs
// (comments, quotes, parentheses) and knows no plugin. It imports token only.
package ast

import "castor/internal/lsconf/token"

// Node is everything that has a place.
type Node interface {
	// Start is the place of the first character, Stop the place after the last one.
	Start() token.Pos
	Stop() token.Pos
}

// Span is embedded by every node.
type Span struct {
	Pos token.Pos // the first character
	End token.Pos // after the last character
}

// Start implements Node.
func (s Span) Start() token.Pos { return s.Pos }

// Stop implements Node.
func (s Span) Stop() token.Pos { return s.End }

// Config is one configuration: of one text, or of several files one after the other.
type Config struct {
	Sections []*Section
	Comments []*Comment // in the order of the text, file by file
}

// Comment is one line's comment, from # to the end of the line (without it).
type Comment struct {
	Span
	Text     string // with the leading #
	Trailing bool   // something other than blanks stands before it on its line
}

// Section kinds.
const (
	Input  = "input"
	Filter = "filter"
	Output = "output"
)

// Section is `input { … }`, `filter { … }` or `output { … }`. A configuration can have several of a kind.
type Section struct {
	Span
	Kind string // Input, Filter, Output
	Body []Stmt
	Open token.Pos // of the {
}

// Stmt is *Plugin or *Branch.
type Stmt interface {
	Node
	stmt()
}

// Plugin is `name { option => value … }`: a statement, or a value (a codec).
type Plugin struct {
	Span
	Name    string // as written: a quoted name keeps its quotes, as Logstash keeps them
	NamePos token.Pos
	Open    token.Pos // of the {
	Attrs   []*Attr   // as written; Settings merges repeated ones
}

// Attr is `name => value`.
type Attr struct {
	Span
	Name  string // without quotes
	Quote byte   // '"' or '\'' where the name is quoted, else 0
	Value Value
}

// Branch is `if … { } else if … { } else { }`.
type Branch struct {
	Span
	Arms []*Arm
}

// Arm is one arm of a Branch.
type Arm struct {
	Span
	Cond Expr      // nil in a final else
	Open token.Pos // of the {
	Body []Stmt
}

func (*Plugin) stmt() {}
func (*Branch) stmt() {}
