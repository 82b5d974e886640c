package search

import (
	"bytes"
	"slices"
	"strings"

	"castor/internal/store/analyze"
	"castor/internal/store/column"
	"castor/internal/store/mapping"
	"castor/internal/store/shard"
)

// view is one block of one index during a search.
type view struct {
	snap  *shard.Snapshot
	index int // of the snapshot in the search
	b     *shard.Block
	tok   analyze.Tokenizer
	// found are the documents that the filters of aggregations match: a filter inside buckets is asked for by each of them.
	found map[aggFilter]column.Bitmap
}

// aggFilter names a filter of an aggregation.
type aggFilter struct {
	a *agg
	i int
}

// matching evaluates a filter of an aggregation once for the block; the result must not be changed.
func (v *view) matching(a *agg, i int, n node) (column.Bitmap, error) {
	key := aggFilter{a, i}
	if found, ok := v.found[key]; ok {
		return found, nil
	}
	found, err := n.eval(v)
	if err != nil {
		return nil, err
	}
	if v.found == nil {
		v.found = map[aggFilter]column.Bitmap{}
	}
	v.found[key] = found
	return found, nil
}

func (v *view) none() column.Bitmap { return column.NewBitmap(v.b.N) }
func (v *view) all() column.Bitmap  { return column.Full(v.b.N) }

// entries returns the documents that have a dictionary entry which pred
// accepts.
func (v *view) entries(field string, pred func(c *column.Column, i int) bool) (column.Bitmap, error) {
	c, err := v.b.Column(field)
	if err != nil || c == nil {
		return v.none(), err
	}
	match := make([]bool, c.Len())
	for i := range match {
		match[i] = pred(c, i)
	}
	return c.Select(match, v.b.N), nil
}

// keyword returns the documents that have exactly this string.
func (v *view) keyword(f mapping.Field, s string) (column.Bitmap, error) {
	c, err := v.b.Column(f.Name)
	if err != nil || c == nil || c.Kind != column.String || tooLong(f, s) {
		return v.none(), err
	}
	return c.SelectOne(c.Find(s), v.b.N), nil
}

// tooLong says that a keyword sub-field leaves the string out.
func tooLong(f mapping.Field, s string) bool {
	return f.IgnoreAbove > 0 && len(s) > f.IgnoreAbove && len([]rune(s)) > f.IgnoreAbove
}

// keywords is entries for strings.
func (v *view) keywords(f mapping.Field, pred func(string) bool) (column.Bitmap, error) {
	return v.entries(f.Name, func(c *column.Column, i int) bool {
		return c.Kind == column.String && !tooLong(f, c.Strs[i]) && pred(c.Strs[i])
	})
}

// marks returns which dictionary entries of a text field have the word.
func (v *view) marks(c *column.Column, field, token string) ([]bool, error) {
	match := make([]bool, c.Len())
	want := []byte(token)
	if v.b.HasTerms(field) {
		terms, err := v.b.Terms(field, column.Shard(want))
		if err != nil {
			return nil, err
		}
		return match, terms.Mark(match, func(b []byte) bool { return bytes.Equal(b, want) })
	}
	ascii := isASCII(token)
	for i, s := range c.Strs {
		if ascii && !containsFold(s, token) {
			continue
		}
		match[i] = v.hasToken(s, func(b []byte) bool { return bytes.Equal(b, want) })
	}
	return match, nil
}

func (v *view) hasToken(s string, want func([]byte) bool) bool {
	found := false
	v.tok.Each(s, func(b []byte) bool {
		found = want(b)
		return !found
	})
	return found
}

// token returns the documents of a text field that have the word.
func (v *view) token(field, token string) (column.Bitmap, error) {
	c, err := v.b.Ordinals(field)
	if err != nil || c == nil || c.Kind != column.String {
		return v.none(), err
	}
	match, err := v.marks(c, field, token)
	if err != nil {
		return nil, err
	}
	return c.Select(match, v.b.N), nil
}

// tokens returns the documents of a text field that have a word which want
// accepts.
func (v *view) tokens(field string, want func([]byte) bool) (column.Bitmap, error) {
	c, err := v.b.Ordinals(field)
	if err != nil || c == nil || c.Kind != column.String {
		return v.none(), err
	}
	match := make([]bool, c.Len())
	if !v.b.HasTerms(field) {
		for i, s := range c.Strs {
			match[i] = v.hasToken(s, want)
		}
		return c.Select(match, v.b.N), nil
	}
	for i := range column.TermShards {
		terms, err := v.b.Terms(field, i)
		if err != nil {
			return nil, err
		}
		if err := terms.Mark(match, want); err != nil {
			return nil, err
		}
	}
	return c.Select(match, v.b.N), nil
}

// phrase returns the documents of a text field in which the words follow each
// other, with up to slop words between them in all. The last word is a prefix
// when prefix is set.
func (v *view) phrase(field string, words []string, slop int, prefix bool) (column.Bitmap, error) {
	c, err := v.b.Ordinals(field)
	if err != nil || c == nil || c.Kind != column.String || len(words) == 0 {
		return v.none(), err
	}
	match := make([]bool, c.Len())
	for i := range match {
		match[i] = true
	}
	for i, w := range words {
		if prefix && i == len(words)-1 {
			break
		}
		have, err := v.marks(c, field, w)
		if err != nil {
			return nil, err
		}
		for i := range match {
			match[i] = match[i] && have[i]
		}
	}
	if !slices.Contains(match, true) {
		return v.none(), nil
	}
	if c, err = v.b.Column(field); err != nil {
		return nil, err
	}
	var text []string
	for i := range match {
		if !match[i] {
			continue
		}
		text = text[:0]
		v.tok.Each(c.Strs[i], func(b []byte) bool {
			text = append(text, string(b))
			return true
		})
		match[i] = follows(text, words, slop, prefix)
	}
	return c.Select(match, v.b.N), nil
}

// follows says whether words stand in text in this order with at most slop
// others between them.
func follows(text, words []string, slop int, prefix bool) bool {
	is := func(have string, w int) bool {
		if prefix && w == len(words)-1 {
			return strings.HasPrefix(have, words[w])
		}
		return have == words[w]
	}
	for start := range text {
		if !is(text[start], 0) {
			continue
		}
		at, left := start, slop
		w := 1
		for ; w < len(words); w++ {
			next := at + 1
			for next < len(text) && !is(text[next], w) && next-at-1 < left+1 {
				next++
			}
			if next >= len(text) || next-at-1 > left || !is(text[next], w) {
				break
			}
			left -= next - at - 1
			at = next
		}
		if w == len(words) {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// containsFold says whether s contains lower, which is in lower-case ASCII,
// whatever the case in s. It is a quick no; a yes is looked at closely.
func containsFold(s, lower string) bool {
	if lower == "" || len(s) < len(lower) {
		return lower == ""
	}
	first := lower[0]
	upper := first
	if 'a' <= first && first <= 'z' {
		upper -= 'a' - 'A'
	}
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i] != first && s[i] != upper {
			if s[i] >= 0x80 {
				return true // a few letters beyond ASCII have lower forms in it
			}
			continue
		}
		if equalFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

func equalFold(s, lower string) bool {
	for i := range len(lower) {
		c := s[i]
		if c >= 0x80 {
			return true
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
