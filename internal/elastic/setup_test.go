package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/engines"
	"castor/internal/testkit/fakees"
)

// apply makes what Setup asks for and says what became of each asset.
func apply(t *testing.T, c *Client, s Setup, force bool) []string {
	t.Helper()
	has, err := c.Features(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	assets, err := s.Assets(has)
	if err != nil {
		t.Fatal(err)
	}
	var changes []string
	for _, a := range assets {
		change, err := c.Plan(context.Background(), a, force)
		if err != nil {
			t.Fatal(err)
		}
		if change.Writes() {
			if err := c.Install(context.Background(), a); err != nil {
				t.Fatal(err)
			}
		}
		changes = append(changes, string(change))
	}
	return changes
}

func same(t *testing.T, what string, got []string, want string) {
	t.Helper()
	for _, g := range got {
		equal(t, what, g, want)
	}
	if len(got) == 0 {
		t.Errorf("%s: nothing was made", what)
	}
}

// prepared is a setup for names that no other test uses.
func prepared(t *testing.T, e engines.Engine) Setup {
	s := Setup{Name: e.Index(t, "setup"), Keep: 30 * 24 * time.Hour}
	t.Cleanup(func() { e.Delete("/_component_template/castor-" + s.Name + "*") })
	return s
}

func TestEngineSetup(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		for _, api := range []string{"auto", "composable"} {
			t.Run(api, func(t *testing.T) {
				c := client(t, nil, e.URL)
				s := prepared(t, e)
				s.API = api
				same(t, "first time", apply(t, c, s, false), "created")
				same(t, "second time", apply(t, c, s, false), "unchanged")
				did, err := c.InstallTemplate(context.Background(), Template{Name: s.Name, API: api})
				equal(t, "the output's start installs another", did, false)
				equal(t, "error", err, nil)
				bulkOK(t, c, []Item{{Index: s.Name + "-1", Source: JSON(`{"@timestamp":"2026-11-23T12:00:00.000Z","verb":"GET","geoip":{"location":{"lon":13.4,"lat":52.5}}}`)}})
				equal(t, "by keyword", len(e.Search(t, s.Name+"-*", `{"query":{"term":{"verb.keyword":"GET"}}}`)), 1)
				equal(t, "by distance", len(e.Search(t, s.Name+"-*", `{"query":{"geo_distance":{"distance":"10km","geoip.location":{"lat":52.51,"lon":13.41}}}}`)), 1)
			})
		}
	})
}

// TestEngineSetupAfterTheOutput: what the output installed at its first start is Castor's own, and becomes the composed one.
func TestEngineSetupAfterTheOutput(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		c := client(t, nil, e.URL)
		s := prepared(t, e)
		s.API = "composable"
		if _, err := c.InstallTemplate(context.Background(), Template{Name: s.Name, API: s.API}); err != nil {
			t.Fatal(err)
		}
		equal(t, "changes", fmt.Sprint(apply(t, c, s, false)), "[created created updated]")
	})
}

// TestEngineSetupLeavesEdits: an older version that nobody touched is brought up to date, an edited one only by force.
func TestEngineSetupLeavesEdits(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		c := client(t, nil, e.URL)
		s := prepared(t, e)
		s.API = "composable"
		apply(t, c, s, false)
		part := "/_component_template/castor-" + s.Name + "-settings"
		older := object{"version": 1, "template": object{"settings": object{"index": object{"refresh_interval": "7s", "number_of_replicas": 0}}}}
		put(t, e, part, sealed(older, "of an earlier Castor"))
		equal(t, "older", fmt.Sprint(apply(t, c, s, false)), "[updated unchanged unchanged]")
		older["template"] = object{"settings": object{"refresh_interval": "1s"}}
		put(t, e, part, older) // the sum is that of the content before
		equal(t, "edited", fmt.Sprint(apply(t, c, s, false)), "[kept unchanged unchanged]")
		equal(t, "forced", fmt.Sprint(apply(t, c, s, true)), "[replaced unchanged unchanged]")
		equal(t, "then", fmt.Sprint(apply(t, c, s, false)), "[unchanged unchanged unchanged]")
	})
}

func put(t *testing.T, e engines.Engine, path string, body object) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	e.Do(t, http.MethodPut, path, string(raw))
}

func TestEngineSetupStreams(t *testing.T) {
	e := engines.Need(t, "opensearch") // the other builds have no data streams
	c := client(t, nil, e.URL)
	s := prepared(t, e)
	s.Streams = strings.ReplaceAll(s.Name, "-", "")
	t.Cleanup(func() {
		e.Remove(t, s.Streams)
		e.Remove(t, "castor-"+s.Streams)
		e.Delete("/_component_template/castor-" + s.Streams + "*")
	})
	same(t, "first time", apply(t, c, s, false), "created")
	same(t, "second time", apply(t, c, s, false), "unchanged")
	bulkOK(t, c, []Item{{Action: Create, Index: s.Streams + "-app-default", ID: "1", Source: JSON(`{"@timestamp":"2026-11-23T12:00:00.000Z","source":{"ip":"192.0.2.1"}}`)}})
	equal(t, "found", len(e.Search(t, s.Streams+"-app-default", `{"query":{"term":{"source.ip":"192.0.2.0/24"}}}`)), 1)
}

