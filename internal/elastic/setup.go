package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Setup is what an administrator prepares a cluster with before events come: a lifecycle policy, component templates and an
// index template composed of them. The template has the name under which the output looks for one, which then leaves it as it is.
type Setup struct {
	Name string // of the index template, and of the indices before the first -; default logstash, or ecs-logstash with ECS
	ECS  bool
	// API is auto, legacy or composable, as in Template.
	API string
	// Streams, if set, is the type of data streams to prepare as well: logs for logs-*-*.
	Streams string
	// Keep is after what time indices are deleted; 0: never.
	Keep time.Duration
}

// Features are what an engine has beyond its version.
type Features struct {
	Flavour
	Lifecycle bool // index lifecycle management, of Elastic's own distributions
	States    bool // index state management, OpenSearch's
}

// Features asks the cluster.
func (c *Client) Features(ctx context.Context) (Features, error) {
	f, err := c.Probe(ctx)
	if err != nil {
		return Features{}, err
	}
	has := Features{Flavour: f}
	if has.Lifecycle, err = c.HasLifecycle(ctx); err != nil || !f.OpenSearch {
		return has, err
	}
	err = c.json(ctx, http.MethodGet, "/_plugins/_ism/policies", url.Values{"size": {"1"}}, nil, nil)
	if unknownVerb(err) {
		return has, nil
	}
	has.States = err == nil
	return has, wrapIf(err, "ask for index state management")
}

// Asset is one thing that a cluster keeps under a name.
type Asset struct {
	Kind AssetKind
	Name string
	Body object // what is asked of the cluster, without the wrapper that some requests have
}

// AssetKind says where a cluster keeps an asset.
type AssetKind string

// The kinds, as they are called in messages.
const (
	LifecyclePolicy   AssetKind = "lifecycle policy"
	StatePolicy       AssetKind = "state management policy"
	ComponentTemplate AssetKind = "component template"
	IndexTemplate     AssetKind = "index template"
	LegacyTemplate    AssetKind = "legacy index template"
)

var assetFolders = map[AssetKind]string{
	LifecyclePolicy: "/_ilm/policy/", StatePolicy: "/_plugins/_ism/policies/",
	ComponentTemplate: "/_component_template/", IndexTemplate: "/_index_template/", LegacyTemplate: "/_template/",
}

// Path is where the asset is put.
func (a Asset) Path() string { return assetFolders[a.Kind] + url.PathEscape(a.Name) }

// Payload is the request's body, indented for people.
func (a Asset) Payload() []byte {
	var body any = a.Body
	if a.Kind == LifecyclePolicy || a.Kind == StatePolicy {
		body = object{"policy": a.Body}
	}
	raw, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("asset %s: %v", a.Name, err)) // it is made of texts and numbers
	}
	return raw
}

// Pattern is of the indices that are prepared.
func (s Setup) Pattern() string {
	t := Template{Name: s.Name, ECS: s.ECS}
	t.setName()
	return t.Name + "-*"
}

// Assets are what to put into an engine, each before what refers to it.
func (s Setup) Assets(has Features) ([]Asset, error) {
	t := Template{Name: s.Name, ECS: s.ECS, API: s.API}
	t.setName()
	composable, err := t.composable(has.Flavour, nil)
	if err != nil {
		return nil, err
	}
	assets := s.assets(has, t, composable, false)
	if s.Streams == "" {
		return assets, nil
	}
	if !has.DataStreams() {
		return nil, fmt.Errorf("%s has no data streams", has)
	}
	return append(assets, s.assets(has, streams(s.Streams), true, true)...), nil
}

func (s Setup) assets(has Features, t Template, composable, stream bool) []Asset {
	var assets []Asset
	add := func(kind AssetKind, name string, body object) { assets = append(assets, Asset{kind, name, body}) }
	family := t.Name
	if !stream {
		family = "castor-" + t.Name
	}
	setDefault(&t.Pattern, t.Name+"-*")
	settings := t.settings(has.Flavour)
	switch {
	case has.Lifecycle:
		policy := retention(stream, s.Keep)
		if has.atLeast(7, 16) { // before, policies take no _meta
			policy = sealed(policy, "How long the indices are kept that Castor writes")
		}
		add(LifecyclePolicy, family, policy)
		settings["index.lifecycle.name"] = family
	case has.States:
		add(StatePolicy, family, states(t.Pattern, stream, s.Keep))
	}
	if !composable {
		body := t.standard(has.Flavour, false)
		body["settings"] = settings
		add(LegacyTemplate, t.Name, body)
		return assets
	}
	component := func(part string, content any) string {
		name := family + "-" + part
		add(ComponentTemplate, name, sealed(object{"version": contentVersion, "template": object{part: content}}, "The "+part+" of indices that Castor writes"))
		return name
	}
	parts := []string{component("settings", settings), component("mappings", t.mappings())}
	content := object{}
	if has.optionalParts() {
		own := t.Name + "@custom"
		parts, content["ignore_missing_component_templates"] = append(parts, own), []string{own}
	}
	content["composed_of"] = parts
	body := indexTemplate(t.Pattern, content)
	if stream {
		body = ofStreams(body)
	}
	add(IndexTemplate, t.Name, body)
	return assets
}

