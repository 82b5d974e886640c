// Package elasticsearch is the output that indexes events into Elasticsearch and OpenSearch.
package elasticsearch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"castor/internal/elastic"
	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the output; options and semantics of logstash-output-elasticsearch.
var Spec = plugin.OutputSpec("elasticsearch", "Indexes events into Elasticsearch 7, 8, 9 or OpenSearch, by default into an index a day, each event once.", newOutput)

type output struct {
	cfg      *config
	env      *plugin.Env
	client   *elastic.Client
	limiter  *elastic.Limiter
	maker    *maker
	lifetime *elastic.Lifecycle
}

// Cluster is the client that the output writes by, for those who read there.
func (o *output) Cluster() *elastic.Client { return o.client }

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	o := &output{cfg: cfg, env: env, limiter: elastic.NewLimiter(cfg.MaxRequests)}
	streams, err := dataStreams(cfg, env)
	if err != nil {
		return nil, err
	}
	if o.maker, err = newMaker(cfg, env, streams); err != nil {
		return nil, err
	}
	if cfg.Template != "" {
		if _, err := os.Stat(cfg.Template); err != nil {
			return nil, &plugin.OptionError{Option: "template", Err: err}
		}
	}
	if cfg.ILMEnabled == "true" {
		alias := cfg.ILMRolloverAlias
		if alias == "" {
			alias = env.ECS.Pick("logstash", "ecs-logstash")
		}
		o.lifetime = &elastic.Lifecycle{Alias: alias, Pattern: cfg.ILMPattern, Policy: cfg.ILMPolicy}
		o.maker.index = event.ParseTemplate(alias)
	}
	conf := o.clientConfig()
	if conf.HeavyPatience, err = plugin.ParseDuration(cfg.RetryTooLarge, time.Second); err != nil {
		return nil, &plugin.OptionError{Option: "retry_too_large", Err: err}
	}
	if o.client, err = elastic.New(conf); err != nil {
		return nil, &plugin.OptionError{Option: "hosts", Err: err}
	}
	return o, o.setOverflow()
}

func (o *output) setOverflow() error {
	switch name := o.cfg.FieldOverflow; {
	case o.cfg.FieldLimit < 0:
		return plugin.BadOption("field_limit", "it cannot be less than 0")
	case o.cfg.FieldLimit > 0 && name == "":
		return plugin.BadOption("field_limit", "it needs field_overflow, a field for what is beyond the limit")
	case strings.ContainsAny(name, ".[]%") || strings.HasPrefix(name, "@"):
		return plugin.BadOption("field_overflow", "%q is not the plain name of a field", name)
	case name != "":
		o.maker.overflow = &overflow{field: name, limit: o.cfg.FieldLimit, client: o.client, log: o.env.Log, full: map[string]fullIndex{}}
	}
	return nil
}

func (o *output) clientConfig() elastic.Config {
	c := o.cfg
	level := c.CompressionLevel
	if c.IsSet("http_compression") && !c.HTTPCompression {
		level = 0
	}
	return elastic.Config{
		Hosts: hosts(c.Hosts), HTTPS: c.SSLEnabled, Path: c.Path, Parameters: texts(c.Parameters), CloudID: c.CloudID, CloudAuth: c.CloudAuth.Reveal(),
		User: c.User, Password: c.Password.Reveal(), APIKey: c.APIKey.Reveal(), Proxy: c.Proxy, Headers: texts(c.CustomHeaders),
		TLS: elastic.TLS{
			Authorities: c.Authorities, Certificate: c.Certificate, Key: c.Key, TrustedFingerprints: c.Fingerprint,
			Verification: c.Verification, Protocols: c.Protocols, CipherSuites: c.CipherSuites,
		},
		CompressionLevel: level, BulkPath: c.BulkPath, Timeout: seconds(c.Timeout), PoolMax: c.PoolMax, PoolMaxPerHost: c.PoolMaxPerRoute,
		ResurrectDelay: seconds(c.ResurrectDelay), Sniffing: c.Sniffing, SniffingDelay: seconds(c.SniffingDelay), SniffingPath: c.SniffingPath,
		Logger: o.env.Log,
	}
}

