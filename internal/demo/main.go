// Demo writes the logs of a small web shop for `make demo`: a burst for the last hours at first, then a few lines a second.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

func main() {
	dir := flag.String("dir", "logs", "folder for the log files")
	past := flag.Duration("past", 3*time.Hour, "how far back the first lines reach")
	lasting := flag.Duration("for", 30*time.Minute, "how long to go on")
	flag.Parse()
	if err := run(*dir, *past, *lasting); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// service is one log file and how its next lines look.
type service struct {
	path  string
	line  func(r *rand.Rand, at time.Time) string
	share int // of a hundred entries
	file  *os.File
}

func run(dir string, past, lasting time.Duration) error {
	services := []*service{
		{path: "nginx/access.log", line: access, share: 60},
		{path: "shop.log", line: shop, share: 20},
		{path: "postgresql.log", line: postgres, share: 8},
		{path: "auth.log", line: auth, share: 7},
		{path: "ganeti/node-daemon.log", line: ganeti, share: 5},
	}
	for _, s := range services {
		path := filepath.Join(dir, s.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		s.file = f
	}
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Now().UTC()
	for at := now.Add(-past); at.Before(now); at = at.Add(time.Duration(r.IntN(8000)) * time.Millisecond) {
		if err := write(services, r, at); err != nil {
			return err
		}
	}
	for end := now.Add(lasting); time.Now().Before(end); time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond) {
		if err := write(services, r, time.Now().UTC()); err != nil {
			return err
		}
	}
	return nil
}

func write(services []*service, r *rand.Rand, at time.Time) error {
	n := r.IntN(100)
	for _, s := range services {
		if n -= s.share; n < 0 {
			_, err := fmt.Fprintln(s.file, s.line(r, at))
			return err
		}
	}
	return nil
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

func address(r *rand.Rand) string {
	return fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(222), r.IntN(256), r.IntN(256), 1+r.IntN(254))
}

func access(r *rand.Rand, at time.Time) string {
	status := pick(r, "200", "200", "200", "200", "200", "200", "304", "404", "500", "302")
	path := pick(r, "/", "/products/olive-oil", "/products/thyme-honey", "/cart", "/checkout", "/api/orders", "/static/app.css", "/search?q=honey")
	agent := pick(r, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15", "curl/8.5.0")
	return fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %s %d "%s" "%s"`, address(r), at.Format("02/Jan/2006:15:04:05 -0700"),
		pick(r, "GET", "GET", "GET", "POST"), path, status, 200+r.IntN(40_000), pick(r, "-", "https://shop.example.gr/", "https://www.example.com/"), agent)
}

func shop(r *rand.Rand, at time.Time) string {
	time := at.Format("2006-01-02 15:04:05.000")
	order := 10_000 + r.IntN(80_000)
	switch r.IntN(8) {
	case 0:
		return fmt.Sprintf("%s ERROR [http-%d] gr.example.shop.Checkout - payment of order %d failed\n"+
			"java.net.SocketTimeoutException: Read timed out\n\tat gr.example.pay.Gateway.charge(Gateway.java:88)\n"+
			"\tat gr.example.shop.Checkout.pay(Checkout.java:141)\n\t... 27 more", time, r.IntN(20), order)
	case 1:
		return fmt.Sprintf("%s WARN  [pool-%d] gr.example.shop.Stock - only %d left of thyme-honey", time, r.IntN(4), r.IntN(9))
	}
	return fmt.Sprintf("%s INFO  [http-%d] gr.example.shop.Orders - order %d of %d items accepted", time, r.IntN(20), order, 1+r.IntN(7))
}

func postgres(r *rand.Rand, at time.Time) string {
	text := pick(r, "LOG:  checkpoint complete: wrote 132 buffers (0.8%)", "LOG:  duration: 1532.113 ms  statement: SELECT * FROM orders WHERE state = 'open'",
		"ERROR:  deadlock detected", "LOG:  connection authorized: user=shop database=shop")
	return fmt.Sprintf("%s UTC [%d] %s", at.Format("2006-01-02 15:04:05.000"), 1000+r.IntN(9000), text)
}

func auth(r *rand.Rand, at time.Time) string {
	text := pick(r, "Failed password for invalid user admin from %s port %d ssh2", "Accepted publickey for deploy from %s port %d ssh2", "Connection closed by %s port %d [preauth]")
	return fmt.Sprintf("%s web-01 sshd[%d]: "+text, at.Format("Jan _2 15:04:05"), 1000+r.IntN(30_000), address(r), 1024+r.IntN(60_000))
}

func ganeti(r *rand.Rand, at time.Time) string {
	return fmt.Sprintf("%s: ganeti-noded pid=%d %s %s", at.Format("2006-01-02 15:04:05,000"), 1000+r.IntN(30_000), pick(r, "INFO", "INFO", "WARNING"),
		pick(r, "RPC call to node2 finished in 0.12 s", "RunCmd xm list", "instance vm-17 migrated", "no answer from node3"))
}
