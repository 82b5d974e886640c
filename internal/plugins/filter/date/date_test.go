package date_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/date"
	"castor/internal/testkit/onefilter"
)

func TestDate(t *testing.T) {
	f := func(options, in, timestamp, tags string) {
		t.Helper()
		e := onefilter.Event(t, in)
		onefilter.New(t, date.Spec, options).Filter(event.Batch{e})
		at, _ := e.Timestamp()
		if at.String() != timestamp || strings.Join(e.Tags(), ",") != tags {
			t.Errorf("%s on %s: %s, tags %v; expected %s, tags %s", options, in, at, e.Tags(), timestamp, tags)
		}
	}
	const untouched = "2001-02-03T04:05:06.000Z"
	with := func(field string) string { return `{"@timestamp":"` + untouched + `",` + field + `}` }
	f(`match => ["t", "ISO8601"]`, with(`"t":"2024-05-06T07:08:09+02:00"`), "2024-05-06T05:08:09.000Z", "")
	f(`match => ["t", "dd/MMM/yyyy:HH:mm:ss Z"]`, with(`"t":"06/May/2024:07:08:09 +0000"`), "2024-05-06T07:08:09.000Z", "")
	f(`match => ["t", "yyyy-MM-dd HH:mm"] timezone => "Europe/Athens"`, with(`"t":"2024-01-02 03:04"`), "2024-01-02T01:04:00.000Z", "")
	f(`match => ["t", "yyyy-MM-dd HH:mm"] timezone => "%{tz}"`, with(`"t":"2024-01-02 03:04","tz":"America/New_York"`), "2024-01-02T08:04:00.000Z", "")
	f(`match => ["t", "UNIX"] add_tag => ["ok"]`, with(`"t":1700000000`), "2023-11-14T22:13:20.000Z", "ok")
	f(`match => ["t", "ISO8601"]`, with(`"t":"yesterday"`), untouched, "_dateparsefailure")
	f(`match => ["t", "ISO8601"] tag_on_failure => []`, with(`"t":"yesterday"`), untouched, "")
	f(`match => ["t", "ISO8601"]`, with(`"other":1`), untouched, "")
}

func TestFaults(t *testing.T) {
	f := func(options, want string) {
		t.Helper()
		if got := onefilter.Faults(t, date.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %s; expected %q in it", options, got, want)
		}
	}
	f(`match => ["t"]`, "at least one format")
	f(`match => ["t", "yyyy-bb"]`, "b")
	f(`match => ["t", "yyyy"] timezone => "Europe/Atlantis"`, "Atlantis")
	f(`match => ["[t", "yyyy"]`, "field reference")
}
