package syslogpri_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/syslogpri"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{``, `{"syslog_pri":["34"]}`, `{"syslog_pri":["34"],"syslog_severity_code":2,"syslog_facility_code":4,"syslog_facility":"security/authorization","syslog_severity":"critical"}`},
		{`use_labels => false`, `{}`, `{"syslog_severity_code":5,"syslog_facility_code":1}`},
		{`use_labels => false`, `{"syslog_pri":"99999999999999999999"}`, `{"syslog_pri":"99999999999999999999","syslog_severity_code":7,"syslog_facility_code":12499999999999999999}`},
		{``, `{"syslog_pri":-1}`, `{"syslog_pri":-1,"syslog_severity_code":7,"syslog_facility_code":-1,"syslog_facility":"local7","syslog_severity":"debug"}`},
		{`severity_labels => ["a"]`, `{"syslog_pri":1}`, `{"syslog_pri":1,"syslog_severity_code":1,"syslog_facility_code":0,"syslog_facility":"kernel"}`},
		{`use_labels => false`, `{"syslog_pri":1.0E-7}`, `{"syslog_pri":1.0E-7,"syslog_severity_code":0,"syslog_facility_code":0}`},
		{`use_labels => false`, `{"syslog_pri":[1e20]}`, `{"syslog_pri":[1.0E20],"syslog_severity_code":0,"syslog_facility_code":12500000000000000000}`},
		{``, `{"syslog_pri":{}}`, `{"syslog_pri":{},"tags":["_syslogpriparsefailure"]}`},
		{`ecs_compatibility => "v8" add_tag => ["x"]`, `{"log":"text"}`, `{"log":"text","tags":["_syslogpriparsefailure"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, syslogpri.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`syslog_pri_field_name => "[a"`: "field reference", `use_label => true`: "use_labels",
	} {
		if got := onefilter.Faults(t, syslogpri.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
