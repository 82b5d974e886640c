package plugin

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/token"
)

// Configured is a plugin with its decoded options, ready to be built.
type Configured struct {
	Spec *Spec
	Node *ast.Plugin
	cfg  any
}

// Common returns the options that every plugin has.
func (c *Configured) Common() *Common { return c.cfg.(commoner).common() }

// Output returns the options that every output has, nil for other plugins.
func (c *Configured) Output() *OutputCommon {
	if o, ok := c.cfg.(interface{ output() *OutputCommon }); ok {
		return o.output()
	}
	return nil
}

// Decode checks the settings of p against the plugin's options, and the options' values against
// their types by Logstash's own rules of coercion. All faults go to diags; the result is nil after errors.
func (r *Registry) Decode(t Type, p *ast.Plugin, diags *diag.List) *Configured {
	spec := r.Find(t, p.Name)
	if spec == nil {
		r.unknownPlugin(t, p, diags)
		return nil
	}
	cfg := reflect.New(spec.config)
	d := decoder{registry: r, spec: spec, plugin: p, diags: diags, cfg: cfg.Elem()}
	if !d.run() {
		return nil
	}
	return &Configured{Spec: spec, Node: p, cfg: cfg.Interface()}
}

func (r *Registry) unknownPlugin(t Type, p *ast.Plugin, diags *diag.List) {
	d := diags.Errorf(p.NamePos, end(p.NamePos, p.Name), "no %s plugin named %q", t, p.Name)
	switch s := diag.Suggest(p.Name, r.Names(t)); {
	case s != "":
		d.Hint = fmt.Sprintf("did you mean %q?", s)
	case replacements[p.Name] != "":
		d.Hint = replacements[p.Name]
	default:
		d.Hint = fmt.Sprintf("the %ss are: %s", t, strings.Join(slices.Sorted(slices.Values(r.Names(t))), ", "))
	}
}

// replacements says what to use instead of plugins that Castor does not have.
var replacements = map[string]string{
	"kafka":         "Castor's brokers are redis and rabbitmq",
	"elasticsearch": "elasticsearch is an output of castor-indexer",
}

func end(pos token.Pos, text string) token.Pos {
	pos.Col += len([]rune(text))
	pos.Offset += len(text)
	return pos
}

type decoder struct {
	registry *Registry
	spec     *Spec
	plugin   *ast.Plugin
	diags    *diag.List
	cfg      reflect.Value
	failed   bool
}

func (d *decoder) run() bool {
	d.defaults()
	common := d.cfg.Addr().Interface().(commoner).common()
	common.set = map[string]token.Pos{}
	for _, a := range d.settings() {
		common.set[a.Name] = a.Value.Start()
		d.setting(a)
	}
	for _, o := range d.spec.Options {
		if o.Required && !common.IsSet(o.Name) && !slices.ContainsFunc(o.Unless, common.IsSet) {
			d.missing(o)
		}
	}
	return !d.failed
}

// settings merges repeated options; those that cannot be merged are reported.
func (d *decoder) settings() []*ast.Attr {
	attrs, err := d.plugin.Settings()
	var clash *ast.MergeError
	if errors.As(err, &clash) {
		m := d.errorf(clash.Second.Pos, end(clash.Second.Pos, clash.Second.Name), "%s: the option %q stands twice, and the two values cannot be joined", d.title(), clash.Second.Name)
		m.Related = []diag.Related{{Pos: clash.First.Pos, Text: "the first one is here"}}
	}
	return attrs
}

func (d *decoder) defaults() {
	for i := range d.spec.Options {
		o := &d.spec.Options[i]
		if !o.HasDefault {
			continue
		}
		if err := d.assign(o, Value{defaultNode(o, d.plugin)}); err != nil {
			panic(fmt.Sprintf("%s %s: default of %s: %v", d.spec.Type, d.spec.Name, o.Name, err))
		}
	}
}

