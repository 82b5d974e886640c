package xml_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/xml"
	"castor/internal/testkit/onefilter"
)

func TestXML(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`target => "x"`, `<a k="v"><b>1</b><b>2</b><c d="e">t</c><f/></a>`, `"x":{"k":"v","b":["1","2"],"c":[{"d":"e","content":"t"}],"f":[null]}`},
		{`target => "x"`, `<a><b>1</b><f/><g> </g></a>`, `"x":{"b":["1"]}`},
		{`target => "x" force_array => false`, `<a><b>1</b><c><d>2</d><d>3</d></c></a>`, `"x":{"b":"1","c":{"d":["2","3"]}}`},
		{`target => "x" force_content => true`, `<a><b>1</b></a>`, `"x":{"b":[{"content":"1"}]}`},
		{`target => "x" suppress_empty => false`, `<a><b/></a>`, `"x":{"b":[{}]}`},
		{`target => "x"`, `<a>one<b>2</b>three</a>`, `"x":{"b":["2"],"content":["one","three"]}`},
		{`target => "x"`, `<?xml version="1.0" encoding="ISO-8859-1"?><a>é<![CDATA[<b>]]></a>`, `"x":"é<b>"`},
		{`store_xml => false xpath => { "/a/b/text()" => "b" "/a/@k" => "k" "/a/b" => "n" "count(//b)" => "c" "/a/none" => "none" }`, `<a k="v"><b>1 &amp; 2</b></a>`,
			`"b":["1 &amp; 2"] "k":["v"] "n":["<b>1 &amp; 2</b>"] "c":["1.0"]`},
		{`store_xml => false force_array => false xpath => { "//p:b/text()" => "b" } namespaces => { "p" => "urn:x" }`, `<a xmlns:q="urn:x"><q:b>1</q:b></a>`, `"b":"1"`},
		{`store_xml => false remove_namespaces => true xpath => { "//b/text()" => "b" }`, `<a xmlns:q="urn:x"><q:b>1</q:b></a>`, `"b":["1"]`},
		{`target => "x" add_tag => ["ok"]`, `<a><b></a>`, `"tags":["_xmlparsefailure"]`},
		{`target => "x"`, `<a/><b/>`, `_xmlparsefailure`},
		{`target => "x"`, `no xml`, `_xmlparsefailure`},
		{`target => "x"`, strings.Repeat("<a>", 3000) + strings.Repeat("</a>", 3000), `_xmlparsefailure`},
		{`target => "[message][x]"`, `<a><b>1</b></a>`, `_xmlparsefailure`},
		{`target => "x" add_tag => ["ok"]`, `<a><b>1</b></a>`, `"tags":["ok"]`},
	} {
		got := onefilter.RunText(t, onefilter.New(t, xml.Spec, `source => "message" `+c.options), c.in)
		for want := range strings.SplitSeq(c.want, ` "`) {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %.200s:\n got %s\nwant %s", c.options, c.in, got, want)
			}
		}
		if strings.Contains(got, "none") {
			t.Errorf("a field for nothing: %s", got)
		}
	}
}

func TestOtherValues(t *testing.T) {
	f := onefilter.New(t, xml.Spec, `source => "s" target => "x"`)
	for in, want := range map[string]string{
		`{"s":["<a><b>1</b></a>"]}`: `"x":{"b":["1"]}`, `{"s":["a","b"]}`: "_xmlparsefailure", `{"s":5}`: "_xmlparsefailure",
	} {
		if got := onefilter.Run(t, f, in); !strings.Contains(got, want) {
			t.Errorf("%s: got %s", in, got)
		}
	}
	for _, in := range []string{`{}`, `{"s":null}`, `{"s":"  "}`} {
		if got := onefilter.Run(t, f, in); got != in {
			t.Errorf("%s: got %s", in, got)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`source => "a"`: "target", `source => "a" target => "b" xpath => { "//[" => "c" }`: "xpath", `source => "a" target => "b" xpath => { "//b" => "c]" }`: "field reference",
	} {
		if got := onefilter.Faults(t, xml.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}

func FuzzXML(f *testing.F) {
	f.Add(`<a k="v"><b>1</b><![CDATA[x]]></a>`)
	f.Fuzz(func(t *testing.T, text string) {
		onefilter.RunText(t, onefilter.New(t, xml.Spec, `source => "message" target => "x" xpath => { "//b" => "b" }`), text)
	})
}
