// Package syntax parses Oniguruma's Ruby syntax to a tree. It imports charset only.
package syntax

import (
	"fmt"

	"castor/internal/regex/charset"
)

// Op is the kind of a Node.
type Op uint8

// The kinds of nodes.
const (
	OpEmpty   Op = iota
	OpSet        // one character of Set
	OpCat        // Subs one after the other
	OpAlt        // the first of Subs that leads to a match
	OpRep        // Subs[0] Min..Max times, Max < 0 is without end
	OpGroup      // capturing group Group around Subs[0]
	OpAtomic     // (?>...)
	OpLook       // lookahead or, with Behind, lookbehind
	OpAssert     // Assert
	OpBackref    // one of Refs, the last first
	OpCall       // \g<...>: group Group
	OpCond       // group Refs set? Subs[0] : Subs[1]
	OpKeep       // \K
	OpAbsent     // (?~...): any text in which Subs[0] does not match
)

// Greed says which number of repeats is tried first.
type Greed uint8

// The kinds of repeats.
const (
	Greedy Greed = iota
	Lazy
	Possessive
)

// Assert is a condition on a position.
type Assert uint8

// The assertions.
const (
	BeginLine        Assert = iota // ^
	EndLine                        // $
	BeginText                      // \A
	EndText                        // \z
	EndTextNL                      // \Z
	SearchStart                    // \G
	WordBoundary                   // \b
	NotWordBoundary                // \B
	AsciiBoundary                  // \b under (?a)
	NotAsciiBoundary               // \B under (?a)
)

// Node is one element of a pattern.
type Node struct {
	Op          Op
	Greed       Greed
	Assert      Assert
	Neg, Behind bool // lookaround
	Fold        bool // backreference under (?i)
	Interval    bool // a repeat written with braces
	EmptyEnds   bool // a counted repeat that an empty round ends
	Short       bool // a set that is one instruction for joni: \w \W and the dot
	Pos         int  // offset in the pattern
	Min, Max    int
	Group       int
	Name        string // of a call, until it is resolved
	Refs        []int
	Set         *charset.Set
	Subs        []*Node
}

// Tree is a parsed pattern.
type Tree struct {
	Root    *Node
	Names   []string // by group number; "" for group 0 and unnamed groups
	Linear  bool     // no backreference, call, condition or absent group: work can be bounded linearly
	Pattern string
}

// Error tells why and where a pattern is wrong or not supported.
type Error struct {
	Pos int
	Msg string
}

func (e *Error) Error() string { return fmt.Sprintf("%s at offset %d", e.Msg, e.Pos) }