func defaultNode(o *Option, p *ast.Plugin) ast.Value {
	span := ast.Span{Pos: p.NamePos, End: end(p.NamePos, p.Name)}
	scalar := func(s string) ast.Value { return &ast.String{Span: span, Text: s, Raw: s, Quote: '"'} }
	switch o.Type {
	case "array":
		a := &ast.Array{Span: span}
		for e := range strings.SplitSeq(o.Default, "|") {
			if e != "" {
				a.Elems = append(a.Elems, scalar(e))
			}
		}
		return a
	case "hash":
		return &ast.Hash{Span: span}
	case "codec":
		return &ast.Plugin{Span: span, Name: o.Default, NamePos: p.NamePos}
	}
	return scalar(o.Default)
}

func (d *decoder) errorf(pos, stop token.Pos, format string, args ...any) *diag.Diagnostic {
	d.failed = true
	return d.diags.Errorf(pos, stop, format, args...)
}

func (d *decoder) title() string { return fmt.Sprintf("%s %s", d.spec.Type, d.spec.Name) }

func (d *decoder) missing(o Option) {
	m := d.errorf(d.plugin.NamePos, end(d.plugin.NamePos, d.plugin.Name), "%s needs the option %q", d.title(), o.Name)
	m.Detail = o.Doc
	m.Hint = fmt.Sprintf("add %s => … (%s)", o.Name, o.Type)
}

func (d *decoder) setting(a *ast.Attr) {
	o := d.spec.Option(a.Name)
	if o == nil {
		d.unknownOption(a)
		return
	}
	stop := end(a.Pos, a.Name)
	switch {
	case o.Obsolete != "":
		d.errorf(a.Pos, stop, "%s: the option %q is gone", d.title(), a.Name).Hint = o.Obsolete
		return
	case o.Deprecated != "":
		d.diags.Warnf(a.Pos, stop, "%s: the option %q is deprecated", d.title(), a.Name).Hint = o.Deprecated
	case o.Ignored != "":
		d.diags.Warnf(a.Pos, stop, "%s: the option %q has no effect here", d.title(), a.Name).Detail = o.Ignored
	}
	if err := d.assign(o, Value{a.Value}); err != nil {
		d.badValue(o, a, err)
	}
}

func (d *decoder) unknownOption(a *ast.Attr) {
	m := d.errorf(a.Pos, end(a.Pos, a.Name), "%s has no option %q", d.title(), a.Name)
	names := make([]string, len(d.spec.Options))
	for i, o := range d.spec.Options {
		names[i] = o.Name
	}
	if s := diag.Suggest(a.Name, names); s != "" {
		m.Hint = fmt.Sprintf("did you mean %q?", s)
		return
	}
	m.Hint = fmt.Sprintf("`castor-indexer docs %s` lists its options", d.spec.Name)
}

func (d *decoder) badValue(o *Option, a *ast.Attr, err error) {
	pos, stop := a.Value.Start(), a.Value.Stop()
	var oe *OptionError
	if errors.As(err, &oe) {
		if oe.Pos.IsValid() {
			pos, stop = oe.Pos, token.Pos{}
		}
		err = oe.Err
	}
	m := d.errorf(pos, stop, "%s: option %q: %v", d.title(), o.Name, err)
	switch {
	case len(o.Enum) > 0:
		text, _ := Value{a.Value}.Text()
		m.Detail = "expected one of: " + strings.Join(o.Enum, ", ")
		if s := diag.Suggest(text, o.Enum); s != "" {
			m.Hint = fmt.Sprintf("did you mean %q?", s)
		}
	case examples[o.Type] != "":
		m.Hint = fmt.Sprintf("write it as %s => %s", o.Name, examples[o.Type])
	}
}

var examples = map[string]string{
	"number": "5", "boolean": "true", "hash": `{ "key" => "value" }`, "array": `["a", "b"]`, "codec": "json", "bytes": `"10MB"`,
}

// assign converts v to the option's type and stores it.
func (d *decoder) assign(o *Option, v Value) error {
	field := d.cfg.FieldByIndex(o.index)
	switch p := field.Addr().Interface().(type) {
	case *Value:
		*p = v
		return nil
	case *Array:
		*p = v.List()
		return nil
	case *[]string:
		if v.IsHash() {
			d.diags.Warnf(v.Pos(), v.node.Stop(), "%s: option %q: a hash where a list is expected; each of its pairs is one text", d.title(), o.Name)
			*p = pairTexts(v.Hash())
			return nil
		}
		return assignTexts(p, v, o)
	case *Hash:
		h, err := hashOf(v)
		*p = h
		return err
	case *CodecOption:
		return d.codec(p, v)
	}
	text, err := scalarOf(v, o)
	if err != nil {
		return err
	}
	if o.Name == "id" && (v.IsNumber() || v.IsArray()) { // a plugin's id alone is never made a text of something else
		return fmt.Errorf("expected a text, got %s", shapeOf(v))
	}
	return assignText(field.Addr().Interface(), text, v)
}

