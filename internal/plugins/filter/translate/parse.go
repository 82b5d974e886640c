package translate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"castor/internal/event"
	"castor/internal/ruby"
)

// parseJSON reads an object. As texts, numbers with decimals have the form of Ruby's BigDecimal, 0.15e1 for 1.5: so Logstash puts
// them into a text.
func parseJSON(text string, asTexts bool) (*table, error) {
	t := newTable()
	if strings.TrimSpace(text) == "" {
		return t, nil
	}
	var d event.Decoder
	v, err := d.Decode(text)
	if err != nil {
		return nil, err
	}
	if v.Object() == nil {
		return nil, errors.New("it must be one JSON object")
	}
	for _, m := range v.Object().Members() {
		if asTexts {
			m.Value = decimalsAsTexts(m.Value)
		}
		t.set(m.Key, m.Value)
	}
	return t, nil
}

func decimalsAsTexts(v event.Value) event.Value {
	switch {
	case v.Kind() == event.Float, v.Kind() == event.BigDecimal:
		return event.BigDecimalValue(bigDecimal(strconv.FormatFloat(v.Float(), 'e', -1, 64)))
	case v.Array() != nil:
		for i, w := range v.Array().Values {
			v.Array().Values[i] = decimalsAsTexts(w)
		}
	case v.Object() != nil:
		for _, m := range v.Object().Members() {
			v.Object().Set(m.Key, decimalsAsTexts(m.Value))
		}
	}
	return v
}

// bigDecimal turns 1.5e+00 into 0.15e1.
func bigDecimal(scientific string) string {
	mantissa, exponent, _ := strings.Cut(scientific, "e")
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	digits := strings.Replace(mantissa, ".", "", 1)
	n, _ := strconv.Atoi(exponent)
	if digits == "0" {
		return sign + "0.0"
	}
	return fmt.Sprintf("%s0.%se%d", sign, digits, n+1)
}

// yamlReader turns nodes into values as Ruby's Psych does: the scalars of YAML 1.1.
type yamlReader struct {
	streaming bool
	budget    int // of values: aliases of aliases must not fill memory
}

const maxValues = 20_000_000

var errTooLarge = errors.New("its aliases stand for too many values")

func parseYAML(text string, streaming bool) (*table, error) {
	t := newTable()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode {
		return t, nil
	}
	r := yamlReader{streaming: streaming, budget: maxValues}
	return t, r.pairs(document.Content[0], func(key, v event.Value) {
		if key.IsString() {
			t.set(key.Str(), v)
			return
		}
		t.otherKeys = append(t.otherKeys, ruby.ToS(key))
	})
}

func (r *yamlReader) pairs(n *yaml.Node, set func(key, v event.Value)) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Tag == "!!merge" {
			if err := r.merge(v, set); err != nil {
				return err
			}
			continue
		}
		key, err := r.value(k)
		if err != nil {
			return err
		}
		value, err := r.value(v)
		if err != nil {
			return err
		}
		set(key, value)
	}
	return nil
}

// merge is <<: the pairs of one hash or of several.
func (r *yamlReader) merge(n *yaml.Node, set func(key, v event.Value)) error {
	switch n.Kind {
	case yaml.AliasNode:
		return r.merge(n.Alias, set)
	case yaml.MappingNode:
		return r.pairs(n, set)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			if err := r.merge(c, set); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *yamlReader) value(n *yaml.Node) (event.Value, error) {
	if r.budget--; r.budget < 0 {
		return event.Value{}, errTooLarge
	}
	switch n.Kind {
	case yaml.AliasNode:
		return r.value(n.Alias)
	case yaml.SequenceNode:
		a := &event.Array{}
		for _, c := range n.Content {
			v, err := r.value(c)
			if err != nil {
				return v, err
			}
			a.Append(v)
		}
		return event.ArrayValue(a), nil
	case yaml.MappingNode:
		o := event.NewObject(len(n.Content) / 2)
		err := r.pairs(n, func(key, v event.Value) { o.Set(ruby.ToS(key), v) })
		return event.ObjectValue(o), err
	}
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted != 0 || n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!str" {
		return event.StringValue(n.Value), nil
	}
	if r.streaming {
		return simpleScalar(n.Value), nil
	}
	return scalar(n.Value), nil
}

