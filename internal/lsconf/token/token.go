// Package token holds source positions of the configuration language. It imports nothing of Castor.
package token

import "strconv"

// Pos is a place in a configuration text. Line and Col count from 1, Col in characters (runes);
// Offset counts bytes from 0. The zero Pos is no place.
type Pos struct {
	File   string
	Offset int
	Line   int
	Col    int
}

// IsValid reports whether p is a place at all.
func (p Pos) IsValid() bool { return p.Line > 0 }

// Before reports whether p comes before q in the same file.
func (p Pos) Before(q Pos) bool { return p.Offset < q.Offset }

// String gives "file:line:col", or "line:col" where the text has no name.
func (p Pos) String() string {
	if !p.IsValid() {
		if p.File == "" {
			return "-"
		}
		return p.File
	}
	place := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
	if p.File == "" {
		return place
	}
	return p.File + ":" + place
}
