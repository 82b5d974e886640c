package elastic

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// InstallDataStream sees to it that documents for a data stream like logs-nginx-default make one, and not a plain index:
// where no template says so, it installs one for all streams of the type.
func (c *Client) InstallDataStream(ctx context.Context, name string) error {
	f, err := c.Probe(ctx)
	if err != nil {
		return fmt.Errorf("look for the data stream %s: %w", name, err)
	}
	if !f.DataStreams() {
		return fmt.Errorf("%s has no data streams: write to an index instead (data_stream => false)", f)
	}
	err = c.json(ctx, http.MethodGet, "/_data_stream/"+url.PathEscape(name), nil, nil, nil)
	switch {
	case err == nil:
		return nil
	case notFound(err):
	case unknownVerb(err):
		return fmt.Errorf("this build of %s has no data streams: write to an index instead (data_stream => false)", f)
	default:
		return fmt.Errorf("look for the data stream %s: %w", name, err)
	}
	covered, err := c.streamTemplate(ctx, name)
	if covered || err != nil {
		return wrapIf(err, "look for a template for the data stream "+name)
	}
	kind, _, _ := strings.Cut(name, "-")
	t := streams(kind)
	body := ofStreams(t.standard(f, true))
	return wrapIf(c.json(ctx, http.MethodPut, "/_index_template/"+url.PathEscape(t.Name), nil, body, nil),
		"install the index template "+t.Name)
}

// streams is the template for all data streams of a type.
func streams(kind string) Template {
	return Template{Name: "castor-" + kind, Pattern: kind + "-*-*", ECS: true}
}

// ofStreams makes a composable template one of data streams.
func ofStreams(template object) object {
	template["data_stream"] = object{}
	template["priority"] = 90 // below the 100 of Elastic's own, should they come later
	return sealed(template, "Data streams that Castor writes")
}

// streamTemplate reports whether the template that applies to a name makes data streams.
func (c *Client) streamTemplate(ctx context.Context, name string) (bool, error) {
	var answer struct {
		Templates []struct {
			Template struct {
				Patterns []string `json:"index_patterns"`
				Priority int      `json:"priority"`
				Stream   *object  `json:"data_stream"`
			} `json:"index_template"`
		} `json:"index_templates"`
	}
	if err := c.json(ctx, http.MethodGet, "/_index_template", nil, nil, &answer); err != nil {
		return false, err
	}
	best, stream := -1, false
	for _, t := range answer.Templates {
		for _, p := range t.Template.Patterns {
			if t.Template.Priority > best && matches(p, name) {
				best, stream = t.Template.Priority, t.Template.Stream != nil
			}
		}
	}
	return stream, nil
}

// matches compares with a pattern in which * stands for anything.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return strings.HasSuffix(name, last)
}
