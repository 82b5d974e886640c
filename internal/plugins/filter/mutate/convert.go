package mutate

import (
	"fmt"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/regex"
	"castor/internal/ruby"
)

// conversion makes a value of another type; its error leaves the field as it is.
type conversion func(event.Value) (event.Value, error)

var conversionNames = []string{"string", "integer", "float", "boolean", "integer_eu", "float_eu"}

func conversionOf(name string) conversion {
	switch name {
	case "string":
		return toString
	case "integer":
		return toInteger
	case "float":
		return toFloat
	case "boolean":
		return toBoolean
	case "integer_eu":
		return func(v event.Value) (event.Value, error) { return toInteger(fromEU(v)) }
	case "float_eu":
		return func(v event.Value) (event.Value, error) { return toFloat(fromEU(v)) }
	}
	return nil
}

func (c *compiler) convert() {
	for _, p := range c.cfg.Convert {
		name := text(p.Value)
		to := conversionOf(name)
		if to == nil {
			err := plugin.BadValue("convert", p.Value, "there is no conversion to %q; expected one of: %s", name, strings.Join(conversionNames, ", "))
			if s := diag.Suggest(name, conversionNames); s != "" {
				err.Hint = fmt.Sprintf("did you mean %q?", s)
			}
			c.fail(err)
			return
		}
		f := c.field("convert", p.Key, plugin.Value{})
		c.add(func(e *event.Event, _ *regex.Scratch) error { return convert(e, &f, to) })
	}
}

func convert(e *event.Event, f *field, to conversion) error {
	v, err := f.get(e)
	if err != nil || v.IsNull() || v.Object() != nil {
		return err
	}
	w, err := mapped(v, func(x event.Value) (event.Value, error) {
		if x.IsNull() {
			return x, nil
		}
		return to(x)
	})
	if err != nil {
		return fmt.Errorf("convert %s: %w", f.ref, err)
	}
	return e.Set(f.ref, w)
}

func toString(v event.Value) (event.Value, error) { return event.StringValue(ruby.ToS(v)), nil }

// clean is a text that is to be a number: without blanks around and commas inside.
func clean(s string) string {
	return strings.ToLower(strings.ReplaceAll(ruby.Strip(s), ",", ""))
}

func toInteger(v event.Value) (event.Value, error) {
	switch v.Kind() {
	case event.Int, event.BigInt:
		return v, nil
	case event.Bool:
		if v.Bool() {
			return event.IntValue(1), nil
		}
		return event.IntValue(0), nil
	case event.Float, event.BigDecimal:
		return ruby.Truncate(v.Float())
	case event.Timestamp:
		return event.IntValue(v.Time().Sec), nil
	case event.String:
		return parseInteger(clean(v.Str()))
	}
	return event.Value{}, ruby.ErrNumber
}

// parseInteger takes decimal numbers of any form, of which it keeps the integer part, and hexadecimal ones.
func parseInteger(s string) (event.Value, error) {
	if !strings.HasPrefix(strings.TrimLeft(s, "+-"), "0x") {
		return ruby.DecimalInteger(s)
	}
	f, err := ruby.Float(s)
	switch {
	case err != nil:
		return event.Value{}, err
	case !strings.Contains(s, "."):
		return ruby.Integer(s)
	}
	return ruby.Truncate(f)
}

func toFloat(v event.Value) (event.Value, error) {
	switch v.Kind() {
	case event.Float:
		return v, nil
	case event.Int, event.BigInt, event.BigDecimal:
		return event.FloatValue(v.Float()), nil
	case event.Bool:
		if v.Bool() {
			return event.FloatValue(1), nil
		}
		return event.FloatValue(0), nil
	case event.Timestamp:
		t := v.Time()
		return event.FloatValue(float64(t.Sec) + float64(t.Nsec)/1e9), nil
	case event.String:
		f, err := ruby.Float(clean(v.Str()))
		return event.FloatValue(f), err
	}
	return event.Value{}, ruby.ErrNumber
}

var euNumbers = strings.NewReplacer(",", ".", ".", ",")

// fromEU turns 1.234,56 into 1,234.56.
func fromEU(v event.Value) event.Value {
	if !v.IsString() {
		return v
	}
	return event.StringValue(euNumbers.Replace(v.Str()))
}

// toBoolean knows some words and numbers; another value stays as it is, without a failure. One line of a text is enough.
func toBoolean(v event.Value) (event.Value, error) {
	if v.Array() != nil || v.Object() != nil {
		return v, nil
	}
	s := ruby.ToS(v)
	if s == "" {
		return event.BoolValue(false), nil
	}
	for _, truth := range []bool{true, false} {
		for line := range strings.SplitSeq(s, "\n") {
			if boolWord(line, truth) {
				return event.BoolValue(truth), nil
			}
		}
	}
	return v, nil
}

// boolWord knows 1.0 and 0.0 with any character for the point, as Logstash's expression does.
func boolWord(line string, truth bool) bool {
	words, digits := []string{"false", "f", "no", "n", "0"}, "00"
	if truth {
		words, digits = []string{"true", "t", "yes", "y", "1"}, "10"
	}
	for _, w := range words {
		if strings.EqualFold(line, w) {
			return true
		}
	}
	r := []rune(line)
	return len(r) == 3 && r[0] == rune(digits[0]) && r[2] == rune(digits[1])
}
