package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"castor/internal/store/mapping"
	"castor/internal/store/shard"
)

var acknowledged = map[string]any{"acknowledged": true}

// routeIndexItself answers HEAD, GET, PUT and DELETE of indices.
func (s *Store) routeIndexItself(c *call, index string) bool {
	switch {
	case c.is("HEAD"):
		entries, err := s.resolve(index, false)
		status := 200
		if err != nil || len(entries) == 0 {
			status = 404
		}
		c.w.WriteHeader(status)
	case c.is("GET"):
		s.describe(c, index, func(out map[string]any, meta shard.Meta, m *mapping.Mapping) {
			out["aliases"], out["mappings"], out["settings"] = map[string]any{}, m, settingsOf(meta)
		})
	case c.is("PUT"):
		s.putIndex(c, index)
	case c.is("DELETE"):
		s.deleteIndices(c, index)
	default:
		return false
	}
	return true
}

// describe answers an object with one member for each index.
func (s *Store) describe(c *call, index string, fill func(map[string]any, shard.Meta, *mapping.Mapping)) {
	entries, err := s.resolve(index, c.flag("ignore_unavailable"))
	out := map[string]any{}
	for _, e := range entries {
		if err != nil {
			break
		}
		err = s.using(e, func(ix *shard.Index) error {
			var raw []byte
			var err error
			ix.Mapping(func(m *mapping.Mapping) {
				one := map[string]any{}
				fill(one, ix.Meta(), m)
				for k, v := range one {
					if k == "settings" {
						one[k] = map[string]any{"index": indexSettings(e.name, v)}
					}
				}
				raw, err = json.Marshal(one)
			})
			out[e.name] = json.RawMessage(raw)
			return err
		})
	}
	if err != nil {
		s.fail(c.w, err)
		return
	}
	s.reply(c, 200, out)
}

// settingsOf reads the settings that an index was made with, with and without
// the level "index".
func settingsOf(meta shard.Meta) map[string]any {
	out := map[string]any{}
	var given map[string]any
	if json.Unmarshal(meta.Settings, &given) == nil {
		if inner, ok := given["index"].(map[string]any); ok {
			maps.Copy(out, inner)
			delete(given, "index")
		}
		for k, v := range given {
			out[strings.TrimPrefix(k, "index.")] = v
		}
	}
	out["uuid"], out["creation_date"] = meta.UUID, strconv.FormatInt(meta.Created, 10)
	return out
}

func indexSettings(name string, v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := maps.Clone(m)
	out["provided_name"] = name
	if _, ok := out["number_of_shards"]; !ok {
		out["number_of_shards"], out["number_of_replicas"] = "1", "0"
	}
	return out
}

func (s *Store) putIndex(c *call, index string) {
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	var b indexBody
	if len(body) > 0 {
		if err := json.Unmarshal(body, &b); err != nil {
			s.fail(c.w, &apiError{status: 400, kind: "parse_exception", reason: "the body cannot be read: " + err.Error()})
			return
		}
	}
	_, existed, err := s.create(index, b)
	if err == nil && existed {
		err = &apiError{status: 400, kind: "resource_already_exists_exception", reason: "index [" + index + "] already exists", index: index}
	}
	if err != nil {
		s.fail(c.w, err)
		return
	}
	s.reply(c, 200, map[string]any{"acknowledged": true, "shards_acknowledged": true, "index": index})
}

func (s *Store) deleteIndices(c *call, index string) {
	if index == "_all" || index == "*" {
		s.fail(c.w, &apiError{status: 400, kind: "illegal_argument_exception", reason: "Wildcard expressions or all indices are not allowed: name the indices, or a pattern with something before its *"})
		return
	}
	entries, err := s.resolve(index, c.flag("ignore_unavailable"))
	for _, e := range entries {
		if err == nil {
			err = s.delete(e)
		}
	}
	if err != nil {
		s.fail(c.w, err)
		return
	}
	s.reply(c, 200, acknowledged)
}

func (s *Store) routeMapping(c *call, index string) bool {
	if c.is("GET") {
		s.describe(c, index, func(out map[string]any, _ shard.Meta, m *mapping.Mapping) { out["mappings"] = m })
		return true
	}
	if !c.is("PUT", "POST") || index == "" {
		return false
	}
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	defer done()
	entries, err := s.resolve(index, false)
	for _, e := range entries {
		if err == nil {
			err = s.using(e, func(ix *shard.Index) error { return ix.PutMapping(body) })
		}
	}
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	s.reply(c, 200, acknowledged)
	return true
}

