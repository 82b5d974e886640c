package ast

// Value is what stands to the right of => : *String, *Number, *Bareword, *Array, *Hash or *Plugin (a codec).
type Value interface {
	Node
	value()
}

// String is a quoted text.
type String struct {
	Span
	Text  string // without quotes, escapes processed where config.support_escapes is on, ${} replaced
	Raw   string // between the quotes as written
	Quote byte   // '"' or '\''
}

// Number is an integer or a decimal.
type Number struct {
	Span
	Text  string // as written
	IsInt bool
	Int   int64   // valid where IsInt; a leading 0 means octal, as in Logstash
	Float float64 // always valid
}

// Bareword is an unquoted word of two or more characters; true and false are barewords.
type Bareword struct {
	Span
	Text string
}

// Array is `[a, b]`.
type Array struct {
	Span
	Elems []Value
}

// Hash is `{ key => value … }`.
type Hash struct {
	Span
	Entries []*HashEntry
}

// HashEntry is `key => value`; Key is *String, *Number or *Bareword.
type HashEntry struct {
	Key   Value
	Value Value
}

func (*String) value()   {}
func (*Number) value()   {}
func (*Bareword) value() {}
func (*Array) value()    {}
func (*Hash) value()     {}
func (*Plugin) value()   {}

// Text gives a scalar's text: of *String, *Number (as written) and *Bareword.
func Text(v Value) (string, bool) {
	switch v := v.(type) {
	case *String:
		return v.Text, true
	case *Number:
		return v.Text, true
	case *Bareword:
		return v.Text, true
	}
	return "", false
}
