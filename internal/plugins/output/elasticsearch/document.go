package elasticsearch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"castor/internal/elastic"
	"castor/internal/event"
	"castor/internal/plugin"
)

// maker makes bulk items of events.
type maker struct {
	cfg       *config
	streams   *streams // nil: plain indices
	index     *event.Template
	action    elastic.Action // where it is the same for all events
	perEvent  bool           // the action is a template
	identity  bool           // the document's id is the event's own
	joinField event.Ref
	prefix    string // of identities for events that have none
	minted    atomic.Uint64
	free      chan *documents
	overflow  *overflow // nil where nothing is moved
}

func newMaker(cfg *config, env *plugin.Env, s *streams) (*maker, error) {
	m := &maker{cfg: cfg, streams: s, index: &cfg.Index, identity: !cfg.IsSet("document_id"), prefix: rand.Text()[:16] + "-", free: make(chan *documents, keptDocuments)}
	if !cfg.IsSet("index") {
		m.index = event.ParseTemplate(env.ECS.Pick("logstash-%{+YYYY.MM.dd}", "ecs-logstash-%{+YYYY.MM.dd}"))
	}
	if err := m.setAction(); err != nil {
		return nil, err
	}
	if cfg.JoinField != "" {
		var err error
		if m.joinField, err = event.ParseRef(cfg.JoinField); err != nil {
			return nil, &plugin.OptionError{Option: "join_field", Err: err}
		}
	}
	if name := m.index.String(); m.index.Fixed() && name != strings.ToLower(name) {
		return nil, plugin.BadOption("index", "%q has capital letters; Elasticsearch allows none in an index name", name)
	}
	return m, errors.Join(templateFaults(cfg)...)
}

func templateFaults(cfg *config) (errs []error) {
	for _, t := range []struct {
		option string
		t      *event.Template
	}{{"index", &cfg.Index}, {"document_id", &cfg.DocumentID}, {"routing", &cfg.Routing}, {"pipeline", &cfg.Pipeline}, {"version", &cfg.Version}} {
		if err := t.t.Err(); err != nil {
			errs = append(errs, &plugin.OptionError{Option: t.option, Err: err})
		}
	}
	return errs
}

func (m *maker) setAction() error {
	switch {
	case !m.cfg.IsSet("action") && (m.identity || m.streams != nil):
		m.action = elastic.Create
		return nil
	case !m.cfg.IsSet("action"):
		m.action = elastic.Index
		return nil
	case !m.cfg.Action.Fixed():
		m.perEvent = true
		return nil
	}
	a, ok := elastic.ParseAction(m.cfg.Action.String())
	if !ok {
		return plugin.BadOption("action", "%q is no action; expected index, create, update or delete", m.cfg.Action.String())
	}
	if (a == elastic.Update || a == elastic.Delete) && !m.cfg.IsSet("document_id") {
		return plugin.BadOption("action", "%s needs document_id, to tell which document is meant", a)
	}
	m.action = a
	return nil
}

// documents are the bulk items of a batch, in memory that batches share.
type documents struct {
	items  []elastic.Item
	index  []int // which event an item is of
	failed []plugin.Failure
	name   nameCache
}

// keptDocuments is for how many batches memory is kept.
const keptDocuments = 8

// documents makes an item of each event; events that can become none are in failed. The caller gives the memory back by done.
func (m *maker) documents(b event.Batch) *documents {
	d := m.memory(len(b))
	for i, e := range b {
		if m.streams != nil || !m.joinField.IsZero() {
			e = e.Clone() // it gets fields that other outputs, and another attempt, must not see
		}
		item, err := m.item(e, &d.name)
		if err != nil {
			d.failed = append(d.failed, plugin.Failure{Index: i, Err: err, Permanent: true, Target: item.Index})
			continue
		}
		if m.overflow != nil {
			e = m.overflow.fit(e, item.Index)
		}
		item.Source = e
		d.items, d.index = append(d.items, item), append(d.index, i)
	}
	return d
}