// settings answers them; changed ones are kept and, as here nothing depends on
// them, only shown again.
func (s *Store) settings(c *call, index string) bool {
	if c.is("GET") {
		s.describe(c, index, func(out map[string]any, meta shard.Meta, _ *mapping.Mapping) { out["settings"] = settingsOf(meta) })
		return true
	}
	if !c.is("PUT") {
		return false
	}
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	defer done()
	var change map[string]any
	if json.Unmarshal(body, &change) != nil {
		s.fail(c.w, &apiError{status: 400, kind: "parse_exception", reason: "the body cannot be read"})
		return true
	}
	entries, err := s.resolve(index, false)
	for _, e := range entries {
		if err != nil {
			break
		}
		err = s.using(e, func(ix *shard.Index) error {
			return ix.PutMeta(func(m *shard.Meta) {
				all := settingsOf(*m)
				var given shard.Meta
				given.Settings = body
				maps.Copy(all, settingsOf(given))
				delete(all, "uuid")
				delete(all, "creation_date")
				if raw, err := json.Marshal(all); err == nil {
					m.Settings = raw
				}
			})
		})
	}
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	s.reply(c, 200, acknowledged)
	return true
}

// refresh has nothing to do: what was answered can be found.
func (s *Store) refresh(c *call, index string) bool {
	if !c.is("GET", "POST") {
		return false
	}
	entries, err := s.resolve(index, c.flag("ignore_unavailable"))
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	s.reply(c, 200, map[string]any{"_shards": shards(len(entries))})
	return true
}

// indexFigures are what _cat and _stats show of an index.
type indexFigures struct {
	name, uuid    string
	docs, deleted int64
	size          int64
	created       int64
	broken        bool
}

func (s *Store) figures(index string, lenient bool) ([]indexFigures, error) {
	entries, err := s.resolve(index, lenient)
	if err != nil {
		return nil, err
	}
	var out []indexFigures
	for _, e := range entries {
		err := s.using(e, func(ix *shard.Index) error {
			f := indexFigures{name: e.name, uuid: ix.Meta().UUID, created: ix.Meta().Created, size: ix.Size()}
			f.docs, f.deleted = ix.Count()
			out = append(out, f)
			return nil
		})
		if err != nil {
			s.opts.Logger.Error("store: cannot read an index's figures", "index", e.name, "error", err)
			out = append(out, indexFigures{name: e.name, size: shard.FileSize(e.path), broken: true})
		}
	}
	return out, nil
}

func (s *Store) indexStats(c *call, index string) bool {
	if !c.is("GET") {
		return false
	}
	list, err := s.figures(index, false)
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	stats := func(docs, deleted, size int64) map[string]any {
		return map[string]any{"docs": map[string]any{"count": docs, "deleted": deleted}, "store": map[string]any{"size_in_bytes": size}}
	}
	indices := map[string]any{}
	var docs, deleted, size int64
	for _, f := range list {
		one := stats(f.docs, f.deleted, f.size)
		indices[f.name] = map[string]any{"uuid": f.uuid, "primaries": one, "total": one}
		docs, deleted, size = docs+f.docs, deleted+f.deleted, size+f.size
	}
	all := stats(docs, deleted, size)
	s.reply(c, 200, map[string]any{"_shards": shards(len(list)), "_all": map[string]any{"primaries": all, "total": all}, "indices": indices})
	return true
}

func (s *Store) routeCat(c *call) bool {
	if !c.is("GET") {
		return false
	}
	switch c.part(1) {
	case "indices":
		return s.catIndices(c)
	case "health":
		now := s.opts.now().UTC()
		s.table(c, []string{"epoch", "timestamp", "cluster", "status", "node.total", "node.data", "shards", "pri", "relo", "init", "unassign", "active_shards_percent"},
			[][]string{{strconv.FormatInt(now.Unix(), 10), now.Format("15:04:05"), "castor", "green", "1", "1",
				strconv.Itoa(len(s.entries())), strconv.Itoa(len(s.entries())), "0", "0", "0", "100.0%"}})
		return true
	case "count":
		list, err := s.figures(c.part(2), false)
		if err != nil {
			s.fail(c.w, err)
			return true
		}
		n := int64(0)
		for _, f := range list {
			n += f.docs
		}
		now := s.opts.now().UTC()
		s.table(c, []string{"epoch", "timestamp", "count"}, [][]string{{strconv.FormatInt(now.Unix(), 10), now.Format("15:04:05"), strconv.FormatInt(n, 10)}})
		return true
	}
	return false
}

