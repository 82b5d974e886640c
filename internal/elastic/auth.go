package elastic

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// authorization is the header for requests to hosts that carry no user of their own; empty without credentials.
func (c Config) authorization() (string, error) {
	given := 0
	for _, v := range []string{c.User, c.CloudAuth, c.APIKey} {
		if v != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return "", errors.New("user, cloud_auth and api_key exclude each other: choose one")
	case c.APIKey != "":
		return "ApiKey " + encodedKey(c.APIKey), nil
	case c.CloudAuth != "":
		user, password, found := strings.Cut(c.CloudAuth, ":")
		if !found || user == "" {
			return "", errors.New("read cloud_auth: it is user:password")
		}
		return basic(user, password), nil
	case c.User != "":
		return basic(c.User, c.Password), nil
	case c.Password != "":
		return "", errors.New("password is set without user")
	}
	return "", nil
}

// encodedKey takes id:key; what has no colon is taken as encoded already.
func encodedKey(key string) string {
	if strings.Contains(key, ":") {
		return base64.StdEncoding.EncodeToString([]byte(key))
	}
	return key
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// userOf is the header for a host whose URL holds a user, else the general one.
func userOf(u *url.URL, general string) string {
	if u.User == nil {
		return general
	}
	password, _ := u.User.Password()
	return basic(u.User.Username(), password)
}
