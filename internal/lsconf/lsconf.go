// Package lsconf is Logstash's configuration language: Parse reads a text, Load reads files and puts in the
// values of ${…}. Both give the tree (package ast) and everything that is wrong with it (package diag).
// It knows no plugin and imports nothing of Castor but its own rooms.
package lsconf

import (
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/lsconf/token"
)

// Options are the settings that change the language.
type Options = parser.Options

// Parse reads one configuration text. filename is the name that positions carry; no file is read, no ${…} replaced.
// The tree is whole where the list has no errors.
func Parse(filename, text string, opts Options) (*ast.Config, diag.List) {
	return parser.Parse(filename, text, opts)
}

// none is no place; fileOnly is a file without a place in it.
var none token.Pos

func fileOnly(name string) token.Pos { return token.Pos{File: name} }
