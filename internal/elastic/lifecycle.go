package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Lifecycle puts documents into a series of indices behind an alias, which Elasticsearch rolls over.
type Lifecycle struct {
	Alias   string // that documents are written to
	Pattern string // of the first index after "ALIAS-"; default {now/d}-000001
	Policy  string // default logstash-policy, which is made when it is missing
}

const defaultPolicy = "logstash-policy"

// HasLifecycle reports whether the cluster has index lifecycle management: Elastic's own distributions do; open builds and
// OpenSearch, which has another, do not. Rights that are missing count as an error.
func (c *Client) HasLifecycle(ctx context.Context) (bool, error) {
	f, err := c.Probe(ctx)
	if err != nil {
		return false, err
	}
	if f.OpenSearch || f.Serverless || !f.atLeast(6, 6) {
		return false, nil
	}
	var answer struct {
		Mode string `json:"operation_mode"`
	}
	err = c.json(ctx, http.MethodGet, "/_ilm/status", nil, nil, &answer)
	if unknownVerb(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask for index lifecycle management: %w", err)
	}
	return answer.Mode != "", nil
}

// unknownVerb reports whether the cluster does not have what was asked for.
func unknownVerb(err error) bool {
	var fault *RequestError
	return errors.As(err, &fault) && (fault.Status == 400 || fault.Status == 404 || fault.Status == 405)
}

// InstallLifecycle makes the default policy and the alias' first index where they are missing.
func (c *Client) InstallLifecycle(ctx context.Context, l Lifecycle) error {
	setDefault(&l.Policy, defaultPolicy)
	setDefault(&l.Pattern, "{now/d}-000001")
	if err := c.installPolicy(ctx, l.Policy); err != nil {
		return err
	}
	there, err := c.exists(ctx, "/_alias/"+url.PathEscape(l.Alias))
	if there || err != nil {
		return wrapIf(err, "look for the rollover alias "+l.Alias)
	}
	if taken, err := c.exists(ctx, "/"+url.PathEscape(l.Alias)); taken || err != nil {
		if taken {
			err = errors.New("an index of this name exists: choose another ilm_rollover_alias, or remove the index")
		}
		return fmt.Errorf("make the rollover alias %s: %w", l.Alias, err)
	}
	first := url.PathEscape("<" + l.Alias + "-" + l.Pattern + ">")
	err = c.json(ctx, http.MethodPut, "/"+first, nil, object{"aliases": object{l.Alias: object{"is_write_index": true}}}, nil)
	var fault *RequestError
	if errors.As(err, &fault) && fault.Kind == Rejected {
		if there, again := c.exists(ctx, "/_alias/"+url.PathEscape(l.Alias)); there && again == nil {
			return nil // another replica was quicker
		}
	}
	return wrapIf(err, "make the first index of the rollover alias "+l.Alias)
}

func (c *Client) installPolicy(ctx context.Context, name string) error {
	path := "/_ilm/policy/" + url.PathEscape(name)
	err := c.json(ctx, http.MethodGet, path, nil, nil, nil)
	switch {
	case err == nil:
		return nil
	case !notFound(err):
		return fmt.Errorf("look for the lifecycle policy %s: %w", name, err)
	case name != defaultPolicy:
		return fmt.Errorf("the lifecycle policy %s does not exist: make it, or leave ilm_policy at %s", name, defaultPolicy)
	}
	policy := object{"policy": retention(true, 0)}
	return wrapIf(c.json(ctx, http.MethodPut, path, nil, policy, nil), "make the lifecycle policy "+name)
}

// Where a series of indices goes on in a new one.
const (
	rolloverSize = "50gb"
	rolloverAge  = "30d"
)

// retention is a policy of Elasticsearch's index lifecycle management: indices of a series roll over, and are deleted when they
// are older than keep; with 0 never. It has no force merge and nothing else that makes an index read-only: late events would be refused.
func retention(series bool, keep time.Duration) object {
	actions := object{}
	if series {
		actions["rollover"] = object{"max_size": rolloverSize, "max_age": rolloverAge}
	}
	phases := object{"hot": object{"min_age": "0ms", "actions": actions}}
	if keep > 0 {
		phases["delete"] = object{"min_age": age(keep), "actions": object{"delete": object{}}}
	}
	return object{"phases": phases}
}

// age writes a time as engines read it, in whole hours.
func age(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return fmt.Sprintf("%dh", max(1, d/time.Hour))
}
