package elastic

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Flavour is which engine answers, and what it can do.
type Flavour struct {
	OpenSearch bool
	Serverless bool
	Version    string // as it says itself: "7.10.2"
	Major      int
	Minor      int
}

func (f Flavour) String() string {
	name := "Elasticsearch"
	if f.OpenSearch {
		name = "OpenSearch"
	}
	return strings.TrimSpace(name + " " + f.Version)
}

// atLeast compares with an Elasticsearch version; OpenSearch began as 7.10.
func (f Flavour) atLeast(major, minor int) bool {
	if f.OpenSearch || f.Serverless {
		return major < 7 || major == 7 && minor <= 10
	}
	return f.Major > major || f.Major == major && f.Minor >= minor
}

// Types reports whether documents need a mapping type, as before Elasticsearch 7.
func (f Flavour) Types() bool { return !f.atLeast(7, 0) }

// ComposableTemplates reports whether _index_template exists.
func (f Flavour) ComposableTemplates() bool { return f.Serverless || f.atLeast(7, 8) }

// DataStreams reports whether the engine, if complete, has data streams.
func (f Flavour) DataStreams() bool { return f.Serverless || f.atLeast(7, 9) }

// lenientLimit reports whether fields over the limit can be left unmapped instead of refusing the document.
func (f Flavour) lenientLimit() bool {
	return f.Serverless || !f.OpenSearch && (f.Major > 8 || f.Major == 8 && f.Minor >= 14)
}

// Probe asks GET / who answers. The answer is kept: later calls ask only after a failure. A cluster that forbids the
// question but takes other requests counts as a current Elasticsearch.
func (c *Client) Probe(ctx context.Context) (Flavour, error) {
	if f := c.flavour.Load(); f != nil {
		return *f, nil
	}
	var root struct {
		Tagline string `json:"tagline"`
		Version struct {
			Number       string `json:"number"`
			Distribution string `json:"distribution"`
			BuildFlavor  string `json:"build_flavor"`
		} `json:"version"`
	}
	res, err := esapi.InfoRequest{}.Do(ctx, c)
	if err != nil {
		return Flavour{}, err
	}
	if err := json.NewDecoder(res.Body).Decode(&root); err != nil {
		return Flavour{}, &RequestError{Kind: Unreadable, Status: res.StatusCode, Err: err}
	}
	f := Flavour{
		OpenSearch: root.Version.Distribution == "opensearch" || strings.Contains(root.Tagline, "OpenSearch"),
		Serverless: root.Version.BuildFlavor == "serverless",
		Version:    root.Version.Number,
	}
	f.Major, f.Minor = majorMinor(f.Version)
	if f.Major == 0 { // something in front answers for the cluster
		f.Major = 8
	}
	c.flavour.Store(&f)
	return f, nil
}

func majorMinor(version string) (int, int) {
	parts := strings.SplitN(version, ".", 3)
	major, _ := strconv.Atoi(parts[0])
	if len(parts) < 2 {
		return major, 0
	}
	minor, _ := strconv.Atoi(parts[1])
	return major, minor
}
