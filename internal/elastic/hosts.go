package elastic

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// addresses are the URLs that the configuration means, with the user and password of each.
func (c Config) addresses() ([]*url.URL, error) {
	if c.CloudID != "" {
		if len(c.Hosts) > 0 {
			return nil, errors.New("cloud_id and hosts exclude each other: cloud_id already names the host")
		}
		u, err := cloudAddress(c.CloudID)
		if err != nil {
			return nil, err
		}
		return []*url.URL{c.withPath(u)}, nil
	}
	hosts := c.Hosts
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1"}
	}
	urls := make([]*url.URL, 0, len(hosts))
	for _, h := range hosts {
		u, err := c.address(h)
		if err != nil {
			return nil, err
		}
		urls = append(urls, c.withPath(u))
	}
	return urls, nil
}

// address reads a URL, host:port or host. Its errors do not show the text itself: it may hold a password.
func (c Config) address(host string) (*url.URL, error) {
	scheme := "http"
	if c.HTTPS {
		scheme = "https"
	}
	text := strings.TrimSpace(host)
	if text == "" {
		return nil, errors.New("hosts has an empty entry")
	}
	if !strings.Contains(text, "://") {
		if strings.Count(text, ":") > 1 && !strings.HasPrefix(text, "[") && net.ParseIP(text) != nil {
			text = "[" + text + "]"
		}
		text = scheme + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read host %q: not a URL like https://search1:9200 (characters such as @ : / # in a password are written %%40 %%3A %%2F %%23)", redact(host))
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("read host %q: the scheme is http or https", redact(host))
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("read host %q: it names no host", redact(host))
	}
	if c.HTTPS && u.Scheme == "http" {
		return nil, fmt.Errorf("read host %q: it says http while ssl_enabled says https", redact(host))
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), "9200")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawQuery, u.Fragment = "", ""
	return u, nil
}

func (c Config) withPath(u *url.URL) *url.URL {
	if p := strings.Trim(c.Path, "/"); p != "" && u.Path == "" {
		u.Path = "/" + p
	}
	return u
}

// cloudAddress decodes Elastic Cloud's LABEL:BASE64(DOMAIN[:PORT]$ELASTICSEARCH[:PORT]$KIBANA).
func cloudAddress(id string) (*url.URL, error) {
	_, coded, labelled := strings.Cut(id, ":")
	if !labelled {
		coded = id
	}
	plain, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return nil, errors.New("read cloud_id: the part after the colon is not base64; copy it from the deployment's page")
	}
	parts := strings.Split(string(plain), "$")
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" || parts[1] == "undefined" {
		return nil, errors.New("read cloud_id: it names no Elasticsearch host; copy it from the deployment's page")
	}
	domain, domainPort, _ := strings.Cut(parts[0], ":")
	name, port, _ := strings.Cut(parts[1], ":")
	setDefault(&port, domainPort)
	setDefault(&port, "443")
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(name+"."+domain, port)}, nil
}

// redact hides what stands where a password may stand.
func redact(host string) string {
	at := strings.LastIndexByte(host, '@')
	if at < 0 {
		return host
	}
	scheme, _, found := strings.Cut(host, "://")
	if !found || len(scheme) > at {
		return "***@" + host[at+1:]
	}
	return scheme + "://***@" + host[at+1:]
}

// shown is a host for logs and errors: no user, no password.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }
