package script

import (
	"fmt"
	"strconv"
	"strings"
)

// figures are a float's shortest decimal digits, 0.d₁d₂d₃… × 10^exp, from which JRuby's format makes %f, %e and %g.
type figures struct {
	d   []byte
	exp int
}

func shortest(f float64) figures {
	if f == 0 {
		return figures{[]byte("0"), 1}
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	exp, _ := strconv.Atoi(exponent)
	return figures{[]byte(strings.Replace(mantissa, ".", "", 1)), exp + 1}
}

// round keeps n digits, up from the middle between an odd digit and the next; lower has the middle go down. Where nothing is kept the
// middle goes up: '%.0f' % 0.5 is 1.
func (d figures) round(n int, lower bool) figures {
	if n >= len(d.d) {
		return d
	}
	if n < 0 {
		return figures{nil, d.exp}
	}
	middle := d.d[n] == '5' && n == len(d.d)-1
	kept := append([]byte{'0'}, d.d[:n]...)
	if d.d[n] < '5' || middle && n > 0 && (lower || kept[n]%2 == 0) {
		return figures{kept[1:], d.exp}
	}
	i := n
	for kept[i] == '9' {
		kept[i] = '0'
		i--
	}
	kept[i]++
	if i == 0 {
		return figures{kept, d.exp + 1}
	}
	return figures{kept[1:], d.exp}
}

// fixed is %f: d with so many decimals.
func (d figures) fixed(decimals int, point bool) string {
	d = d.round(d.exp+decimals, false)
	var b strings.Builder
	for i := min(0, d.exp-1); i < d.exp; i++ {
		b.WriteByte(d.at(i))
	}
	if decimals > 0 || point {
		b.WriteByte('.')
	}
	for i := range decimals {
		b.WriteByte(d.at(d.exp + i))
	}
	return b.String()
}

// scientific is %e: a digit, so many decimals and an exponent.
func (d figures) scientific(decimals int, point bool) string {
	d = d.round(1+decimals, decimals > 0)
	return figures{d.d, 1}.fixed(decimals, point) + fmt.Sprintf("e%+03d", d.exp-1)
}

// general is %g: so many digits in the shorter of the two.
func (d figures) general(n int, zeros bool) string {
	n = max(n, 1)
	d = d.round(n, n > 1)
	if exponent := d.exp - 1; exponent >= -4 && exponent < n {
		return short(d.fixed(n-d.exp, zeros), zeros)
	}
	text := d.scientific(n-1, zeros)
	e := strings.IndexByte(text, 'e')
	return short(text[:e], zeros) + text[e:]
}

// short leaves out the zeros at the end of decimals.
func short(s string, zeros bool) string {
	if zeros || !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// at is a digit's character, zero before the first and after the last.
func (d figures) at(i int) byte {
	if i < 0 || i >= len(d.d) {
		return '0'
	}
	return d.d[i]
}