// hosts reads Logstash's way to leave a host's scheme open: //HOST.
func hosts(list []string) []string {
	open := make([]string, len(list))
	for i, h := range list {
		open[i] = strings.TrimPrefix(h, "//")
	}
	return open
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func texts(h plugin.Hash) map[string]string {
	m := make(map[string]string, len(h))
	for _, p := range h {
		m[p.Key], _ = p.Value.Text()
	}
	return m
}

// Backoff implements plugin.Paced.
func (o *output) Backoff() (first, last time.Duration) {
	if o.cfg.IsSet("retry_initial_interval") {
		first = seconds(o.cfg.InitialInterval)
	}
	if o.cfg.IsSet("retry_max_interval") {
		last = seconds(o.cfg.MaxInterval)
	}
	return first, last
}

// Open implements plugin.Output: it finds out who answers and installs what indices need.
func (o *output) Open(ctx context.Context) error {
	if _, err := o.client.Probe(ctx); err != nil {
		return err
	}
	if o.maker.streams != nil {
		return o.client.InstallDataStream(ctx, o.maker.streams.name())
	}
	if o.lifetime != nil {
		if err := o.client.InstallLifecycle(ctx, *o.lifetime); err != nil {
			return err
		}
	}
	if !o.cfg.ManageTemplate {
		return nil
	}
	_, err := o.client.InstallTemplate(ctx, elastic.Template{
		Name: o.cfg.TemplateName, File: o.cfg.Template, Overwrite: o.cfg.TemplateOverwrite, API: o.cfg.TemplateAPI,
		ECS: o.env.ECS.Enabled(), Lifecycle: o.lifetime, Overflow: o.cfg.FieldOverflow,
	})
	return err
}

// Write implements plugin.Output.
func (o *output) Write(ctx context.Context, b event.Batch) error {
	d := o.maker.documents(b)
	defer o.maker.done(d)
	if len(d.items) > 0 {
		if err := o.bulk(ctx, d); err != nil {
			return err
		}
	}
	if len(d.failed) > 0 {
		return &plugin.BatchError{Failed: d.failed}
	}
	return nil
}

// bulk writes the items; what is refused of them joins d.failed.
func (o *output) bulk(ctx context.Context, d *documents) error {
	if err := o.limiter.Acquire(ctx); err != nil {
		return err
	}
	_, err := o.client.Bulk(ctx, d.items)
	var partly *plugin.BatchError
	if errors.As(err, &partly) {
		err = o.race(ctx, d.items, partly)
	}
	if o.maker.overflow != nil && errors.As(err, &partly) {
		err = o.maker.overflow.retry(ctx, d.items, partly)
	}
	o.limiter.Release(err)
	if !errors.As(err, &partly) {
		return err
	}
	for _, f := range partly.Failed {
		f.Index = d.index[f.Index]
		d.failed = append(d.failed, f)
	}
	return nil
}

// race writes documents again, once, that were refused only because another document gave one of their fields another type at the
// same moment: now that the type is known they fit, or are refused for what they are.
func (o *output) race(ctx context.Context, items []elastic.Item, first *plugin.BatchError) error {
	return again(ctx, o.client, items, first, lostRace, func(it elastic.Item) (elastic.Item, bool) { return it, true })
}

// again writes the documents once more whose failures are such, after change, which may leave one out. It returns what of all is left of
// failures.
func again(ctx context.Context, client *elastic.Client, items []elastic.Item, first *plugin.BatchError, such func(error) bool, change func(elastic.Item) (elastic.Item, bool)) error {
	var second []elastic.Item
	var index []int
	var rest []plugin.Failure
	for _, f := range first.Failed {
		if such(f.Err) {
			if it, ok := change(items[f.Index]); ok {
				second, index = append(second, it), append(index, f.Index)
				continue
			}
		}
		rest = append(rest, f)
	}
	if len(second) == 0 {
		return first
	}
	_, err := client.Bulk(ctx, second)
	var partly *plugin.BatchError
	switch {
	case errors.As(err, &partly):
		for _, f := range partly.Failed {
			f.Index = index[f.Index]
			rest = append(rest, f)
		}
	case err != nil:
		for _, i := range index {
			rest = append(rest, plugin.Failure{Index: i, Err: err})
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return &plugin.BatchError{Failed: rest}
}

func lostRace(err error) bool {
	var refused *elastic.DocumentError
	return errors.As(err, &refused) && refused.Type == "illegal_argument_exception" && strings.Contains(refused.Reason, "cannot be changed from type")
}

// Unordered implements plugin.Unordered: documents with identities of their own come to the same whatever their order; with
// ids and actions that the configuration gives, the last one must win.
func (o *output) Unordered() bool { return !o.cfg.IsSet("document_id") && !o.cfg.IsSet("action") }

// NeedsIDs implements plugin.Identifying.
func (o *output) NeedsIDs() bool { return o.maker.identity }

// Check implements plugin.Checker.
func (o *output) Check(ctx context.Context) error {
	_, err := o.client.Probe(ctx)
	return err
}

// Health implements plugin.Healthy.
func (o *output) Health() (plugin.Health, string) {
	s := o.client.Status()
	return plugin.Health(s.Colour), s.Reason
}

// Close implements plugin.Output.
func (o *output) Close(context.Context) error {
	o.client.Close()
	return nil
}

// dataStreams decides whether events go to data streams.
func dataStreams(cfg *config, env *plugin.Env) (*streams, error) {
	plain := ""
	for _, name := range []string{"index", "document_id", "document_type", "action", "template", "template_name", "ilm_enabled", "ilm_rollover_alias", "routing", "parent", "script", "upsert", "doc_as_upsert", "version"} {
		if cfg.IsSet(name) && !(name == "action" && cfg.Action.String() == "create") {
			plain = name
		}
	}
	switch {
	case cfg.DataStream == "false", cfg.DataStream == "auto" && (plain != "" || !env.ECS.Enabled()):
		return nil, nil
	case plain != "":
		return nil, plugin.BadOption(plain, "%s does not go with data_stream => true: a data stream only takes new documents, and names itself", plain)
	}
	for _, p := range []struct{ option, text string }{{"data_stream_dataset", cfg.DataStreamDataset}, {"data_stream_namespace", cfg.DataStreamNamespace}} {
		if p.text == "" || strings.ContainsAny(p.text, `\/*?"<>| ,#:`) || p.text != strings.ToLower(p.text) {
			return nil, plugin.BadOption(p.option, "%q cannot be part of a data stream's name: no capitals, blanks or any of \\ / * ? \" < > | , # :", p.text)
		}
	}
	return &streams{cfg: cfg}, nil
}

// streams names data streams.
type streams struct{ cfg *config }

func (s *streams) name() string {
	return fmt.Sprintf("%s-%s-%s", s.cfg.DataStreamType, s.cfg.DataStreamDataset, s.cfg.DataStreamNamespace)
}

var streamField = event.MustRef("data_stream")

// of is the event's data stream; its fields are brought into line with that.
func (s *streams) of(e *event.Event) string {
	parts := [3]string{s.cfg.DataStreamType, s.cfg.DataStreamDataset, s.cfg.DataStreamNamespace}
	keys := [3]string{"type", "dataset", "namespace"}
	v, _ := e.Get(streamField)
	o := v.Object()
	if o != nil && s.cfg.DataStreamRouting {
		for i, k := range keys {
			if own, ok := o.Get(k); ok && own.IsString() && own.Str() != "" {
				parts[i] = own.Str()
			}
		}
	}
	if s.cfg.DataStreamSync {
		if o == nil {
			o = event.NewObject(3)
			_ = e.Set(streamField, event.ObjectValue(o))
		}
		for i, k := range keys {
			o.Set(k, event.StringValue(parts[i]))
		}
	}
	return strings.Join(parts[:], "-")
}