// scalarOf unwraps an array of one, as Logstash does, and checks the allowed values.
func scalarOf(v Value, o *Option) (string, error) {
	if v.IsArray() {
		list := v.List()
		if len(list) != 1 {
			return "", fmt.Errorf("expected one %s, got a list of %d", o.Type, len(list))
		}
		v = list[0]
	}
	text, ok := v.Text()
	if !ok {
		return "", fmt.Errorf("expected %s, got %s", withArticle(o.Type), shapeOf(v))
	}
	if len(o.Enum) > 0 && !slices.Contains(o.Enum, text) {
		return "", fmt.Errorf("%q is not allowed", text)
	}
	return text, nil
}

func withArticle(t string) string {
	if strings.ContainsRune("aeiou", rune(t[0])) {
		return "an " + t
	}
	return "a " + t
}

func shapeOf(v Value) string {
	switch v.node.(type) {
	case *ast.Hash:
		return "a hash"
	case *ast.Array:
		return "an array"
	case *ast.Plugin:
		return "a codec"
	}
	text, _ := v.Text()
	return strconv.Quote(text)
}

func assignTexts(p *[]string, v Value, o *Option) error {
	*p = nil
	for _, e := range v.List() {
		text, ok := e.Text()
		if !ok {
			return &OptionError{Pos: e.Pos(), Err: fmt.Errorf("expected a list of strings, got %s in it", shapeOf(e))}
		}
		if len(o.Enum) > 0 && !slices.Contains(o.Enum, text) {
			return &OptionError{Pos: e.Pos(), Err: fmt.Errorf("%q is not allowed", text)}
		}
		*p = append(*p, text)
	}
	return nil
}

// pairTexts is what Logstash makes of a hash where it wants a list of texts: a list of the pairs, each of them written as a list.
func pairTexts(h Hash) []string {
	texts := make([]string, len(h))
	for i, p := range javaOrder(h) {
		value, ok := p.Value.Text()
		if !ok {
			value = p.Value.Event().String()
		}
		texts[i] = fmt.Sprintf("[%q, %q]", p.Key, value)
	}
	return texts
}

// hashOf takes a hash, or an array of keys and values in turn, which Logstash takes as well.
func hashOf(v Value) (Hash, error) {
	if v.IsHash() {
		return javaOrder(v.Hash()), nil
	}
	if !v.IsArray() {
		return nil, fmt.Errorf("expected a hash, got %s", shapeOf(v))
	}
	list := v.List()
	if len(list) == 1 && list[0].IsHash() {
		return list[0].Hash(), nil
	}
	if len(list)%2 != 0 {
		return nil, fmt.Errorf("expected a hash, got an array with an odd number of elements (%d)", len(list))
	}
	var h Hash
	for i := 0; i < len(list); i += 2 {
		key, ok := list[i].Text()
		if !ok {
			return nil, fmt.Errorf("expected a hash, got an array whose element %d is no key", i+1)
		}
		h = append(h, Pair{Key: key, KeyPos: list[i].Pos(), Value: list[i+1]})
	}
	return h, nil
}

func (d *decoder) codec(p *CodecOption, v Value) error {
	node, ok := v.node.(*ast.Plugin)
	if !ok {
		text, ok := v.Text()
		if !ok {
			return fmt.Errorf("expected a codec, got %s", shapeOf(v))
		}
		node = &ast.Plugin{Span: ast.Span{Pos: v.Pos(), End: v.node.Stop()}, Name: text, NamePos: v.Pos()}
	}
	c := d.registry.Decode(CodecType, node, d.diags)
	if c == nil {
		d.failed = true
		return nil
	}
	*p = CodecOption{c}
	return nil
}

