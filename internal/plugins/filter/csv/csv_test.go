package csv_test

import (
	"strings"
	"sync"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/csv"
	"castor/internal/testkit/onefilter"
)

// run puts lines through a filter and lists what came out, without the lines.
func run(t *testing.T, options string, lines ...string) (out []string) {
	t.Helper()
	f := onefilter.New(t, csv.Spec, options)
	for _, line := range lines {
		e := event.New(event.Now())
		e.Fields().Set("message", event.StringValue(line))
		for _, e := range f.Filter(event.Batch{e}) {
			e.Fields().Remove("message")
			out = append(out, onefilter.Text(e))
		}
	}
	return out
}

func TestRows(t *testing.T) {
	const failed = `{"tags":["_csvparsefailure"]}`
	for _, c := range []struct{ options, line, want string }{
		{``, `a,"b,c",,""`, `{"column1":"a","column2":"b,c","column3":null,"column4":""}`},
		{``, `"say ""hi""",x`, `{"column1":"say \"hi\"","column2":"x"}`},
		{``, "\"two\nlines\",x", `{"column1":"two\nlines","column2":"x"}`},
		{``, "first,1\nsecond,2", `{"column1":"first","column2":"1"}`},
		{``, `a"b,c`, failed},
		{``, `"a"b,c`, failed},
		{``, `"a,c`, failed},
		{``, "\"a\r\nb\",c\rd", failed},
		{``, ``, failed},
		{`skip_empty_rows => true`, ``, `{"tags":["_csvskippedemptyfield"]}`},
		{`separator => "||"`, `a|b||c`, `{"column1":"a|b","column2":"c"}`},
		{`separator => "||"`, `"a||b"||c`, `{"column1":"a||b","column2":"c"}`},
		{`separator => "	" quote_char => "'"`, "'a\tb'\tc", `{"column1":"a\tb","column2":"c"}`},
		{`quote_char => ""`, `a,b`, failed},
		{`columns => ["x", "[y][z]"] target => "t"`, `1,2,3`, `{"t":{"x":"1","y":{"z":"2"},"column3":"3"}}`},
		{`columns => ["x"] autogenerate_column_names => false skip_empty_columns => true`, `,2`, `{}`},
		{`columns => ["x]"]`, `1`, failed},
		{`columns => ["i","f","b","d","dt"] convert => { "i" => "integer" "f" => "float" "b" => "boolean" "d" => "date" "dt" => "date_time" }`,
			`7,1.5, TRUE ,2026-01-31,2026-01-31T12:00:00+02:00`, `{"i":7,"f":1.5,"b":true,"d":"2026-01-31T00:00:00.000Z","dt":"2026-01-31T10:00:00.000Z"}`},
		{`columns => ["i","d","dt"] convert => { "i" => "integer" "d" => "date" "dt" => "date_time" }`,
			`x,2026-02-31,Jan 3 25:00:00 2026`, `{"i":"x","d":"2026-02-31","dt":"Jan 3 25:00:00 2026"}`},
		{`convert => { "column1" => "boolean" }`, `,1`, failed},
	} {
		if got := strings.Join(run(t, c.options, c.line), ""); got != c.want {
			t.Errorf("%s on %q:\nexpected %s\n     got %s", c.options, c.line, c.want, got)
		}
	}
}

func TestHeaders(t *testing.T) {
	got := run(t, `autodetect_column_names => true skip_header => true`, "a,,c", "1,2,3", "a,,c", "4,5,6")
	if want := `{"a":"1","column2":"2","c":"3"} {"a":"4","column2":"5","c":"6"}`; strings.Join(got, " ") != want {
		t.Errorf("expected %s, got %s", want, got)
	}
	if got := run(t, `autodetect_column_names => true`, "", "a,b", "1,2"); strings.Join(got, " ") != `{"a":"1","b":"2"}` {
		t.Errorf("an empty text is no event where names are expected: %s", got)
	}
	if got := run(t, `columns => ["a", "b"] skip_header => true`, "a,b", "a,b,c"); len(got) != 1 {
		t.Errorf("a line with more than the names is no header: %s", got)
	}
}

func TestWorkersShareTheNames(t *testing.T) {
	f := onefilter.New(t, csv.Spec, `autodetect_column_names => true`)
	onefilter.RunText(t, f, "a,b")
	var wg sync.WaitGroup
	for range 4 {
		fork := f.(plugin.Forker).Fork()
		wg.Go(func() {
			for range 200 {
				if got := onefilter.RunText(t, fork, "1,2"); got != `{"message":"1,2","a":"1","b":"2"}` {
					t.Error(got)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`convert => { "a" => "integr" }`: `did you mean "integer"?`,
		`target => "[a"`:                 "invalid field reference",
		`source => "[a"`:                 "invalid field reference",
		`colums => ["a"]`:                `did you mean "columns"?`,
	} {
		if got := onefilter.Faults(t, csv.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", options, got, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,\"b\"\"c\",\r\nd", ",", "\"")
	f.Add("a||'b'||", "||", "'")
	f.Fuzz(func(t *testing.T, text, separator, quote string) {
		if strings.ContainsAny(separator+quote, `"\`) {
			return
		}
		filter, err := onefilter.Build(csv.Spec, `separator => "`+separator+`" quote_char => "`+quote+`"`, onefilter.Env())
		if err == nil {
			onefilter.RunText(t, filter, text)
		}
	})
}
