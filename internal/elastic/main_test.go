package elastic

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"castor/internal/plugin"
	"castor/internal/testkit/fakees"
)

// client is one for hosts, made smaller and quicker by change.
func client(t testing.TB, change func(*Config), hosts ...string) *Client {
	t.Helper()
	cfg := Config{Hosts: hosts, Timeout: 30 * time.Second, ResurrectDelay: 20 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// docs are n documents to create, with ids of their own.
func docs(index string, n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{
			Action: Create, Index: index, ID: fmt.Sprintf("id-%d", i),
			Source: JSON(fmt.Appendf(nil, `{"n":%d,"message":"line %d"}`, i, i)),
		}
	}
	return items
}

// bulkOK sends what must be settled whole.
func bulkOK(t testing.TB, c *Client, items []Item) Report {
	t.Helper()
	report, err := c.Bulk(context.Background(), items)
	if err != nil {
		t.Fatalf("Bulk: %v", err)
	}
	return report
}

// failures are those of a batch error, which err must be.
func failures(t testing.TB, err error) []plugin.Failure {
	t.Helper()
	var b *plugin.BatchError
	if !errors.As(err, &b) {
		t.Fatalf("got %T %v, want a *plugin.BatchError", err, err)
	}
	return b.Failed
}

// requestFault is the request error that err must be.
func requestFault(t testing.TB, err error) *RequestError {
	t.Helper()
	var f *RequestError
	if !errors.As(err, &f) {
		t.Fatalf("got %T %v, want a *RequestError", err, err)
	}
	return f
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// stopped is a fake engine's address on which nothing listens.
func stopped(t *testing.T) string {
	t.Helper()
	var url string
	t.Run("stopped", func(t *testing.T) { url = fakees.New(t).URL })
	return url
}
