package kibana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"castor/internal/elastic"
)

// Client speaks to one Kibana, or OpenSearch Dashboards.
type Client struct {
	http  *elastic.Client
	space string
}

// New makes a client; cfg says where Kibana is and how to speak to it, space the Kibana space, empty for the default one.
func New(cfg elastic.Config, space string) (*Client, error) {
	cfg.Headers = map[string]string{"kbn-xsrf": "castor", "osd-xsrf": "castor"}
	c, err := elastic.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("kibana.host: %w", err)
	}
	return &Client{c, space}, nil
}

// Close ends its connections.
func (c *Client) Close() { c.http.Close() }

// Version is Kibana's own, such as 8.19.0.
func (c *Client) Version(ctx context.Context) (string, error) {
	var status struct{ Version struct{ Number string } }
	err := c.ask(ctx, http.MethodGet, "/api/status", nil, "", &status)
	if err == nil && status.Version.Number == "" {
		err = errors.New("what answers is no Kibana")
	}
	return status.Version.Number, err
}

// Result is what an import did.
type Result struct {
	Imported []string // "dashboard castor-web"
	Kept     []string // those that were there, and stay as they are without force
}

// ImportPath is where objects are imported.
func (c *Client) ImportPath(force bool) string {
	path := "/api/saved_objects/_import?overwrite=" + fmt.Sprint(force)
	if c.space != "" && c.space != "default" {
		path = "/s/" + url.PathEscape(c.space) + path
	}
	return path
}

// Import imports objects. Those whose ids are there stay as they are unless force is set.
func (c *Client) Import(ctx context.Context, objects []Object, force bool) (Result, error) {
	body, kind, err := form(NDJSON(objects))
	if err != nil {
		return Result{}, err
	}
	var answer struct {
		Success bool
		Errors  []struct {
			Type, ID string
			Error    struct {
				Type       string
				Message    string
				References []Reference
			}
		}
	}
	if err := c.ask(ctx, http.MethodPost, c.ImportPath(force), body, kind, &answer); err != nil {
		return Result{}, fmt.Errorf("import the saved objects: %w", err)
	}
	var r Result
	kept, faults := map[string]bool{}, []error{}
	for _, e := range answer.Errors {
		name := e.Type + " " + e.ID
		if e.Error.Type == "conflict" {
			kept[name] = true
			continue
		}
		faults = append(faults, fmt.Errorf("import the %s: %s", name, strings.TrimSpace(e.Error.Type+" "+e.Error.Message)))
	}
	for _, o := range objects {
		name := o.Type + " " + o.ID
		if kept[name] {
			r.Kept = append(r.Kept, name)
		} else {
			r.Imported = append(r.Imported, name)
		}
	}
	return r, errors.Join(faults...)
}

// form is a file as browsers send it.
func form(ndjson []byte) (body []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "castor.ndjson")
	if err == nil {
		_, err = part.Write(ndjson)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), w.FormDataContentType(), err
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte, kind string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.http.Perform(req)
	if err != nil {
		return explained(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("what answers is no Kibana: %w", err)
	}
	return nil
}

// explained says what to do about a refusal.
func explained(err error) error {
	var fault *elastic.RequestError
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w (Kibana's user needs the right to manage saved objects in the space)", err)
	case http.StatusNotFound:
		return fmt.Errorf("%w (is --kibana.host Kibana's address, with its server.basePath, and does the space exist?)", err)
	case http.StatusServiceUnavailable:
		return fmt.Errorf("%w (Kibana may still be starting)", err)
	}
	return err
}