// optionalParts reports whether an index template may name component templates that are not there.
func (f Flavour) optionalParts() bool {
	return f.Serverless || !f.OpenSearch && f.atLeast(8, 7)
}

// states is a policy of OpenSearch's index state management, which says itself which indices it is for.
func states(pattern string, series bool, keep time.Duration) object {
	actions, transitions := []object{}, []object{}
	all := []object{}
	if series {
		actions = append(actions, object{"rollover": object{"min_size": rolloverSize, "min_index_age": rolloverAge}})
	}
	if keep > 0 {
		transitions = append(transitions, object{"state_name": "deleted", "conditions": object{"min_index_age": age(keep)}})
		all = append(all, object{"name": "deleted", "actions": []object{{"delete": object{}}}, "transitions": []object{}})
	}
	return object{
		"description":   "How long the indices are kept that Castor writes",
		"default_state": "kept",
		"states":        append([]object{{"name": "kept", "actions": actions, "transitions": transitions}}, all...),
		"ism_template":  []object{{"index_patterns": []string{pattern}, "priority": 100}},
	}
}

// Change is what became, or with a dry run would become, of an asset.
type Change string

// The changes.
const (
	Created   Change = "created"
	Updated   Change = "updated"   // an older one of Castor's that nobody had edited
	Replaced  Change = "replaced"  // an edited one, by force
	Unchanged Change = "unchanged" // it is as wanted
	Kept      Change = "kept"      // somebody's own, or edited
)

// Writes reports whether the change needs a request.
func (c Change) Writes() bool { return c == Created || c == Updated || c == Replaced }

// Plan says what there is to do for an asset.
func (c *Client) Plan(ctx context.Context, a Asset, force bool) (Change, error) {
	have, _, err := c.asset(ctx, a)
	switch {
	case err != nil:
		return "", fmt.Errorf("look for the %s %s: %w", a.Kind, a.Name, err)
	case have == nil:
		return Created, nil
	case contains(have, a.Body):
		return Unchanged, nil
	case intact(have):
		return Updated, nil
	case force:
		return Replaced, nil
	}
	return Kept, nil
}

// Install puts an asset where it belongs, in the place of one that is there.
func (c *Client) Install(ctx context.Context, a Asset) error {
	query := url.Values{}
	if a.Kind == StatePolicy { // an existing one is only changed by who names its revision
		have, at, err := c.asset(ctx, a)
		if err != nil {
			return fmt.Errorf("look for the %s %s: %w", a.Kind, a.Name, err)
		}
		if have != nil {
			query = url.Values{"if_seq_no": {at.SeqNo.String()}, "if_primary_term": {at.PrimaryTerm.String()}}
		}
	}
	err := c.json(ctx, http.MethodPut, a.Path(), query, a.Payload(), nil)
	var fault *RequestError
	if errors.As(err, &fault) && fault.Kind == Forbidden {
		return fmt.Errorf("install the %s %s: %w (setup needs rights on the whole cluster: manage_index_templates, and manage_ilm for policies)", a.Kind, a.Name, err)
	}
	return wrapIf(err, fmt.Sprintf("install the %s %s", a.Kind, a.Name))
}

// revision is the state of a document that OpenSearch keeps a policy in.
type revision struct {
	SeqNo       json.Number `json:"_seq_no"`
	PrimaryTerm json.Number `json:"_primary_term"`
}

// asset is what the cluster has under the asset's name, nil for nothing.
func (c *Client) asset(ctx context.Context, a Asset) (object, revision, error) {
	var raw json.RawMessage
	err := c.json(ctx, http.MethodGet, a.Path(), nil, nil, &raw)
	if notFound(err) {
		return nil, revision{}, nil
	}
	if err != nil {
		return nil, revision{}, err
	}
	var answer struct {
		Components []struct {
			Body object `json:"component_template"`
		} `json:"component_templates"`
		Templates []struct {
			Body object `json:"index_template"`
		} `json:"index_templates"`
		Policy object `json:"policy"`
		revision
	}
	var named map[string]json.RawMessage
	if err := cmp.Or(json.Unmarshal(raw, &answer), json.Unmarshal(raw, &named)); err != nil {
		return nil, revision{}, fmt.Errorf("read the answer: %w", err)
	}
	var have object
	switch {
	case a.Kind == ComponentTemplate && len(answer.Components) > 0:
		have = answer.Components[0].Body
	case a.Kind == IndexTemplate && len(answer.Templates) > 0:
		have = answer.Templates[0].Body
	case a.Kind == StatePolicy:
		have = answer.Policy
	case a.Kind == LegacyTemplate:
		err = json.Unmarshal(named[a.Name], &have)
	case a.Kind == LifecyclePolicy:
		var holder struct{ Policy object }
		err = json.Unmarshal(named[a.Name], &holder)
		have = holder.Policy
	}
	return have, answer.revision, wrapIf(err, "read the answer")
}
