package csv

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		options string
		lines   []string
		want    []map[string]string // of the events
	}{
		{"", []string{`big,bird,"sesame, street"`}, []map[string]string{{"column1": "big", "column2": "bird", "column3": "sesame, street", "message": ""}}},
		{`columns => ["a", "b"] separator => ";"`, []string{"1;2;3"}, []map[string]string{{"a": "1", "b": "2", "column3": "3"}}},
		{`columns => ["a"] autogenerate_column_names => false`, []string{"1,2"}, []map[string]string{{"a": "1", "column2": ""}}},
		{`autodetect_column_names => true`, []string{"x,y", "1,2", "3,4"}, []map[string]string{{"x": "1", "y": "2"}, {"x": "3"}}},
		{`columns => ["a"] convert => { "a" => "integer" } target => "[t]"`, []string{"12"}, []map[string]string{{"[t][a]": "12"}}},
		{`charset => "ISO-8859-1" quote_char => "'"`, []string{"'\xe9,',x"}, []map[string]string{{"column1": "é,"}}},
		{`include_headers => true`, []string{"x,y"}, []map[string]string{{"column1": "x"}}},
		{`columns => ["[a][b]"] target => "t"`, []string{"1"}, []map[string]string{{"[a][b]": "", "t": `{"[a][b]":"1"}`}}},
		{`columns => ["message"]`, []string{"text"}, []map[string]string{{"message": "text"}}},
		{"", []string{`a"b,"`}, []map[string]string{{"message": `a"b,"`, "tags": failureTag}}},
	} {
		got := plugintest.Decoded(plugintest.Codec(t, "csv { "+c.options+" }", plugintest.Env(t), Spec), c.lines...)
		if len(got) != len(c.want) {
			t.Errorf("%s: expected %d events, got %d", c.options, len(c.want), len(got))
			continue
		}
		for i, fields := range c.want {
			for ref, want := range fields {
				if v := plugintest.Field(got[i], ref); v != want {
					t.Errorf("%s: %s: expected %q, got %q", c.options, ref, want, v)
				}
			}
		}
	}
}

func TestEncode(t *testing.T) {
	e := plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","a":"x","b":"q\"u,o","c":null,"d":"","n":5}`)
	more := plugintest.Event(t, `{"h":{"k":null},"l":[1,"x"],"f":1.0e-7}`)
	for options, want := range map[string]string{
		``: "2020-01-02T03:04:05.678Z,1,x,\"q\"\"u,o\",,\"\",5\n",
		`columns => ["n", "nope", "a"] separator => ";"`: "5;;x\n",
		`columns => ["n", "a"] include_headers => true`:  "n,a\n5,x\n",
	} {
		if got := plugintest.Encoded(t, plugintest.Codec(t, "csv { "+options+" }", plugintest.Env(t), Spec), e); got != want {
			t.Errorf("%s: expected %q, got %q", options, want, got)
		}
	}
	got := plugintest.Encoded(t, plugintest.Codec(t, `csv { columns => ["h", "l", "f"] }`, plugintest.Env(t), Spec), more)
	if want := "\"{\"\"k\"\"=>nil}\",\"[1, \"\"x\"\"]\",1.0e-07\n"; got != want {
		t.Errorf("expected %q, got %q", want, got)
	}
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec)
	plugintest.Refuses(t, reg, plugin.CodecType, `csv { convert => { "a" => "word" } }`, "convert")
	plugintest.Refuses(t, reg, plugin.CodecType, `csv { charset => "klingon" }`, "klingon")
	plugintest.Refuses(t, reg, plugin.CodecType, `csv { separator => "" }`, "separator")
}

func FuzzCSV(f *testing.F) {
	plugintest.FuzzCodec(f, `csv { convert => { "column1" => "float" } }`, []*plugin.Spec{Spec}, `a,"b""c",`, "\"", "1,2\n3", ",,,\r\n")
}
