package elastic

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// sniffAlways keeps the hosts equal to the cluster's nodes until ctx ends.
func (c *Client) sniffAlways(ctx context.Context) {
	tick := time.NewTicker(c.cfg.SniffingDelay)
	defer tick.Stop()
	for {
		if err := c.sniff(ctx); err != nil && ctx.Err() == nil {
			c.cfg.Logger.Warn("sniffing: the hosts stay as they are", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sniff asks for the nodes that take documents, and uses their published addresses.
func (c *Client) sniff(ctx context.Context) error {
	var answer struct {
		Nodes map[string]struct {
			Roles []string `json:"roles"`
			HTTP  struct {
				PublishAddress string `json:"publish_address"`
			} `json:"http"`
		} `json:"nodes"`
	}
	if err := c.json(ctx, http.MethodGet, c.cfg.SniffingPath, nil, nil, &answer); err != nil {
		return err
	}
	like := c.pool.URLs()[0]
	var urls []*url.URL
	for _, node := range answer.Nodes {
		dedicated := len(node.Roles) == 1 && (node.Roles[0] == "master" || node.Roles[0] == "cluster_manager")
		if node.HTTP.PublishAddress == "" || dedicated {
			continue
		}
		urls = append(urls, &url.URL{Scheme: like.Scheme, Host: published(node.HTTP.PublishAddress), Path: like.Path})
	}
	if len(urls) == 0 {
		return nil
	}
	slices.SortFunc(urls, func(a, b *url.URL) int { return strings.Compare(a.Host, b.Host) })
	c.pool.use(urls, c.sniffedAuth())
	return nil
}

// sniffedAuth is for hosts that the configuration does not name: its own, or that of the first host that has one.
func (c *Client) sniffedAuth() string {
	if c.auth != "" {
		return c.auth
	}
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	for _, h := range c.pool.hosts {
		if h.auth != "" {
			return h.auth
		}
	}
	return ""
}

// published reads name/ip:port or ip:port.
func published(address string) string {
	name, rest, found := strings.Cut(address, "/")
	if !found {
		return address
	}
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		return name + rest[i:]
	}
	return rest
}
