package store

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

// serveUntilKilled is the process that TestSIGKILL kills.
func serveUntilKilled(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(ln.Addr())
	http.Serve(ln, s.Handler())
}
