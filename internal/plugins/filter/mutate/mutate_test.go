package mutate_test

import (
	"strings"
	"sync"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/mutate"
	"castor/internal/testkit/onefilter"
)

func TestOperations(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`convert => { "a" => "integer" }`, `{"a":["1","0x1F"," 1,234.9 "]}`, `{"a":[1,31,1234]}`},
		{`convert => { "a" => "integer" }`, `{"a":"1e30"}`, `{"a":1000000000000000000000000000000}`},
		{`convert => { "a" => "integer" }`, `{"a":"1e999999999"}`, `{"a":"1e999999999","tags":["_mutate_error"]}`},
		{`convert => { "a" => "integer" }`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`convert => { "a" => "float" }`, `{"a":"1_000.5"}`, `{"a":1000.5}`},
		{`convert => { "a" => "float" }`, `{"a":"1__0"}`, `{"a":"1__0","tags":["_mutate_error"]}`},
		{`convert => { "a" => "string" }`, `{"a":[1.0,1e20,true,["x",null]]}`, `{"a":["1.0","1.0e+20","true","[\"x\", nil]"]}`},
		{`convert => { "a" => "boolean" }`, `{"a":["YES","0","maybe",1.0,"no\nyes"]}`, `{"a":[true,false,"maybe",true,true]}`},
		{`uppercase => ["a"]`, `{"a":["straße",1]}`, `{"a":["STRASSE",1]}`},
		{`lowercase => ["a"]`, `{"a":"ΣΑΣ"}`, `{"a":"σασ"}`},
		{`capitalize => ["a"]`, `{"a":"ǆUNGLA"}`, `{"a":"ǅungla"}`},
		{`strip => ["a"]`, `{"a":[" x\t","y"]}`, `{"a":["x","y"]}`},
		{`strip => ["a"]`, `{"a":[" x",1]}`, `{"a":[" x",1],"tags":["_mutate_error"]}`},
		{`gsub => ["a", "(\w+)-(\w+)", "\2-\1"]`, `{"a":"left-right"}`, `{"a":"right-left"}`},
		{`gsub => ["a", "%{b}", "<%{c}>"]`, `{"a":"xyx","b":"x","c":1}`, `{"a":"<1>y<1>","b":"x","c":1}`},
		{`gsub => ["a", "%{b}", ""]`, `{"a":"xyx","b":"("}`, `{"a":"xyx","b":"(","tags":["_mutate_error"]}`},
		{`split => { "a" => "," }`, `{"a":"x,,y,,"}`, `{"a":["x","","y"]}`},
		{`split => { "a" => " " }`, `{"a":"  x  y "}`, `{"a":["x","y"]}`},
		{`gsub => ["a", "x", "\k<n>"]`, `{"a":"xyx"}`, `{"a":"xyx","tags":["_mutate_error"]}`},
		{`rename => { "a" => "[%{b}]" }`, `{"a":1,"b":""}`, `{"b":"","tags":["_mutate_error"]}`},
		{`rename => { "a" => "%{[x}" }`, `{"a":1}`, `{"a":1,"tags":["_mutate_error"]}`},
		{`split => { "a" => 1 }`, `{"a":"x1y"}`, `{"a":"x1y","tags":["_mutate_error"]}`},
		{`join => { "a" => "-" }`, `{"a":[1,[2.0,null],{"k":true}]}`, `{"a":"1-2.0--{\"k\"=>true}"}`},
		{`merge => { "a" => ["b", "c"] }`, `{"a":["x"],"b":"y","c":["z"]}`, `{"a":["x","y","z"],"b":"y","c":["z"]}`},
		{`merge => { "a" => "b" }`, `{"a":{"x":1},"b":{"y":2}}`, `{"a":{"x":1,"y":2},"b":{"y":2}}`},
		{`merge => { "a" => "b" }`, `{"a":{"x":1},"b":"y"}`, `{"a":{"x":1},"b":"y"}`},
		{`copy => { "a" => "b" }`, `{"a":{"x":[1]}}`, `{"a":{"x":[1]},"b":{"x":[1]}}`},
		{`rename => { "%{k}" => "[n][%{k}]" }`, `{"k":"a","a":1}`, `{"k":"a","n":{"a":1}}`},
		{`coerce => { "a" => "none" "b" => "none" }`, `{"a":null}`, `{"a":"none"}`},
		{`update => { "a" => "x" "b" => "x" }`, `{"a":1}`, `{"a":"x"}`},
		{`replace => { "a" => "%{b}!" "c" => 5 }`, `{"b":1}`, `{"b":1,"a":"1!","c":"5"}`},
		{`replace => { "[a" => "x" } add_tag => ["ok"]`, `{}`, `{"tags":["_mutate_error"]}`},
		{`rename => { "a" => "[b" } tag_on_failure => "bad"`, `{"a":1}`, `{"tags":["bad"]}`},
		{`replace => { "a" => "new" } lowercase => ["a"] uppercase => ["a"]`, `{}`, `{"a":"new"}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, mutate.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s on %s:\nexpected %s\n     got %s", c.options, c.in, c.want, got)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`convert => { "a" => "intger" }`:                   `did you mean "integer"?`,
		`gsub => ["a", "b"]`:                               "three values for each replacement",
		`gsub => ["a", "(", "b"]`:                          "cannot be compiled",
		`gsub => [["a", "b", "c"]]`:                        "three values",
		`gsub => ["a", ["b"], "c"]`:                        "the list is flat",
		`remove => ["a"]`:                                  "use remove_field",
		`convert => "a"`:                                   "expected a hash",
		`rename => { "a" => "b" } renam => { "a" => "b" }`: `did you mean "rename"?`,
	} {
		if got := onefilter.Faults(t, mutate.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", options, got, want)
		}
	}
}

func TestForksWorkBesideEachOther(t *testing.T) {
	f := onefilter.New(t, mutate.Spec, `gsub => ["a", "(x+)", "<\1>"] convert => { "n" => "integer" } add_field => { "b" => "%{a}" }`)
	var wg sync.WaitGroup
	for range 4 {
		fork := f.(plugin.Forker).Fork()
		wg.Go(func() {
			for range 500 {
				e := event.New(event.Now())
				e.Fields().Set("a", event.StringValue("axxb"))
				e.Fields().Set("n", event.StringValue("7"))
				if got := onefilter.Text(fork.Filter(event.Batch{e})[0]); got != `{"a":"a<xx>b","n":7,"b":"a<xx>b"}` {
					t.Error(got)
					return
				}
			}
		})
	}
	wg.Wait()
}