// TestSetupByEngine: which assets there are for whom.
func TestSetupByEngine(t *testing.T) {
	f := func(version string, openSearch bool, prepare func(*fakees.Server), s Setup, want ...string) {
		t.Helper()
		es := fakees.New(t)
		es.Version, es.OpenSearch = version, openSearch
		if prepare != nil {
			prepare(es)
		}
		same(t, version, apply(t, client(t, nil, es.URL), s, false), "created")
		for _, path := range want {
			if es.Stored(path) == nil {
				t.Errorf("%s: nothing at %s", version, path)
			}
		}
	}
	ilm := func(es *fakees.Server) { es.Put("/_ilm/status", `{"operation_mode":"RUNNING"}`) }
	f("7.17.0", false, ilm, Setup{}, "/_ilm/policy/castor-logstash", "/_template/logstash")
	f("9.5.3", false, ilm, Setup{ECS: true}, "/_ilm/policy/castor-ecs-logstash", "/_component_template/castor-ecs-logstash-mappings", "/_index_template/ecs-logstash")
	f("9.5.3", false, ilm, Setup{Streams: "logs"}, "/_ilm/policy/castor-logs", "/_index_template/castor-logs", "/_index_template/logstash")
	f("3.8.0", true, func(es *fakees.Server) { es.Put("/_plugins/_ism/policies", `{"policies":[]}`) }, Setup{Keep: time.Hour}, "/_plugins/_ism/policies/castor-logstash", "/_index_template/logstash")
	f("3.8.0", true, func(es *fakees.Server) { es.Missing = []string{"/_plugins"} }, Setup{}, "/_index_template/logstash")
}

// TestSetupPolicies: answers in the shape that engines with policies give.
func TestSetupPolicies(t *testing.T) {
	es := fakees.New(t)
	c := client(t, nil, es.URL)
	policy := Asset{LifecyclePolicy, "p", sealed(retention(false, 30*24*time.Hour), "x")}
	answer := func(days string) {
		es.Put("/_ilm/policy/p", `{"p":{"version":3,"modified_date":"2026-01-01T00:00:00.000Z","policy":{"phases":{
			"hot":{"min_age":"0ms","actions":{}},"delete":{"min_age":"`+days+`","actions":{"delete":{"delete_searchable_snapshot":true}}}},
			"_meta":{"managed_by":"castor","content":"`+sum(retention(false, 30*24*time.Hour))+`"}},"in_use_by":{"indices":[]}}}`)
	}
	f := func(days string, want Change) {
		t.Helper()
		answer(days)
		got, err := c.Plan(context.Background(), policy, false)
		equal(t, days, got, want)
		equal(t, "error", err, nil)
	}
	f("30d", Unchanged)
	f("90d", Kept) // somebody keeps them longer
	policy.Body = sealed(retention(false, 60*24*time.Hour), "x")
	f("30d", Updated)

	state := Asset{StatePolicy, "p", states("logstash-*", false, 48*time.Hour)}
	own := maps.Clone(state.Body)
	own["schema_version"], own["last_updated_time"], own["error_notification"] = 21, 1780000000000, nil
	raw, err := json.Marshal(object{"_id": "p", "_version": 2, "_seq_no": 7, "_primary_term": 1, "policy": own})
	if err != nil {
		t.Fatal(err)
	}
	es.Put("/_plugins/_ism/policies/p", string(raw))
	got, err := c.Plan(context.Background(), state, false)
	equal(t, "state policy", got, Unchanged)
	equal(t, "error", err, nil)
	equal(t, "error", c.Install(context.Background(), state), nil)
	calls := es.Calls()
	equal(t, "query", calls[len(calls)-1].Query, "if_primary_term=1&if_seq_no=7")
}

func TestSetupMistakes(t *testing.T) {
	for _, c := range []struct {
		s    Setup
		f    Flavour
		want string
	}{
		{Setup{API: "composable"}, Flavour{Version: "7.2.0", Major: 7, Minor: 2}, "use legacy"},
		{Setup{Streams: "logs"}, Flavour{Version: "7.8.0", Major: 7, Minor: 8}, "no data streams"},
	} {
		if _, err := c.s.Assets(Features{Flavour: c.f}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
	es := fakees.New(t)
	es.User, es.Password = "u", "p"
	_, err := client(t, nil, es.URL).Features(context.Background())
	var fault *RequestError
	if !errors.As(err, &fault) || fault.Kind != Unauthorized {
		t.Errorf("without a password: %v", err)
	}
}

func TestPlainFormsMeetEachOther(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		var x, y object
		for text, into := range map[string]*object{a: &x, b: &y} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, a, sum(x) == sum(y), want)
	}
	f(`{"settings":{"index.refresh_interval":"5s"}}`, `{"settings":{"index":{"refresh_interval":"5s"}}}`, true)
	f(`{"template":{"settings":{"refresh_interval":5}}}`, `{"template":{"settings":{"index":{"refresh_interval":"5"}}},"composed_of":[]}`, true)
	f(`{"data_stream":{}}`, `{"data_stream":{"hidden":false,"allow_custom_routing":false}}`, true)
	f(`{"priority":1}`, `{"priority":2}`, false)
	f(`{"composed_of":["a","b"]}`, `{"composed_of":["b","a"]}`, false)
	if slices.Contains(added, "_meta") || within([]any{"a"}, []any{"a", "b"}) {
		t.Error("more than was asked for passes")
	}
}
