// Package subst puts the values of ${VAR}, ${VAR:default} and ${file:path} into a configuration's tree.
// It imports ast, diag and token.
package subst

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/token"
)

// Lookup gives a variable's value, whether it is a secret (never to be printed), and whether there is one.
type Lookup func(name string) (value string, secret, ok bool)

// Env looks variables up in the environment.
func Env(name string) (string, bool, bool) {
	value, ok := os.LookupEnv(name)
	return value, false, ok
}

// Options say where values come from. The zero value takes the environment and the file system.
type Options struct {
	Lookup   Lookup
	ReadFile func(path string) ([]byte, error)
	Names    []string // known variables, for did-you-mean; the environment's where Lookup is nil
	// Secret is told the values that came from ${file:…} or a secret store: never print or log them. It may be nil.
	Secret func(value string)
}

// reference is Logstash's form of a reference; ${file:…} is our own use of it.
var reference = regexp.MustCompile(`\$\{([a-zA-Z_.][a-zA-Z0-9_.]*)(?::([^}]*))?\}`)

// shellForm is what a shell would take, and Logstash leaves as it is.
var shellForm = regexp.MustCompile(`\$\{[a-zA-Z_][a-zA-Z0-9_]*[-?+=][^}]*\}`)

// Apply replaces references in place. In values (within lists, hashes and codecs too) they may stand anywhere in a
// string. In conditions only a string that is one reference is replaced, and never a pattern: that is Logstash's way.
// Names of options and keys of hashes are left alone.
func Apply(cfg *ast.Config, o Options) diag.List {
	if o.Lookup == nil {
		o.Lookup = Env
		for _, kv := range os.Environ() {
			name, _, _ := strings.Cut(kv, "=")
			o.Names = append(o.Names, name)
		}
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	a := &applier{Options: o}
	for _, s := range cfg.Sections {
		a.body(s.Body)
	}
	return a.diags
}

type applier struct {
	Options
	diags diag.List
}

func (a *applier) body(body []ast.Stmt) {
	for _, s := range body {
		switch s := s.(type) {
		case *ast.Plugin:
			a.plugin(s)
		case *ast.Branch:
			for _, arm := range s.Arms {
				a.cond(arm.Cond)
				a.body(arm.Body)
			}
		}
	}
}

func (a *applier) plugin(p *ast.Plugin) {
	for _, attr := range p.Attrs {
		attr.Value = a.value(attr.Value)
	}
}

func (a *applier) value(v ast.Value) ast.Value {
	switch v := v.(type) {
	case *ast.String:
		return a.text(v)
	case *ast.Array:
		for i, e := range v.Elems {
			v.Elems[i] = a.value(e)
		}
	case *ast.Hash:
		for _, e := range v.Entries {
			e.Value = a.value(e.Value)
		}
	case *ast.Plugin:
		a.plugin(v)
	}
	return v
}

// text replaces the references of a string. A string that is more than one reference and comes out as "[…]" becomes
// a list of its parts, and quotes around the whole go away, as in Logstash.
func (a *applier) text(s *ast.String) ast.Value {
	whole := isReference(s.Text)
	replaced := a.replace(s)
	if !replaced || whole {
		return s
	}
	s.Text = unquote(s.Text)
	if !strings.HasPrefix(s.Text, "[") || !strings.HasSuffix(s.Text, "]") {
		return s
	}
	list := &ast.Array{Span: s.Span}
	for _, part := range strings.Split(s.Text[1:len(s.Text)-1], ",") {
		if s.Text == "[]" {
			break
		}
		e := *s
		e.Text = unquote(strings.TrimSpace(part))
		list.Elems = append(list.Elems, &e)
	}
	return list
}

// isReference reports whether text is one reference and nothing else.
func isReference(text string) bool {
	at := reference.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

func unquote(s string) string {
	for _, quote := range []string{"'", `"`} {
		if len(s) > 1 && strings.HasPrefix(s, quote) && strings.HasSuffix(s, quote) {
			s = s[1 : len(s)-1]
		}
	}
	return s
}

// replace puts the values into s.Text; false where s has no reference.
func (a *applier) replace(s *ast.String) bool {
	found := reference.FindAllStringSubmatchIndex(s.Text, -1)
	a.shellForms(s)
	if found == nil {
		return false
	}
	var b strings.Builder
	last := 0
	for _, m := range found {
		b.WriteString(s.Text[last:m[0]])
		last = m[1]
		value, secret := a.resolve(s, s.Text[m[0]:m[1]], sub(s.Text, m, 1), sub(s.Text, m, 2), m[4] >= 0)
		b.WriteString(value)
		if secret && a.Secret != nil {
			a.Secret(value)
		}
	}
	b.WriteString(s.Text[last:])
	s.Text = b.String()
	return true
}

func sub(text string, m []int, i int) string {
	if m[2*i] < 0 {
		return ""
	}
	return text[m[2*i]:m[2*i+1]]
}

// resolve gives the value of one reference, which is written as whole.
func (a *applier) resolve(s *ast.String, whole, name, fallback string, hasFallback bool) (value string, secret bool) {
	if name == "file" && hasFallback {
		return a.file(s, whole, fallback), true
	}
	if value, secret, ok := a.Lookup(name); ok {
		return value, secret
	}
	if hasFallback {
		a.dashDefault(s, whole, name, fallback)
		return fallback, false
	}
	from, to := place(s, whole)
	d := a.diags.Errorf(from, to, "the variable `%s` is not defined", name)
	d.Hint = fmt.Sprintf("set it in the environment, or write a default: `${%s:default}`", name)
	if meant := diag.Suggest(name, a.Names); meant != "" && len(name) > 2 {
		d.Hint = fmt.Sprintf("did you mean `${%s}`? Else %s", meant, d.Hint)
	}
	return "", false
}

// file gives a file's contents without the line end that editors put there.
func (a *applier) file(s *ast.String, whole, path string) string {
	from, to := place(s, whole)
	full := path
	if !filepath.IsAbs(full) && s.Pos.File != "" {
		full = filepath.Join(filepath.Dir(s.Pos.File), path)
	}
	if strings.TrimSpace(path) == "" {
		a.diags.Errorf(from, to, "`%s` names no file", whole).Hint = "write `${file:/path/to/secret}`"
		return ""
	}
	data, err := a.ReadFile(full)
	switch {
	case err != nil:
		d := a.diags.Errorf(from, to, "cannot read the file of `%s`: %s", whole, reason(err))
		d.Hint = "the path counts from the folder of the configuration file: " + full
	case !utf8.Valid(data):
		a.diags.Errorf(from, to, "the file of `%s` is not UTF-8 text", whole).Detail = "the file is " + full
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
}

func reason(err error) string {
	switch {
	case os.IsNotExist(err):
		return "there is none"
	case os.IsPermission(err):
		return "permission denied"
	}
	return err.Error()
}

// dashDefault warns of ${VAR:-x}, which means x to a shell and -x here; numbers are well.
func (a *applier) dashDefault(s *ast.String, whole, name, fallback string) {
	rest, dash := strings.CutPrefix(fallback, "-")
	if !dash || rest == "" || rest[0] >= '0' && rest[0] <= '9' {
		return
	}
	from, to := place(s, whole)
	d := a.diags.Warnf(from, to, "the default of `%s` is `%s`, with its dash", whole, fallback)
	d.Hint = fmt.Sprintf("write `${%s:%s}` if no dash is meant", name, rest)
}

func (a *applier) shellForms(s *ast.String) {
	for _, form := range shellForm.FindAllString(s.Text, -1) {
		from, to := place(s, form)
		d := a.diags.Warnf(from, to, "`%s` is not a reference and stays as it is", form)
		d.Hint = "references are `${VAR}` and `${VAR:default}`"
	}
}

// place gives where in the source a part of a string stands.
func place(s *ast.String, part string) (from, to token.Pos) {
	i := strings.Index(s.Raw, part)
	if i < 0 {
		return s.Pos, s.End
	}
	from = step(s.Pos, "\""+s.Raw[:i])
	return from, step(from, part)
}

// step gives the place behind text that begins at pos.
func step(pos token.Pos, text string) token.Pos {
	pos.Offset += len(text)
	if n := strings.Count(text, "\n"); n > 0 {
		pos.Line += n
		pos.Col = 1
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	pos.Col += utf8.RuneCountInString(text)
	return pos
}
