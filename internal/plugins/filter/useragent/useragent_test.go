package useragent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/plugins/filter/useragent"
	"castor/internal/testkit/onefilter"
)

const chrome = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Safari/537.36`

const rules = `
user_agent_parsers:
  - regex: '(Tool)/(\d+)\.(\d+)\.(\d+)'
    family_replacement: 'My $1'
os_parsers:
  - regex: 'on (\w+) (\w+)(?: (\d+))?'
device_parsers:
  - regex: 'dev (a+)(b+)?'
    regex_flag: 'i'
    device_replacement: ' $1-$2 '
`

func TestUserAgent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "regexes.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	own := `regexes => "` + path + `" `
	for _, c := range []struct{ options, in, want string }{
		{`source => "ua" target => "u"`, `{"ua":"` + chrome + `"}`, `{"ua":"` + chrome + `","u":{"name":"Chrome","device":"Other","major":"120","minor":"0","patch":"6099","version":"120.0.6099.71","os_major":"10","os_version":"10","os_name":"Windows","os":"Windows","os_full":"Windows 10"}}`},
		{own + `source => "ua" target => "ua"`, `{"ua":"Tool/1.2.3.4 on Ross Vista 5 DEV AA"}`, `{"ua":{"name":"My Tool","device":"AA-","major":"1","minor":"2","patch":"3","version":"1.2.3.4","os_major":"Vista","os_minor":"5","os_version":"Vista 5","os_name":"Ross","os":"Ross","os_full":"Ross Vista 5"}}`},
		{own + `source => "ua" ecs_compatibility => "v8"`, `{"ua":["x"]}`, `{"ua":["x"],"user_agent":{"name":"Other","device":{"name":"Other"},"os":{"name":"Other","full":"Other"}}}`},
		{own + `source => "ua" add_tag => ["t"]`, `{"ua":""}`, `{"ua":""}`},
		{own + `source => "ua" target => "[h][x]"`, `{"ua":"a","h":"text"}`, `{"ua":"a","h":"text","tags":["_useragentfailure"]}`},
	} {
		f := onefilter.New(t, useragent.Spec, c.options)
		for range 2 { // the second time from the cache
			if got := onefilter.Run(t, f, c.in); got != c.want {
				t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "regexes.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(rules, "dev (a+)", "dev (a+", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]string{
		`source => "ua" regexes => "/no/such.yaml"`: "no such file", `source => "ua" regexes => "` + path + `"`: "device_parsers: entry 1",
		`source => "ua" lru_cache_size => 0`: "lru_cache_size", `source => "ua" target => "a]"`: "field reference", ``: "source",
	} {
		if got := onefilter.Faults(t, useragent.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
