package kv

import (
	"fmt"

	"castor/internal/plugin"
	"castor/internal/regex"
)

// grammar is the expression that finds one pair, made of the options as Logstash makes it: its results on odd texts are those of
// this expression, whose first group is the key and whose others are the value in its possible wrappings.
type grammar struct {
	splitter *regex.Regexp // between key and value: a text without it has no pairs
	pair     *regex.Regexp
	plain    *plain // the same by hand, where the options allow it
}

func newGrammar(cfg *config) (*grammar, error) {
	for _, o := range []struct {
		name, text string
		given      bool
	}{
		{"value_split", cfg.ValueSplit, true},
		{"field_split_pattern", cfg.FieldSplitPattern, cfg.IsSet("field_split_pattern")},
		{"value_split_pattern", cfg.ValueSplitPattern, cfg.IsSet("value_split_pattern")},
	} {
		if o.given && o.text == "" {
			return nil, plugin.BadOption(o.name, "must not be empty")
		}
	}
	fields, err := separator(cfg, "field_split", cfg.FieldSplit, cfg.FieldSplitPattern)
	if err != nil {
		return nil, err
	}
	values, err := separator(cfg, "value_split", cfg.ValueSplit, cfg.ValueSplitPattern)
	if err != nil {
		return nil, err
	}
	if cfg.Whitespace == "lenient" {
		values = "(?: *" + values + " *)"
	}
	g := &grammar{}
	if g.splitter, err = compile("value_split", values); err != nil {
		return nil, err
	}
	text := key(cfg, fields, values) + values + value(cfg, fields) + "?(?:" + fields + "|$)"
	if g.pair, err = compile("field_split", text); err != nil {
		return nil, err
	}
	g.plain = newPlain(cfg)
	return g, nil
}

// separator is the expression of an option's characters, or of its pattern.
func separator(cfg *config, option, chars, pattern string) (string, error) {
	text := "[" + chars + "]"
	if cfg.IsSet(option + "_pattern") {
		option, text = option+"_pattern", pattern
	}
	if _, err := compile(option, text); err != nil {
		return "", err
	}
	return "(?:" + text + ")", nil
}

func compile(option, text string) (*regex.Regexp, error) {
	re, err := regex.Compile(text, regex.Options{})
	if err != nil {
		return nil, &plugin.OptionError{Option: option, Err: fmt.Errorf("the regular expression `%s` cannot be compiled: %w", text, err), Hint: `write \\ before [ ] ^ - and \ among the characters`}
	}
	return re, nil
}

func key(cfg *config, fields, values string) string {
	if cfg.IsSet("value_split_pattern") || cfg.IsSet("field_split_pattern") {
		return untilPattern(values + "|" + fields)
	}
	return untilChars(cfg.ValueSplit + cfg.FieldSplit)
}

func value(cfg *config, fields string) string {
	text := "(?:" + quoted(`"`, `"`) + "|" + quoted("'", "'")
	if cfg.IncludeBrackets {
		text += "|" + quoted(`\(`, `\)`) + "|" + quoted(`\[`, `\]`) + "|" + quoted("<", ">")
	}
	if cfg.IsSet("field_split_pattern") {
		return text + "|" + untilPattern(fields) + ")"
	}
	return text + "|" + untilChars(cfg.FieldSplit) + ")"
}

func quoted(begin, end string) string { return begin + untilChars(end) + "?" + end }

// untilPattern captures up to where the pattern matches.
func untilPattern(pattern string) string { return `((?:(?!` + pattern + `)(?:\\.|.))+)` }

// untilChars captures up to one of the characters that no backslash stands before.
func untilChars(chars string) string { return `((?:\\.|[^` + chars + `])+)` }
