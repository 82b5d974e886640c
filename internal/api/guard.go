package api

import (
	"net"
	"net/http"
	"os"
	"strings"
)

// requestHeader must be there, with any value, on requests below /_castor/ that change something: a foreign site's page cannot set it without
// being asked first whether it may, and it may not.
const requestHeader = "X-Castor-Request"

// guarded keeps foreign sites away that a browser on this machine, or one that knows the password, has open: they can neither send what
// changes something, nor read by a name of theirs that is made to point here (DNS rebinding).
func (s *Server) guarded(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	own, _ := os.Hostname()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isProbe(r):
		case s.opt.User == "" && !isOwnName(r.Host, own):
			s.fail(w, r, forbidden("without a password only this machine is answered, and %q is a name that is not known as its own: use localhost or an address, "+
				"let a proxy before it send Host: localhost, or set api.auth.type: basic", r.Host))
			return
		case cross.Check(r) != nil:
			s.fail(w, r, forbidden("the request comes from another site's page, which may change nothing here"))
			return
		case changes(r) && strings.HasPrefix(r.URL.Path, "/_castor/") && r.Header.Get(requestHeader) == "":
			s.fail(w, r, forbidden("%s %s changes something: send the header %s: 1, by which it is known that no foreign page asks for it", r.Method, r.URL.Path, requestHeader))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isProbe tells of the requests by which orchestrators look; they tell no secrets.
func isProbe(r *http.Request) bool { return r.URL.Path == "/livez" || r.URL.Path == "/readyz" }

func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

// isOwnName tells whether a Host header names this machine: by localhost, its own name or an address.
func isOwnName(host, own string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || strings.EqualFold(host, own) || net.ParseIP(strings.Trim(host, "[]")) != nil
}
