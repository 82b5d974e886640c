package parser

import (
	"errors"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
)

// checkSettings refuses options that stand twice and cannot be merged, and two codecs.
func (p *parser) checkSettings(pl *ast.Plugin) {
	var bad *ast.MergeError
	if _, err := pl.Settings(); errors.As(err, &bad) {
		d := p.report(bad.Second.Pos.Offset, bad.Second.End.Offset, "the option `"+bad.Second.Name+"` stands twice, and the two cannot be joined")
		d.Detail = "the first one is a hash, so this must be one too"
		d.Related = []diag.Related{{Pos: bad.First.Pos, End: bad.First.End, Text: "the first one is here"}}
		d.Hint = "write both as hashes, or delete one"
	}
	p.checkCodecs(pl)
}

// checkCodecs refuses a second codec of an input or output. A codec's own options are not looked at, as in Logstash.
func (p *parser) checkCodecs(pl *ast.Plugin) {
	if len(p.open) == 0 || p.open[0].what == ast.Filter+" section" || p.inPlugin > 0 {
		return
	}
	var first *ast.Attr
	for _, a := range pl.Attrs {
		if a.Name != "codec" {
			continue
		}
		if first != nil && !ast.Equal(first.Value, a.Value) {
			d := p.report(a.Pos.Offset, a.End.Offset, "plugin `"+pl.Name+"` has two codecs")
			d.Related = []diag.Related{{Pos: first.Pos, End: first.End, Text: "the first one is here"}}
			d.Hint = "delete one of them"
			return
		}
		first = a
	}
}
