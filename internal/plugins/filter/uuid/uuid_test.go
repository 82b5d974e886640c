package uuid_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/uuid"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`target => "u"`, `{"u":"x"}`, `{"u":"x"}`},
		{`target => "[a][b]"`, `{"a":"x"}`, `{"a":"x","tags":["_uuidfailure"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, uuid.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		``: "target",
	} {
		if got := onefilter.Faults(t, uuid.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}

func TestOverwrite(t *testing.T) {
	f := onefilter.New(t, uuid.Spec, `target => "u" overwrite => true`)
	first, second := onefilter.Run(t, f, `{"u":"x"}`), onefilter.Run(t, f, `{"u":"x"}`)
	if len(first) != len(`{"u":"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"}`) || first == second {
		t.Errorf("got %s and %s", first, second)
	}
}
