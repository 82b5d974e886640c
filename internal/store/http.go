package store

import (
	"net/http"
	"net/url"
	"strings"
)

// Version is the version of Elasticsearch whose API is spoken.
const Version = "8.19.0"

// call is a request on its way: the path in parts, the query decoded.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	parts []string
	query url.Values
}

// Handler answers Elasticsearch's API. It knows no users: whoever serves it
// beyond the machine puts authentication before it.
func (s *Store) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mark by which Elasticsearch's clients know their server.
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		c := &call{w: w, r: r, query: r.URL.Query()}
		for part := range strings.SplitSeq(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
			name, err := url.PathUnescape(part)
			if err != nil {
				s.fail(w, &apiError{status: 400, kind: "illegal_argument_exception", reason: "the path cannot be read: " + err.Error()})
				return
			}
			if name != "" {
				c.parts = append(c.parts, name)
			}
		}
		if !s.route(c) {
			s.fail(w, &apiError{status: 400, kind: "illegal_argument_exception",
				reason: "no handler found for uri [" + r.URL.RequestURI() + "] and method [" + r.Method + "]: the embedded store does not have it"})
		}
	})
}

func (c *call) part(i int) string {
	if i < len(c.parts) {
		return c.parts[i]
	}
	return ""
}

// is says whether the method is one of these.
func (c *call) is(methods ...string) bool {
	for _, m := range methods {
		if c.r.Method == m {
			return true
		}
	}
	return false
}

func (c *call) flag(name string) bool {
	v, ok := c.query[name]
	return ok && (len(v) == 0 || v[0] == "" || v[0] == "true")
}

// reply writes a JSON answer through filter_path and pretty.
func (s *Store) reply(c *call, status int, body any) {
	if filter := c.query.Get("filter_path"); filter != "" {
		body = filtered{body, filter}
	}
	reply(c.w, status, body, c.flag("pretty"))
}

func (s *Store) route(c *call) bool {
	if len(c.parts) == 0 {
		return s.routeRoot(c)
	}
	if !strings.HasPrefix(c.parts[0], "_") || c.parts[0] == "_all" {
		return s.routeIndex(c, c.parts[0], c.parts[1:])
	}
	switch c.parts[0] {
	case "_bulk", "_search", "_count", "_msearch", "_mapping", "_mappings", "_field_caps", "_refresh", "_flush", "_settings", "_stats", "_validate":
		return s.routeIndex(c, "", c.parts)
	case composable, legacy, component:
		return s.routeTemplate(c)
	case "_cat":
		return s.routeCat(c)
	case "_cluster":
		return s.routeCluster(c)
	case "_license", "_xpack", "_nodes", "_resolve":
		return s.routeInfo(c)
	}
	return false
}

func (s *Store) routeRoot(c *call) bool {
	if !c.is("GET", "HEAD") {
		return false
	}
	s.reply(c, 200, map[string]any{
		"name": "castor", "cluster_name": "castor", "cluster_uuid": s.uuid,
		"version": map[string]any{
			"number": Version, "build_flavor": "default", "build_type": "castor", "build_hash": "castor", "build_date": "2026-11-23T00:00:00.000Z",
			"build_snapshot": false, "lucene_version": "9.12.0", "minimum_wire_compatibility_version": "7.17.0", "minimum_index_compatibility_version": "7.0.0",
		},
		"tagline": "You Know, for Search",
	})
	return true
}

// routeIndex answers what is asked of indices; index is empty for all.
func (s *Store) routeIndex(c *call, index string, rest []string) bool {
	if len(rest) == 0 {
		return s.routeIndexItself(c, index)
	}
	arg := ""
	if len(rest) > 1 {
		arg = rest[1]
	}
	switch rest[0] {
	case "_bulk":
		if !c.is("POST", "PUT") {
			return false
		}
		s.bulk(c.w, c.r, index)
	case "_search":
		if !c.is("GET", "POST") || arg != "" {
			return false
		}
		s.search(c, index)
	case "_msearch":
		if !c.is("GET", "POST") {
			return false
		}
		s.msearch(c, index)
	case "_count":
		if !c.is("GET", "POST") {
			return false
		}
		s.count(c, index)
	case "_validate":
		if arg != "query" || !c.is("GET", "POST") {
			return false
		}
		s.validate(c, index)
	case "_field_caps":
		if !c.is("GET", "POST") {
			return false
		}
		s.fieldCaps(c, index)
	case "_refresh", "_flush", "_forcemerge":
		return s.refresh(c, index)
	case "_mapping", "_mappings":
		return s.routeMapping(c, index)
	case "_settings":
		return s.settings(c, index)
	case "_stats":
		return s.indexStats(c, index)
	case "_doc", "_create", "_update", "_source":
		return index != "" && s.routeDoc(c, index, rest[0], arg)
	default:
		return false
	}
	return true
}
