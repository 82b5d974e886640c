package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Template is an index template to install.
type Template struct {
	Name string // default logstash, or ecs-logstash with ECS
	// File is a JSON file to send as it is; empty: Castor's own template.
	File      string
	Overwrite bool
	// API is auto (default), legacy (_template) or composable (_index_template). Auto goes by the shape of File, or is
	// composable for Elasticsearch 8 and newer and for OpenSearch, as Logstash has it: on Elasticsearch 7 a composable
	// template would put every legacy one that a site has out of force.
	API string
	// ECS makes Castor's own template for ECS field names.
	ECS bool
	// Overflow is a field of Castor's own template that takes any object without a field for each key in it; empty for none.
	Overflow      string
	plainOverflow bool
	// Pattern replaces Name followed by -*, in Castor's own template.
	Pattern string
	// Lifecycle, if set, puts the indices under a policy.
	Lifecycle *Lifecycle
}

// InstallTemplate reports whether it installed the template; not, when one of its name is there and must stay.
func (c *Client) InstallTemplate(ctx context.Context, t Template) (bool, error) {
	f, err := c.Probe(ctx)
	if err != nil {
		return false, fmt.Errorf("install the index template: %w", err)
	}
	t.setName()
	body, composable, err := t.body(f)
	if err != nil {
		return false, err
	}
	path := "/_template/" + url.PathEscape(t.Name)
	if composable {
		path = "/_index_template/" + url.PathEscape(t.Name)
	}
	if !t.Overwrite {
		there, err := c.exists(ctx, path)
		if there || err != nil {
			return false, wrapIf(err, "look for the index template "+t.Name)
		}
	}
	err = c.putTemplate(ctx, t.Name, body, composable)
	if t.Overflow != "" && lacksFlat(err) {
		t.plainOverflow = true
		if body, composable, err = t.body(f); err == nil {
			err = c.putTemplate(ctx, t.Name, body, composable)
		}
	}
	if err != nil {
		return false, fmt.Errorf("install the index template %s: %w", t.Name, err)
	}
	c.cfg.Logger.Info("index template installed", slog.String("name", t.Name), slog.Bool("composable", composable))
	return true, nil
}

// setName gives a template without a name Logstash's.
func (t *Template) setName() {
	if t.Name == "" && t.ECS {
		t.Name = "ecs-logstash"
	}
	setDefault(&t.Name, "logstash")
}

func (c *Client) putTemplate(ctx context.Context, name string, body []byte, composable bool) error {
	if composable {
		_, err := esapi.IndicesPutIndexTemplateRequest{Name: name, Body: bytes.NewReader(body)}.Do(ctx, c)
		return err
	}
	_, err := esapi.IndicesPutTemplateRequest{Name: name, Body: bytes.NewReader(body)}.Do(ctx, c)
	return err
}

func wrapIf(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// body is the template's JSON and which API it is for.
func (t Template) body(f Flavour) ([]byte, bool, error) {
	var own map[string]any
	if t.File != "" {
		raw, err := os.ReadFile(t.File)
		if err != nil {
			return nil, false, fmt.Errorf("read the index template: %w", err)
		}
		if err := json.Unmarshal(raw, &own); err != nil {
			return nil, false, fmt.Errorf("read the index template %s: it is not a JSON object: %w", t.File, err)
		}
	}
	composable, err := t.composable(f, own)
	if err != nil {
		return nil, false, err
	}
	if own == nil {
		own = t.standard(f, composable)
	}
	t.manage(own, composable)
	if composable && t.File == "" && t.Lifecycle != nil {
		own = sealed(own, writes)
	}
	raw, err := json.Marshal(own)
	return raw, composable, err
}

func (t Template) composable(f Flavour, own map[string]any) (bool, error) {
	switch t.API {
	case "legacy":
		if f.Serverless {
			return false, errors.New("template_api is legacy, which Elasticsearch Serverless does not have: use composable")
		}
		return false, nil
	case "composable":
		if !f.ComposableTemplates() {
			return false, fmt.Errorf("template_api is composable, which %s does not have: use legacy", f)
		}
		return true, nil
	case "", "auto":
	default:
		return false, fmt.Errorf("template_api %q is not known: it is auto, legacy or composable", t.API)
	}
	if own == nil {
		return f.OpenSearch || f.atLeast(8, 0) || f.Serverless, nil
	}
	_, settings := own["settings"]
	_, mappings := own["mappings"]
	if settings || mappings {
		return false, nil
	}
	_, inner := own["template"].(map[string]any)
	_, composed := own["composed_of"]
	if (inner || composed) && !f.ComposableTemplates() {
		return false, fmt.Errorf("the index template %s has the composable form, which %s does not know", t.File, f)
	}
	return inner || composed || f.OpenSearch || f.atLeast(8, 0), nil
}

// manage puts the indices of a rollover alias under their policy.
func (t Template) manage(template map[string]any, composable bool) {
	if t.Lifecycle == nil {
		return
	}
	template["index_patterns"] = []string{t.Lifecycle.Alias + "-*"}
	holder := template
	if composable {
		holder = child(template, "template")
	}
	settings := child(holder, "settings")
	settings["index.lifecycle.name"] = t.Lifecycle.Policy
	settings["index.lifecycle.rollover_alias"] = t.Lifecycle.Alias
}

func child(of map[string]any, name string) map[string]any {
	if m, ok := of[name].(map[string]any); ok {
		return m
	}
	m := map[string]any{}
	of[name] = m
	return m
}
