// Package script runs the part of Ruby that people write into Logstash's aggregate and ruby filters: expressions, blocks, strings,
// numbers, arrays, hashes, times and patterns, with Ruby 3.1's results. Code is compiled to closures; what is not known here is an error
// with its line and column when the code is compiled, and never a wrong result. Code reaches nothing but the values that it is given: no
// files, no network, no processes, and a budget of steps bounds its time and memory.
//
// It knows events and Ruby's conversions, and no plugin: a filter gives it variables, which may be Objects of its own.
package script

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"castor/internal/event"
	"castor/internal/regex"
)

// SyntaxError is code that Ruby does not accept, or that is not known here.
type SyntaxError struct {
	Line, Col int // in the code, from 1
	Msg       string
	Hint      string // what to do, may be empty
}

func (e *SyntaxError) Error() string { return e.Msg }

// Exception is what the code raised and did not rescue.
type Exception struct {
	Class   string // such as NoMethodError
	Message string
	Line    int // in the code, 0 where it is not known
}

func (e *Exception) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Class, e.Message)
	}
	return fmt.Sprintf("%s: %s (line %d)", e.Class, e.Message, e.Line)
}

// Object is a value of the host: an event, the map's figures, a logger.
type Object interface {
	// Class is the name of the object's class.
	Class() string
	// Methods lists the names that Call knows, for the check of the code.
	Methods() []string
	// Call calls a method. Faults are raised by Raise.
	Call(name string, args []Value) Value
}

// Options are what the code may use beside Ruby's own.
type Options struct {
	Variables []string          // names of the variables that Run gets, in order
	Objects   map[string]Object // by the name of a variable: an example, whose Methods the check uses
	Shared    *Shared           // methods and @variables that several pieces of code share; nil for none
	Now       func() time.Time
	Zone      *time.Location // the process's zone
	SkipTests bool           // test "…" do … end, of a file for the ruby filter, is passed over
}

// Shared is what a filter's init and code have in common. It belongs to one goroutine at a time.
type Shared struct {
	methods map[string]*definition
	ivars   map[string]Value
	given   int
}

// NewShared makes one with @variables that the code may read.
func NewShared(given map[string]Value) *Shared {
	s := &Shared{methods: map[string]*definition{}, ivars: map[string]Value{}, given: len(given)}
	maps.Copy(s.ivars, given)
	return s
}

// Used tells whether any code has @variables of its own: then its runs depend on each other.
func (s *Shared) Used() bool { return len(s.ivars) > s.given }

// Program is compiled code. It is safe for concurrent use, its Shared is not.
type Program struct {
	body   fn
	size   int // of the outermost frame
	params int
	opts   Options
}

// DefaultSteps is the budget of one run, a fraction of a second.
const DefaultSteps = 2_000_000

// vm is what one run has.
type vm struct {
	steps   int
	depth   int
	line    int
	now     func() time.Time
	zone    *time.Location
	shared  *Shared
	scratch *regex.Scratch
	match   *matchData // $~
}

// Runner runs programs; it belongs to one goroutine at a time.
type Runner struct{ vm vm }

// NewRunner makes a runner.
func NewRunner() *Runner { return &Runner{vm{scratch: regex.NewScratch()}} }

// Run runs the program with its variables and returns the code's value. The error is an *Exception.
func (r *Runner) Run(p *Program, variables ...Value) (result Value, err error) {
	f := r.begin(p)
	f.vars = make([]Value, p.size)
	copy(f.vars, variables)
	defer r.end(f, &result, &err)
	return p.body(f), nil
}

// Call calls a method that the program's code defines. The error is an *Exception.
func (r *Runner) Call(p *Program, method string, args ...Value) (result Value, err error) {
	f := r.begin(p)
	defer r.end(f, &result, &err)
	return p.opts.Shared.methods[method].call(&r.vm, args, nil), nil
}

// Defines tells whether the code defines a method.
func (p *Program) Defines(method string) bool { return p.opts.Shared.methods[method] != nil }

func (r *Runner) begin(p *Program) *frame {
	m := &r.vm
	m.steps, m.depth, m.line, m.match = DefaultSteps, 0, 0, nil
	m.now, m.zone, m.shared = p.opts.Now, p.opts.Zone, p.opts.Shared
	return &frame{vm: m}
}

// end turns what is on its way by a panic into a result or an error.
func (r *Runner) end(f *frame, result *Value, err *error) {
	switch x := recover().(type) {
	case nil:
	case *raised:
		if x.line == 0 {
			x.line = r.vm.line
		}
		*err = &Exception{Class: x.exc.class, Message: x.exc.message, Line: x.line}
	case *jump:
		*result = x.value // a return ends the code
		if x.kind != jumpReturn || x.target != f {
			*err = &Exception{Class: "LocalJumpError", Message: "break from proc-closure", Line: r.vm.line}
		}
	default:
		panic(x)
	}
}

// charge takes n steps off the budget. What makes long texts or lists charges for them.
func (m *vm) charge(n int) {
	if m.steps -= n; m.steps < 0 || n < 0 {
		panic(&raised{exc: &exception{class: budgetError, message: "the code took too many steps, or made too much data; a loop that does not end?"}, line: m.line})
	}
}

// budgetError cannot be rescued by the code.
const budgetError = "Castor::BudgetError"

// maxDepth bounds how deep methods and blocks may call each other.
const maxDepth = 500

func (m *vm) enter() {
	if m.depth++; m.depth > maxDepth {
		m.depth = 0
		raise("SystemStackError", "stack level too deep")
	}
}

// raised travels by panic from where an exception is raised to where it is rescued.
type raised struct {
	exc  *exception
	line int
}

// Raise ends the call of an Object's method with an exception.
func Raise(class, format string, args ...any) { raise(class, format, args...) }

func raise(class, format string, args ...any) {
	panic(&raised{exc: &exception{class: class, message: fmt.Sprintf(format, args...)}})
}

type jumpKind uint8

const (
	jumpNext jumpKind = iota
	jumpBreak
	jumpReturn
)

// jump is next, break or return on its way to the block or method that it ends.
type jump struct {
	kind   jumpKind
	target any // what it ends: of a next the block's frame, of a break the block, of a return the method's frame, or a loopKey
	value  Value
}

// frame has the variables of the code, a method or a block.
type frame struct {
	vm     *vm
	vars   []Value
	parent *frame // where a block stands
	method *frame // the frame that a return ends
	block  *Proc  // what yield calls
	proc   *Proc  // the block whose frame this is
}

func (f *frame) up(depth int) *frame {
	for ; depth > 0; depth-- {
		f = f.parent
	}
	return f
}

// fn is compiled code.
type fn func(f *frame) Value

func random() float64 { return rand.Float64() }

// ToEvent converts a value of Ruby to one of an event. Symbols become strings; a value that an event cannot hold raises.
func ToEvent(v Value) event.Value {
	count := 0
	return toEvent(v, 0, &count)
}
