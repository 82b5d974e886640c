package plugin

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteReference writes the reference page of a plugin, in Markdown.
func WriteReference(w io.Writer, s *Spec) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n\n%s\n\n", s.Name, s.Type, s.Summary)
	own, common := s.split()
	writeOptions(&b, "Options", own)
	writeOptions(&b, "Common options", common)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Spec) split() (own, common []Option) {
	for _, o := range s.Options {
		if o.Common {
			common = append(common, o)
		} else {
			own = append(own, o)
		}
	}
	byName := func(a, b Option) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(own, byName)
	slices.SortFunc(common, byName)
	return own, common
}

func writeOptions(b *strings.Builder, title string, options []Option) {
	if len(options) == 0 {
		return
	}
	fmt.Fprintf(b, "## %s\n\n", title)
	for _, o := range options {
		fmt.Fprintf(b, "### `%s`\n\n%s\n\n", o.Name, o.facts())
		fmt.Fprintf(b, "%s\n\n", o.Doc)
		for _, note := range []struct{ what, text string }{
			{"No effect here", o.Ignored}, {"Deprecated", o.Deprecated}, {"Not supported", o.Obsolete},
		} {
			if note.text != "" {
				fmt.Fprintf(b, "*%s:* %s.\n\n", note.what, strings.TrimSuffix(note.text, "."))
			}
		}
	}
}

// facts is the line with type, default and whether the option must be given.
func (o *Option) facts() string {
	facts := []string{o.Type}
	switch {
	case len(o.Unless) > 0:
		facts = append(facts, "required without `"+strings.Join(o.Unless, "` or `")+"`")
	case o.Required:
		facts = append(facts, "required")
	}
	if len(o.Enum) > 0 {
		facts = append(facts, "one of `"+strings.Join(o.Enum, "`, `")+"`")
	}
	switch {
	case o.HasDefault && o.Type == "array" && o.Default != "":
		facts = append(facts, "default `[\""+strings.ReplaceAll(o.Default, "|", `", "`)+"\"]`")
	case o.HasDefault && o.Default == "\n":
		facts = append(facts, "default a line feed")
	case o.HasDefault && o.Default != "":
		facts = append(facts, "default `"+o.Default+"`")
	}
	return strings.Join(facts, ", ")
}

// WriteIndex writes the list of all plugins, in Markdown.
func WriteIndex(w io.Writer, r *Registry) error {
	var b strings.Builder
	for _, t := range []Type{InputType, CodecType, FilterType, OutputType} {
		fmt.Fprintf(&b, "## %ss\n\n", strings.ToUpper(string(t[:1]))+string(t[1:]))
		names := r.Names(t)
		slices.Sort(names)
		for _, n := range names {
			fmt.Fprintf(&b, "- `%s`: %s\n", n, r.Find(t, n).Summary)
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