var (
	simpleInteger = regexp.MustCompile(`^-?\d+$`)
	simpleFloat   = regexp.MustCompile(`^-?\d+\.\d+$`)

	yamlInteger = regexp.MustCompile(`^[-+]?(?:0|[1-9](?:[0-9]|[,_][0-9])*)$`)
	yamlOctal   = regexp.MustCompile(`^[-+]?0[0-7_,]+$`)
	yamlHex     = regexp.MustCompile(`^[-+]?0x[0-9a-fA-F_,]+$`)
	yamlBinary  = regexp.MustCompile(`^[-+]?0b[01_,]+$`)
	yamlFloat   = regexp.MustCompile(`^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?$`)
	yamlBase60  = regexp.MustCompile(`^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+$`)
)

// simpleScalar is the streaming strategy's.
func simpleScalar(s string) event.Value {
	switch {
	case s == "" || s == "~" || s == "null":
		return event.NullValue
	case s == "true" || s == "false":
		return event.BoolValue(s == "true")
	case simpleInteger.MatchString(s):
		return event.NumberValue(s)
	case simpleFloat.MatchString(s):
		f, _ := strconv.ParseFloat(s, 64)
		return event.FloatValue(f)
	}
	return event.StringValue(s)
}

// scalar is YAML 1.1's, as Psych reads it. A time stays a text.
func scalar(s string) event.Value {
	switch strings.ToLower(s) {
	case "", "~", "null":
		return event.NullValue
	case "yes", "true", "on":
		return event.BoolValue(true)
	case "no", "false", "off":
		return event.BoolValue(false)
	}
	digits := strings.TrimPrefix(strings.NewReplacer(",", "", "_", "").Replace(s), "+")
	switch {
	case yamlInteger.MatchString(s):
		return event.NumberValue(digits)
	case yamlOctal.MatchString(s), yamlHex.MatchString(s), yamlBinary.MatchString(s):
		if n, err := ruby.Integer(digits); err == nil {
			return n
		}
	case yamlBase60.MatchString(s):
		return base60(digits)
	case s != "." && yamlFloat.MatchString(s):
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return event.FloatValue(f)
		}
	case len(s) > 1 && s[0] == ':':
		return event.StringValue(strings.Trim(s[1:], `"'`)) // a Ruby symbol
	}
	return event.StringValue(s)
}

func base60(digits string) event.Value {
	negative := strings.HasPrefix(digits, "-")
	n := int64(0)
	for part := range strings.SplitSeq(strings.TrimPrefix(digits, "-"), ":") {
		d, _ := strconv.ParseInt(part, 10, 64)
		n = n*60 + d
	}
	if negative {
		n = -n
	}
	return event.IntValue(n)
}

// parseCSV reads lines of a key and a value, more values are passed over. Without quotes the empty text is null.
func parseCSV(text string) (*table, error) {
	t := newTable()
	for line := 1; text != ""; line++ {
		fields, rest, err := csvRow(text)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", line, err)
		}
		text = rest
		switch {
		case len(fields) == 0:
		case fields[0].IsNull():
			t.otherKeys = append(t.otherKeys, "nil")
		case len(fields) == 1:
			t.set(fields[0].Str(), event.NullValue)
		default:
			t.set(fields[0].Str(), fields[1])
		}
	}
	return t, nil
}

// csvRow reads one row; a field in quotes may hold line ends, and quotes doubled.
func csvRow(text string) (fields []event.Value, rest string, err error) {
	for {
		var field event.Value
		if strings.HasPrefix(text, `"`) {
			var s string
			if s, text, err = quotedField(text[1:]); err != nil {
				return nil, "", err
			}
			field = event.StringValue(s)
		} else {
			n := strings.IndexAny(text, ",\r\n")
			if n < 0 {
				n = len(text)
			}
			if strings.Contains(text[:n], `"`) {
				return nil, "", errors.New("a quote stands within a field without quotes")
			}
			if n > 0 {
				field = event.StringValue(text[:n])
			}
			text = text[n:]
		}
		if len(fields) > 0 || !field.IsNull() || strings.HasPrefix(text, ",") {
			fields = append(fields, field)
		}
		switch {
		case strings.HasPrefix(text, ","):
			text = text[1:]
		case strings.HasPrefix(text, "\r\n"):
			return fields, text[2:], nil
		case text == "":
			return fields, "", nil
		case text[0] == '\n' || text[0] == '\r':
			return fields, text[1:], nil
		default:
			return nil, "", errors.New("a comma is missing behind a quoted field")
		}
	}
}

func quotedField(text string) (field, rest string, err error) {
	var s strings.Builder
	for {
		n := strings.IndexByte(text, '"')
		if n < 0 {
			return "", "", errors.New("a quote is not closed")
		}
		s.WriteString(text[:n])
		text = text[n+1:]
		if !strings.HasPrefix(text, `"`) {
			return s.String(), text, nil
		}
		s.WriteByte('"')
		text = text[1:]
	}
}
