package grok

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Type is what the third part of %{SYNTAX:field:type} asks for.
type Type uint8

// The types of a capture. Any other word means Text, as in Logstash.
const (
	Text Type = iota
	Int
	Float
)

func typeOf(word string) Type {
	switch word {
	case "int":
		return Int
	case "float":
		return Float
	}
	return Text
}

// Integer is a whole number of any size.
type Integer struct {
	Small int64
	Big   string // decimal digits, with a sign when negative; "" when Small holds the number
}

// ToInt reads a whole number as Ruby's String#to_i does: blanks before it and
// anything behind it are passed over, single underscores may stand between
// digits, and text that starts with no number is 0.
func ToInt(s string) Integer {
	s = trimBlanks(s)
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	end := digits(s, i)
	if end == i {
		return Integer{}
	}
	num := strings.ReplaceAll(strings.TrimPrefix(s[:end], "+"), "_", "")
	if v, err := strconv.ParseInt(num, 10, 64); err == nil {
		return Integer{Small: v}
	}
	v, ok := new(big.Int).SetString(num, 10)
	if !ok {
		return Integer{}
	}
	return Integer{Big: v.String()}
}

// ToFloat reads a number as Ruby's String#to_f does: as ToInt, with a
// fraction and an exponent; "1." and ".5e" stop where the number stops being
// one. Numbers that are too large are infinite.
func ToFloat(s string) float64 {
	s = trimBlanks(s)
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	end := digits(s, i)
	whole := end > i
	if end < len(s)-1 && s[end] == '.' {
		if e := digits(s, end+1); e > end+1 {
			end, whole = e, true
		}
	}
	if !whole {
		return 0
	}
	end = exponent(s, end)
	f, err := strconv.ParseFloat(strings.ReplaceAll(s[:end], "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0
	}
	return f
}

func trimBlanks(s string) string { return strings.TrimLeft(s, " \t\n\v\f\r") }

// digits gives the end of a run of digits that begins at i; one underscore
// may stand between two of them.
func digits(s string, i int) int {
	begin := i
	for i < len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			i++
		case s[i] == '_' && i > begin && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
		default:
			return i
		}
	}
	return i
}

func exponent(s string, end int) int {
	if end >= len(s) || s[end] != 'e' && s[end] != 'E' {
		return end
	}
	i := end + 1
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if e := digits(s, i); e > i {
		return e
	}
	return end
}
