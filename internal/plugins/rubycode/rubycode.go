// Package rubycode is what the filters with Ruby code in their options have in common.
package rubycode

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/token"
	"castor/internal/plugin"
	"castor/internal/ruby/script"
)

// NewShared is what the pieces of one filter's code share; @logger is there as in Logstash.
func NewShared(log *slog.Logger) *script.Shared {
	return script.NewShared(map[string]script.Value{"@logger": Logger(log)})
}

// Compile compiles the code of an option. The error has the place of the fault in the configuration.
func Compile(option string, v plugin.Value, opts script.Options) (*script.Program, error) {
	text, ok := v.Text()
	if !ok {
		return nil, plugin.BadValue(option, v, "expected a string with Ruby code")
	}
	p, err := script.Compile(text, opts)
	var e *script.SyntaxError
	if !errors.As(err, &e) {
		return p, err
	}
	hint := e.Hint
	if hint == "" {
		hint = "Castor runs a part of Ruby, see docs/ruby.md"
	}
	fault := &plugin.OptionError{Option: option, Pos: v.Pos(), Err: e, Hint: hint}
	if pos, ok := place(v, e.Line, e.Col); ok {
		fault.Pos = pos
	} else {
		fault.Err = fmt.Errorf("line %d, column %d of the code: %w", e.Line, e.Col, e)
	}
	return nil, fault
}

// place is a line and column of the code in the configuration; false where the code does not stand there as it is.
func place(v plugin.Value, line, col int) (token.Pos, bool) {
	s, ok := v.Node().(*ast.String)
	if !ok || s.Raw != s.Text {
		return token.Pos{}, false
	}
	pos := s.Pos
	if line == 1 {
		pos.Col += col // behind the quote
		return pos, true
	}
	pos.Line, pos.Col = pos.Line+line-1, col
	return pos, true
}

// logger is the filter's log as code sees it.
type logger struct{ log *slog.Logger }

// Logger shows a log to code.
func Logger(log *slog.Logger) script.Object { return &logger{log} }

// Class implements script.Object.
func (*logger) Class() string { return "Logger" }

var loggerMethods = []string{"debug", "debug?", "error", "fatal", "info", "info?", "trace", "warn"}

// Methods implements script.Object.
func (*logger) Methods() []string { return loggerMethods }

// Call implements script.Object.
func (l *logger) Call(name string, args []script.Value) script.Value {
	if strings.HasSuffix(name, "?") {
		return true
	}
	if len(args) < 1 || len(args) > 2 {
		script.Raise("ArgumentError", "wrong number of arguments (given %d, expected 1..2)", len(args))
	}
	message := script.Text(args[0])
	var more []any
	if len(args) == 2 {
		more = append(more, "data", script.Inspect(args[1]))
	}
	switch name {
	case "debug", "trace":
		l.log.Debug(message, more...)
	case "info":
		l.log.Info(message, more...)
	case "warn":
		l.log.Warn(message, more...)
	default:
		l.log.Error(message, more...)
	}
	return nil
}
