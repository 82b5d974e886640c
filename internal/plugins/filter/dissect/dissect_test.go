package dissect_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/dissect"
	"castor/internal/testkit/onefilter"
)

func TestDissect(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`mapping => { "message" => "%{a/} %{b}" }`, `{"message":"1 2"}`, `{"message":"1 2","a/":"1","b":"2"}`},
		{`mapping => { "message" => "%{+a/2}%{x}-%{+a/1}" }`, `{"message":"1-2"}`, `{"message":"1-2","tags":["_dissectfailure"]}`},
		{`mapping => { "message" => "%{?k}=%{&k}" }`, `{"message":"[x=2"}`, `{"message":"[x=2","tags":["_dissectfailure"]}`},
		{`mapping => { "message" => "%{?k}=%{&k}" }`, `{"message":"=2"}`, `{"message":"=2"}`},
		{`mapping => { "message" => "%{[h][x]} %{b}" } add_tag => ["ok"]`, `{"message":"1 2","h":"text"}`, `{"message":"1 2","h":"text","tags":["_dissectfailure"]}`},
		{`mapping => { "a]b" => "%{c} %{d}" }`, `{"message":"1 2"}`, `{"message":"1 2","tags":["_dissectfailure"]}`},
		{`mapping => { "message" => "a}" }`, `{"message":"1 2"}`, `{"message":"1 2","tags":["_dissectfailure"]}`},
		{`mapping => { "message" => "%{+a} %{b}" }`, `{"message":"1 2","a":["x",["y"]]}`, `{"message":"1 2","a":"[x, [y]] 1","b":"2"}`},
		{`mapping => { "message" => "%{+a} %{b}" }`, `{"message":"1 2","a":null}`, `{"message":"1 2","a":null,"b":"2","tags":["_dissectfailure"]}`},
		{`mapping => { "message" => "%{&a} %{b}" }`, `{"message":"1 2","a":{"k":"v"}}`, `{"message":"1 2","a":{"k":"v"},"b":"2","{k=v}":"1"}`},
		{`convert_datatype => { "n" => "float" }`, `{"n":"1E-9"}`, `{"n":1E-9}`},
		{`convert_datatype => { "n" => "float" }`, `{"n":"+007.50"}`, `{"n":7.50}`},
		{`convert_datatype => { "n" => "float" }`, `{"n":".5"}`, `{"n":0.5}`},
		{`convert_datatype => { "n" => "float" }`, `{"n":"25e3"}`, `{"n":2.5E+4}`},
		{`convert_datatype => { "n" => "INT" }`, `{"n":"-25.9e1"}`, `{"n":-259}`},
		{`convert_datatype => { "n" => "int" }`, `{"n":"1e30"}`, `{"n":1000000000000000000000000000000}`},
		{`convert_datatype => { "n" => "int" }`, `{"n":"1e999999999"}`, `{"n":"1e999999999","tags":["_dataconversionuncoercible_n_int"]}`},
		{`convert_datatype => { "n" => "int" }`, `{"n":[1]}`, `{"n":[1],"tags":["_dataconversionuncoercible_n_int"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, dissect.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for mapping, want := range map[string]string{
		"plain text": "no %{field}", "%{+&a} %{b}": "cannot be joined", "%{&+a}": "cannot be joined", "%{+}": "name is missing", "%{&/2}": "name is missing",
		"%{a]} %{b}": "field reference", "%{unclosed": "no %{field}",
	} {
		if got := onefilter.Faults(t, dissect.Spec, `mapping => { "message" => "`+mapping+`" }`); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", mapping, got, want)
		}
	}
	if got := onefilter.Faults(t, dissect.Spec, `convert_datatype => { "a" => "integer" }`); !strings.Contains(got, "int or float") {
		t.Error(got)
	}
}

func FuzzDissect(f *testing.F) {
	f.Add("%{a} %{+a/2}-%{?k}=%{&k}", "1 2-3=4")
	f.Add("<%{p->}>%{b}", "<<1>>2")
	f.Fuzz(func(t *testing.T, mapping, text string) {
		if strings.ContainsAny(mapping, `"\`) {
			return
		}
		filter, err := onefilter.Build(dissect.Spec, `mapping => { "message" => "`+mapping+`" }`, onefilter.Env())
		if err != nil {
			return
		}
		onefilter.RunText(t, filter, text)
	})
}
