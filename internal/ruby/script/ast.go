package script

import "castor/internal/regex"

// node is a part of the code's tree.
type node interface{}

type (
	literal   struct{ value Value }
	stringLit struct { // parts are literals with Strings, and toTexts
		parts  []node
		symbol bool
	}
	toText    struct{ x node } // #{x}
	regexpLit struct {
		at    int
		parts []node
		opt   regex.Options
		fixed *Regexp
	}
	arrayLit struct{ elems []node }    // an elem may be a splat
	hashLit  struct{ pairs [][2]node } // a key nil: **value
	rangeLit struct {
		lo, hi node // nil where left out
		excl   bool
	}
	lvar     struct{ depth, index int }
	ivar     struct{ name string }
	matchVar struct {
		at    int
		group int // -1: $~
	}
	constant struct {
		at   int
		name string // with its ::
	}
	self  struct{ at int }
	splat struct{ x node }
	// call is recv.name(args); recv nil: a function or a method of the code's own.
	call struct {
		at       int
		recv     node
		name     string
		args     []node
		blockArg node
		block    *blockLit
		safe     bool // &.
		parens   bool // it cannot be a variable
	}
	blockLit struct {
		params *params
		scope  *scope
		body   node
		lambda bool
	}
	andOr struct {
		and  bool
		a, b node
	}
	not    struct{ x node }
	assign struct{ target, value node }
	// opAssign is target op= value; op may be || and &&.
	opAssign struct {
		at     int
		op     string
		target node
		value  node
	}
	multiAssign struct {
		targets []node // a splat among them takes the rest; an inner list is a multiAssign without value
		value   node
	}
	index struct { // recv[args]
		at   int
		recv node
		args []node
	}
	ifElse struct{ cond, then, other node }
	while  struct {
		cond, body node
		until      bool
		bodyFirst  bool // begin … end while
	}
	caseOf struct {
		at      int
		subject node // nil: the first true one
		whens   []when
		other   node
	}
	when struct {
		tests []node
		body  node
	}
	begin struct {
		body    node
		rescues []rescue
		other   node
		ensure  node
	}
	rescue struct {
		classes []string
		target  node // of => e
		body    node
	}
	jumpTo struct {
		at    int
		kind  jumpKind
		value node
	}
	yield struct {
		at   int
		args []node
	}
	define struct {
		at     int
		name   string
		params *params
		scope  *scope
		body   node
	}
	seq struct {
		nodes []node
		lines []int
	}
	defined struct{ x node }
)

// params are the parameters of a block or method: variables by their index in its frame.
type params struct {
	required []node // lvars, or multiAssigns for (a, b)
	optional []optional
	rest     int // index of *rest, -1 for none
	post     []node
	block    int  // index of &block, -1 for none
	comma    bool // |a,|: takes a list apart
}

type optional struct {
	index int
	value node
}

// scope has the names of the variables of a frame.
type scope struct {
	names    []string
	parent   *scope // of a block
	numbered bool   // uses _1 or it
}

func (s *scope) find(name string) (depth, index int, ok bool) {
	for ; s != nil; s = s.parent {
		for i, n := range s.names {
			if n == name {
				return depth, i, true
			}
		}
		depth++
	}
	return 0, 0, false
}

func (s *scope) declare(name string) int {
	s.names = append(s.names, name)
	return len(s.names) - 1
}