func (s *Store) catIndices(c *call) bool {
	list, err := s.figures(c.part(2), false)
	if err != nil {
		s.fail(c.w, err)
		return true
	}
	columns := []string{"health", "status", "index", "uuid", "pri", "rep", "docs.count", "docs.deleted", "store.size", "pri.store.size", "dataset.size"}
	rows := make([][]string, 0, len(list))
	for _, f := range list {
		size := byteSize(f.size, c.query.Get("bytes"))
		health := "green"
		if f.broken {
			health = "red"
		}
		rows = append(rows, []string{health, "open", f.name, f.uuid, "1", "0", strconv.FormatInt(f.docs, 10), strconv.FormatInt(f.deleted, 10), size, size, size,
			strconv.FormatInt(f.created, 10), time.UnixMilli(f.created).UTC().Format("2006-01-02T15:04:05.000Z")})
	}
	s.table(c, append(columns, "creation.date", "creation.date.string"), rows)
	return true
}

func byteSize(n int64, unit string) string {
	switch unit {
	case "b":
		return strconv.FormatInt(n, 10)
	case "kb", "k":
		return strconv.FormatInt(n>>10, 10)
	case "mb", "m":
		return strconv.FormatInt(n>>20, 10)
	case "gb", "g":
		return strconv.FormatInt(n>>30, 10)
	}
	f, i := float64(n), 0
	for ; f >= 1024 && i < 4; i++ {
		f /= 1024
	}
	if i == 0 {
		return strconv.FormatInt(n, 10) + "b"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + []string{"", "kb", "mb", "gb", "tb"}[i]
}

// table writes what _cat shows: as text, or with format=json as objects. h
// chooses columns, v shows their names, s sorts.
func (s *Store) table(c *call, columns []string, rows [][]string) {
	if by := c.query.Get("s"); by != "" {
		name, order, _ := strings.Cut(by, ":")
		if i := slices.Index(columns, name); i >= 0 {
			slices.SortStableFunc(rows, func(a, b []string) int {
				d := strings.Compare(a[i], b[i])
				x, err1 := strconv.ParseFloat(a[i], 64)
				y, err2 := strconv.ParseFloat(b[i], 64)
				if err1 == nil && err2 == nil {
					d = int(min(max(x-y, -1), 1))
				}
				if order == "desc" {
					return -d
				}
				return d
			})
		}
	}
	shown := make([]int, 0, len(columns))
	if h := c.query.Get("h"); h != "" {
		for name := range strings.SplitSeq(h, ",") {
			if i := slices.IndexFunc(columns, func(col string) bool { return globName(name, col) || shortName(name) == col }); i >= 0 {
				shown = append(shown, i)
			}
		}
	} else {
		for i, name := range columns {
			if !strings.HasPrefix(name, "creation") {
				shown = append(shown, i)
			}
		}
	}
	if c.query.Get("format") == "json" || strings.Contains(c.r.Header.Get("Accept"), "json") {
		out := make([]map[string]string, 0, len(rows))
		for _, row := range rows {
			one := map[string]string{}
			for _, i := range shown {
				one[columns[i]] = row[i]
			}
			out = append(out, one)
		}
		s.reply(c, 200, out)
		return
	}
	c.w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	t := tabwriter.NewWriter(c.w, 0, 1, 1, ' ', 0)
	line := func(row []string) {
		cells := make([]string, 0, len(shown))
		for _, i := range shown {
			cells = append(cells, row[i])
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	if c.flag("v") {
		line(columns)
	}
	for _, row := range rows {
		line(row)
	}
	t.Flush()
}

func shortName(name string) string {
	return map[string]string{"i": "index", "idx": "index", "h": "health", "dc": "docs.count", "docsCount": "docs.count", "ss": "store.size", "cd": "creation.date"}[name]
}

func (s *Store) routeCluster(c *call) bool {
	if !c.is("GET") {
		return false
	}
	n := len(s.entries())
	switch c.part(1) {
	case "health":
		if name := c.part(2); name != "" {
			entries, err := s.resolve(name, false)
			if err != nil {
				s.fail(c.w, err)
				return true
			}
			n = len(entries)
		}
		s.reply(c, 200, map[string]any{"cluster_name": "castor", "status": "green", "timed_out": false, "number_of_nodes": 1, "number_of_data_nodes": 1,
			"active_primary_shards": n, "active_shards": n, "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 0,
			"delayed_unassigned_shards": 0, "number_of_pending_tasks": 0, "number_of_in_flight_fetch": 0,
			"task_max_waiting_in_queue_millis": 0, "active_shards_percent_as_number": 100.0})
	case "settings":
		s.reply(c, 200, map[string]any{"persistent": map[string]any{}, "transient": map[string]any{}})
	default:
		return false
	}
	return true
}

// routeInfo answers what clients ask for on their own account.
func (s *Store) routeInfo(c *call) bool {
	if !c.is("GET") {
		return false
	}
	switch c.part(0) {
	case "_license":
		s.reply(c, 200, map[string]any{"license": map[string]any{"status": "active", "type": "basic", "uid": s.uuid}})
	case "_xpack":
		s.reply(c, 200, map[string]any{"license": map[string]any{"status": "active", "type": "basic", "mode": "basic"}, "features": map[string]any{}})
	case "_nodes":
		s.reply(c, 200, map[string]any{"_nodes": map[string]any{"total": 1, "successful": 1, "failed": 0}, "cluster_name": "castor",
			"nodes": map[string]any{s.uuid: map[string]any{"name": "castor", "version": Version, "roles": []string{"data", "ingest", "master"},
				"http": map[string]any{"publish_address": c.r.Host}}}})
	case "_resolve":
		entries, err := s.resolve(c.part(2), true)
		if err != nil || c.part(1) != "index" {
			return false
		}
		list := []any{}
		for _, e := range entries {
			list = append(list, map[string]any{"name": e.name, "attributes": []string{"open"}})
		}
		s.reply(c, 200, map[string]any{"indices": list, "aliases": []any{}, "data_streams": []any{}})
	}
	return true
}

func (s *Store) routeTemplate(c *call) bool {
	kind, name := c.part(0), c.part(1)
	switch {
	case c.is("PUT", "POST") && name != "" && !strings.HasPrefix(name, "_"):
		body, done, err := s.body(c.r)
		if err == nil {
			defer done()
			err = s.templates.put(kind, name, body)
		}
		if err != nil {
			s.fail(c.w, err)
			return true
		}
		s.reply(c, 200, acknowledged)
	case c.is("DELETE") && name != "":
		found, err := s.templates.remove(kind, name)
		if err == nil && !found {
			err = &apiError{status: 404, kind: "index_template_missing_exception", reason: "index_template [" + name + "] missing"}
		}
		if err != nil {
			s.fail(c.w, err)
			return true
		}
		s.reply(c, 200, acknowledged)
	case c.is("GET", "HEAD"):
		s.getTemplates(c, kind, name)
	default:
		return false
	}
	return true
}

func (s *Store) getTemplates(c *call, kind, name string) {
	found := s.templates.find(kind, name)
	if c.is("HEAD") {
		status := http.StatusOK
		if len(found) == 0 {
			status = http.StatusNotFound
		}
		c.w.WriteHeader(status)
		return
	}
	missing := len(found) == 0 && name != "" && !strings.Contains(name, "*")
	switch {
	case kind == legacy && missing:
		s.reply(c, 404, map[string]any{})
	case kind == legacy:
		s.reply(c, 200, found)
	case missing:
		s.fail(c.w, &apiError{status: 404, kind: "resource_not_found_exception", reason: "index template matching [" + name + "] not found"})
	default:
		member := strings.TrimPrefix(kind, "_")
		list := []any{}
		for _, n := range slices.Sorted(maps.Keys(found)) {
			list = append(list, map[string]any{"name": n, member: found[n]})
		}
		s.reply(c, 200, map[string]any{member + "s": list})
	}
}
