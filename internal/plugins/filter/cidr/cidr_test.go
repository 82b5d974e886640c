package cidr_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/plugin"
	"castor/internal/plugins/filter/cidr"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`address => ["%{ip}"] network => ["192.0.2.0/24, 2001:db8::/32"] add_tag => ["in"]`, `{"ip":"192.0.2.9"}`, `{"ip":"192.0.2.9","tags":["in"]}`},
		{`address_field => "ip" network => ["%{net}"] add_tag => ["in"]`, `{"ip":["x","2001:db8::1"],"net":"2001:db8::/32"}`, `{"ip":["x","2001:db8::1"],"net":"2001:db8::/32","tags":["in"]}`},
		{`address_field => "ip" network => ["192.0.2.0/255.255.255.0"] add_tag => ["in"]`, `{"ip":"192.0.2.200"}`, `{"ip":"192.0.2.200","tags":["in"]}`},
		{`address_field => "ip" network => ["192.0.2.0/255.0.255.0", "bad"] add_tag => ["in"]`, `{"ip":"192.0.2.200"}`, `{"ip":"192.0.2.200"}`},
		{`address_field => "ip" network => ["::/0"] add_tag => ["in"]`, `{"ip":"fe80::1%eth0"}`, `{"ip":"fe80::1%eth0","tags":["in"]}`},
		{`address_field => "ip" network => ["::/0"] add_tag => ["in"]`, `{"ip":"fe80::1%eth0,192.0.2.1"}`, `{"ip":"fe80::1%eth0,192.0.2.1"}`},
		{`address_field => "ip" network => ["192.0.2.0/24"] add_tag => ["in"]`, `{"ip":5}`, `{"ip":5}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, cidr.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`network => ["a"] network_path => "/x"`: "exclude", `address => ["a"] address_field => "x"`: "exclude", `network_path => "/no/such"`: "network_path",
	} {
		if got := onefilter.Faults(t, cidr.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}

func TestNetworkFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "networks")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("192.0.2.0/24\nnonsense\n")
	now := onefilter.Time
	f, err := onefilter.Build(cidr.Spec, `address => ["%{ip}"] network_path => "`+path+`" separator => "
" refresh_interval => 10 add_tag => ["in"]`, plugin.Env{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ file, want string }{{"192.0.2.0/24", `{"ip":"192.0.2.1","tags":["in"]}`}, {"198.51.100.0/24", `{"ip":"192.0.2.1"}`}, {"192.0.2.1", `{"ip":"192.0.2.1","tags":["in"]}`}} {
		write(step.file)
		now = now.Add(11 * time.Second)
		if got := onefilter.Run(t, f, `{"ip":"192.0.2.1"}`); got != step.want {
			t.Errorf("with %s: got %s", step.file, got)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	now = now.Add(11 * time.Second)
	if got := onefilter.Run(t, f, `{"ip":"192.0.2.1"}`); !strings.Contains(got, "in") {
		t.Errorf("without the file: got %s", got)
	}
}