// memory is for a batch of n events.
func (m *maker) memory(n int) *documents {
	select {
	case d := <-m.free:
		return d
	default:
		return &documents{items: make([]elastic.Item, 0, n), index: make([]int, 0, n)}
	}
}

func (m *maker) done(d *documents) {
	clear(d.items)
	d.items, d.index, d.failed = d.items[:0], d.index[:0], nil
	select {
	case m.free <- d:
	default:
	}
}

// nameCache keeps the last index name: nearly all events of a batch have the same.
type nameCache struct {
	scratch []byte
	last    string
}

func (c *nameCache) expand(t *event.Template, e *event.Event) string {
	c.scratch = t.Append(c.scratch[:0], e)
	if string(c.scratch) != c.last {
		c.last = string(c.scratch)
	}
	return c.last
}

// mint gives an event an identity that came without one, so that an attempt whose answer was lost can be repeated without a
// second document. It does not outlive this process: after a crash the event comes again under another one.
func (m *maker) mint(e *event.Event) string {
	e.SetID(m.prefix + strconv.FormatUint(m.minted.Add(1), 36))
	return e.ID()
}

func (m *maker) item(e *event.Event, name *nameCache) (elastic.Item, error) {
	item := elastic.Item{Action: m.action}
	if m.streams != nil {
		item.Index = m.streams.of(e)
	} else {
		item.Index = name.expand(m.index, e)
	}
	if m.cfg.DLQOnInterpolation && strings.Contains(item.Index, "%{") {
		return item, fmt.Errorf("the index name %q keeps a %%{…}: the event has no such field", item.Index)
	}
	if m.identity {
		if item.ID = e.ID(); item.ID == "" {
			item.ID = m.mint(e)
		}
	} else {
		item.ID = expand(&m.cfg.DocumentID, e)
	}
	if m.perEvent {
		a, ok := elastic.ParseAction(string(m.cfg.Action.Append(nil, e)))
		if !ok {
			return item, fmt.Errorf("action %q is none of index, create, update and delete", m.cfg.Action.Append(nil, e))
		}
		item.Action = a
	}
	m.rare(&item, e)
	return item, nil
}

// rare fills in what few configurations use.
func (m *maker) rare(item *elastic.Item, e *event.Event) {
	item.Routing = expand(&m.cfg.Routing, e)
	item.Pipeline = expand(&m.cfg.Pipeline, e)
	item.Version = expand(&m.cfg.Version, e)
	item.VersionType = m.cfg.VersionType
	item.Type = expand(&m.cfg.DocumentType, e)
	if parent := expand(&m.cfg.Parent, e); parent != "" {
		item.Routing = parent
		m.join(e, parent)
	}
	if item.Action == elastic.Update {
		item.RetryOnConflict = m.cfg.RetryOnConflict
		item.Update = m.update(e)
	}
}

// expand is a template's text for an event; that of a template that was not given is empty.
func expand(t *event.Template, e *event.Event) string {
	if t.Fixed() {
		return t.String()
	}
	return string(t.Append(nil, e))
}

// join writes parent and type into the join field.
func (m *maker) join(e *event.Event, parent string) {
	if m.joinField.IsZero() {
		return
	}
	old, _ := e.Get(m.joinField)
	o := event.NewObject(2)
	o.Set("name", old)
	o.Set("parent", event.StringValue(parent))
	_ = e.Set(m.joinField, event.ObjectValue(o))
}

func (m *maker) update(e *event.Event) *elastic.UpdateOptions {
	u := &elastic.UpdateOptions{
		DocAsUpsert: m.cfg.DocAsUpsert, ScriptedUpsert: m.cfg.ScriptedUpsert, Script: expand(&m.cfg.Script, e),
		ScriptStored: m.cfg.ScriptType == "indexed", ScriptLang: m.cfg.ScriptLang, ScriptVar: m.cfg.ScriptVarName,
	}
	if upsert := expand(&m.cfg.Upsert, e); upsert != "" {
		u.Upsert = []byte(upsert)
	}
	return u
}