func assignText(p any, text string, v Value) (err error) {
	switch p := p.(type) {
	case *string:
		*p = text
	case *Password:
		*p = Password(text)
	case *Path:
		*p = Path(text)
		return checkPath(text)
	case *bool:
		*p, err = parseBool(text)
	case *int:
		var n *ast.Number
		n, err = number(text, v)
		*p = int(n.Int)
	case *int64:
		var n *ast.Number
		n, err = number(text, v)
		*p = n.Int
	case *float64:
		var n *ast.Number
		n, err = number(text, v)
		*p = n.Float
	case *Bytes:
		*p, err = ParseBytes(text)
	case *event.Ref:
		*p, err = event.ParseRef(text)
	case *event.Template:
		*p = *event.ParseTemplate(text)
	default:
		panic(fmt.Sprintf("no decoding for %T", p))
	}
	return err
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("expected true or false, got %q", text)
}

// number is a number, or a text that is one in the form in which Ruby writes it: "5" and "1.5", but not "05", "1.50" or "1e3".
func number(text string, v Value) (*ast.Number, error) {
	if n, ok := v.node.(*ast.Number); ok {
		if !n.IsInt {
			return &ast.Number{Float: n.Float, Int: int64(n.Float)}, nil
		}
		return n, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return &ast.Number{Int: n, Float: float64(n)}, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && string(event.AppendRubyFloat(nil, f)) == text {
		return &ast.Number{Int: int64(f), Float: f}, nil
	}
	return &ast.Number{}, fmt.Errorf("expected a number, got %q", text)
}

// Build makes the plugin. It has no side effects beyond reading files that the configuration
// names; faults go to diags with their places, and the result is nil after errors.
func (c *Configured) Build(env Env, diags *diag.List) any {
	common := c.Common()
	if common.ID != "" {
		env.ID = common.ID
	}
	if common.ECSCompatibility != "" {
		env.ECS = ECS(common.ECSCompatibility)
	}
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	if env.Zone == nil {
		env.Zone = time.UTC
	}
	title := fmt.Sprintf("%s %s", c.Spec.Type, c.Spec.Name)
	env.Warn = func(pos token.Pos, format string, args ...any) {
		if !pos.IsValid() {
			pos = c.Node.NamePos
		}
		diags.Warnf(pos, token.Pos{}, "%s: %s", title, fmt.Sprintf(format, args...))
	}
	if err := c.cfg.(commoner).compile(); err != nil {
		c.report(err, title, diags)
		return nil
	}
	built, err := c.Spec.build(c.cfg, &env)
	if err != nil {
		c.report(err, title, diags)
		return nil
	}
	return built
}

func (c *Configured) report(err error, title string, diags *diag.List) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			c.report(e, title, diags)
		}
		return
	}
	var inner diag.List // what a codec said about its own options
	if errors.As(err, &inner) && len(inner) > 0 {
		*diags = append(*diags, inner...)
		return
	}
	pos, hint := c.Node.NamePos, ""
	var oe *OptionError
	if errors.As(err, &oe) {
		if p, ok := c.Common().set[oe.Option]; ok {
			pos = p
		}
		if oe.Pos.IsValid() {
			pos = oe.Pos
		}
		hint = oe.Hint
	}
	var named interface{ OptionName() string } // packages below the contracts name the option like this
	if errors.As(err, &named) {
		if p, ok := c.Common().set[named.OptionName()]; ok {
			pos = p
		}
	}
	diags.Errorf(pos, token.Pos{}, "%s: %v", title, err).Hint = hint
}

// CodecOption is the value of a codec option.
type CodecOption struct{ c *Configured }

// Name is the codec's name.
func (o CodecOption) Name() string { return o.c.Spec.Name }

// New makes a codec of its own for one stream.
func (o CodecOption) New(env *Env) (Codec, error) {
	var diags diag.List
	codec, _ := o.c.Build(*env, &diags).(Codec)
	if codec == nil {
		return nil, diags
	}
	return codec, nil
}

// NewCodec makes a codec with its default options, for the parts of a program that read without a configuration.
func (r *Registry) NewCodec(name string, env Env) (Codec, error) {
	var diags diag.List
	c := r.Decode(CodecType, &ast.Plugin{Name: name}, &diags)
	if c == nil {
		return nil, diags
	}
	return CodecOption{c}.New(&env)
}
