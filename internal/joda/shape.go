package joda

import "unicode"

// A shape is a rough description of the texts that a format matches: a row of
// byte sets, each of which may be skipped or repeated. It accepts every text that
// the format accepts, and some more. Two formats whose shapes have no text in
// common never match the same text, so the order in which they are tried does
// not matter.
type shape []shapeUnit

type shapeUnit struct {
	bytes  byteSet
	skip   bool // the unit may be left out
	repeat bool // the unit may be repeated
}

var (
	digitBytes = bytesOf("09")
	signBytes  = bytesOf("+", "-")
	highBytes  = bytesOf("\x80\xff")
)

func (s shape) one(b byteSet) shape   { return append(s, shapeUnit{bytes: b}) }
func (s shape) maybe(b byteSet) shape { return append(s, shapeUnit{bytes: b, skip: true}) }
func (s shape) some(b byteSet) shape  { return append(s, shapeUnit{bytes: b, repeat: true}) }
func (s shape) any(b byteSet) shape   { return append(s, shapeUnit{bytes: b, skip: true, repeat: true}) }

// digits is one to limit digits.
func (s shape) digits(limit int) shape {
	s = s.one(digitBytes)
	for i := 1; i < limit; i++ {
		s = s.maybe(digitBytes)
	}
	return s
}

func (f *Format) shape() (s shape) {
	for i := range f.elements {
		s = f.elements[i].shape(s)
	}
	return s
}

func (e *element) shape(s shape) shape {
	switch e.kind {
	case kindLiteral:
		return literalShape(s, e.literal)
	case kindNumber:
		if e.signed {
			s = s.maybe(signBytes)
		}
		return s.digits(e.max)
	case kindTwoDigitYear:
		if e.lenient {
			return s.any(signBytes).any(digitBytes)
		}
		return s.one(digitBytes).one(digitBytes)
	case kindFraction:
		return s.digits(e.max)
	case kindText:
		for i, b := range e.texts.bytes {
			s = append(s, shapeUnit{bytes: b, skip: i >= e.texts.minLen})
		}
		return s
	case kindOffset, kindOffsetColon:
		return s.one(bytesOf("Z", "z", "+", "-")).any(bytesOf("09", ":", ".", ","))
	}
	return s.some(bytesOf("AZ", "az", "09", "+", "-", "_", "/"))
}

func literalShape(s shape, text string) shape {
	for _, r := range text {
		var b byteSet
		for _, v := range [...]rune{r, unicode.ToUpper(r), unicode.ToLower(r)} {
			if v >= 0x80 {
				b = highBytes
				break
			}
			b.add(byte(v))
		}
		// Letters like K and s have a case variant outside ASCII.
		if b == highBytes || unicode.IsLetter(r) {
			s = s.some(b.union(highBytes))
		} else {
			s = s.one(b)
		}
	}
	return s
}

func isoShape() shape {
	return shape{}.some(bytesOf("09", "+", "-", "T", "t", "W", "w", ":", ".", ",", " ", "Z", "z"))
}

func unixShape() shape {
	return shape{}.maybe(signBytes).any(digitBytes).any(bytesOf(".")).any(bytesOf("\x00\xff"))
}

func tai64NShape() shape {
	s := shape{}.maybe(bytesOf("@"))
	for range 24 {
		s = s.one(bytesOf("09", "af", "AF", "+", "-"))
	}
	return s.any(bytesOf("\x00\xff"))
}

// disjoint tells whether no text fits both shapes. It walks the pairs of places
// that both can reach with the same bytes.
func (s shape) disjoint(t shape) bool {
	seen := make([]bool, (len(s)+1)*(len(t)+1))
	todo := [][2]int{{0, 0}}
	visit := func(i, j int) {
		if k := i*(len(t)+1) + j; !seen[k] {
			seen[k] = true
			todo = append(todo, [2]int{i, j})
		}
	}
	for len(todo) > 0 {
		i, j := todo[len(todo)-1][0], todo[len(todo)-1][1]
		todo = todo[:len(todo)-1]
		if i == len(s) && j == len(t) {
			return false
		}
		if i < len(s) && s[i].skip {
			visit(i+1, j)
		}
		if j < len(t) && t[j].skip {
			visit(i, j+1)
		}
		if i == len(s) || j == len(t) || !s[i].bytes.meets(t[j].bytes) {
			continue
		}
		visit(i+1, j+1)
		if s[i].repeat {
			visit(i, j+1)
		}
		if t[j].repeat {
			visit(i+1, j)
		}
	}
	return true
}
