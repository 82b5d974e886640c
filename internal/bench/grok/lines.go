package main

import (
	"fmt"
	"math/rand"
)

// maker makes log lines that are the same in every run.
type maker struct{ *rand.Rand }

func (m maker) one(list ...string) string { return list[m.Intn(len(list))] }

// fill puts a random number into every %d or %x of a template.
func (m maker) fill(t string) string {
	out := make([]byte, 0, len(t)+16)
	for i := 0; i < len(t); i++ {
		if t[i] == '%' && i+1 < len(t) && (t[i+1] == 'd' || t[i+1] == 'x') {
			out = fmt.Appendf(out, t[i:i+2], 1+m.Intn(1<<20))
			i++
			continue
		}
		out = append(out, t[i])
	}
	return string(out)
}

var months = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

func (m maker) clock() string {
	return fmt.Sprintf("%02d:%02d:%02d", m.Intn(24), m.Intn(60), m.Intn(60))
}

func (m maker) ip4() string {
	return fmt.Sprintf("%d.%d.%d.%d", 1+m.Intn(223), m.Intn(256), m.Intn(256), 1+m.Intn(254))
}

func (m maker) ip() string {
	if m.Intn(16) == 0 {
		return m.fill("2001:db8:0:") + fmt.Sprintf("%x:%x:%x:%x:%x", 1+m.Intn(65535), 1+m.Intn(65535), m.Intn(65536), m.Intn(65536), 1+m.Intn(65535))
	}
	return m.ip4()
}

func (m maker) client() string {
	if m.Intn(20) == 0 {
		return fmt.Sprintf("host-%d.dyn.isp%d.example.net", m.Intn(9999), m.Intn(99))
	}
	return m.ip()
}

func (m maker) path() string {
	return m.fill(m.one("/", "/index.html", "/api/v1/users/%d", "/static/js/app.%x.js", "/images/products/%d/thumb_200x200.jpg",
		"/search?q=log+shipper&page=%d&sort=desc", "/wp-login.php?x=%d", "/cart/checkout?session=%x&step=2&utm_source=newsletter&utm_medium=email",
		"/downloads/release-%d.tar.gz", "/blog/2024/05/%d/why-grok-is-slow.html"))
}

func (m maker) verb() string {
	return m.one("GET", "GET", "GET", "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
}

func (m maker) agent() string {
	return m.fill(m.one("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Safari/605.1.15",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/125.0",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8 Pro Build/UQ1A.240205.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/%d.0.6261.119 Mobile Safari/537.36",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) v%d", "curl/7.%d.0", "kube-probe/1.%d", "-"))
}

func (m maker) apache() string {
	req := m.verb() + " " + m.path() + " HTTP/" + m.one("1.1", "1.1", "2.0", "1.0")
	switch m.Intn(200) {
	case 0:
		req = "-"
	case 1:
		req = `\x16\x03\x01\x02\x00\x01\x00\x01\xfc`
	}
	bytes := fmt.Sprint(m.Intn(200000))
	if m.Intn(20) == 0 {
		bytes = "-"
	}
	ref := m.fill(m.one("-", "-", "https://www.google.com/", "https://www.example.com/shop/category/%d?page=2&filter=price",
		"http://m.facebook.com/l.php?u=%x", "https://news.example.org/item?id=%d"))
	return fmt.Sprintf(`%s - %s [%02d/%s/2026:%s %s] "%s" %s %s "%s" "%s"`, m.client(),
		m.one("-", "-", "-", "-", "-", "-", "alice", "bob.smith", "j.doe@example.com"), 1+m.Intn(28), m.one(months...), m.clock(),
		m.one("+0000", "+0000", "-0500", "+0200"), req, m.one("200", "200", "200", "200", "304", "301", "404", "500", "206"), bytes, ref, m.agent())
}

func (m maker) syslogHead() string {
	return fmt.Sprintf("%s %2d %s %s", m.one(months...), 1+m.Intn(28), m.clock(),
		m.one("web-01", "db3", "lb01.prod.example.com", "ip-10-0-12-7", "k8s-node-17", "mail"))
}

func (m maker) syslog() string {
	pid := 300 + m.Intn(90000)
	var body string
	switch m.Intn(8) {
	case 0:
		body = fmt.Sprintf("sshd[%d]: Failed password for invalid user %s from %s port %d ssh2", pid, m.one("admin", "oracle", "test"), m.ip4(), 1024+m.Intn(60000))
	case 1:
		body = fmt.Sprintf("sshd[%d]: Accepted publickey for %s from %s port %d ssh2: RSA SHA256:%032x", pid, m.one("deploy", "root"), m.ip4(), 1024+m.Intn(60000), m.Int63())
	case 2:
		body = fmt.Sprintf("sshd[%d]: pam_unix(sshd:session): session opened for user %s by (uid=0)", pid, m.one("deploy", "root"))
	case 3:
		body = fmt.Sprintf("CRON[%d]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)", pid)
	case 4:
		body = fmt.Sprintf("kernel: [%d.%06d] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:%02x:%02x:%02x:00:08:00 SRC=%s DST=10.0.0.%d LEN=40 TOS=0x00 PREC=0x00 TTL=%d ID=%d PROTO=TCP SPT=%d DPT=%d WINDOW=1024 RES=0x00 SYN URGP=0",
			m.Intn(999999), m.Intn(999999), m.Intn(256), m.Intn(256), m.Intn(256), m.ip4(), m.Intn(255), m.Intn(255), m.Intn(65535), m.Intn(65535), m.Intn(65535))
	case 5:
		body = fmt.Sprintf("systemd[1]: Started Session %d of user root.", m.Intn(9999))
	case 6:
		body = fmt.Sprintf("postfix/smtpd[%d]: connect from unknown[%s]", pid, m.ip4())
	default:
		body = fmt.Sprintf("dhclient[%d]: DHCPREQUEST of %s on eth0 to %s port 67 (xid=0x%08x)", pid, m.ip4(), m.ip4(), m.Uint32())
	}
	return m.syslogHead() + " " + body
}

func (m maker) app() string {
	return fmt.Sprintf("2026-%02d-%02d%s%s%s%03d%s %s [%s] %s - %s", 1+m.Intn(12), 1+m.Intn(28), m.one(" ", "T"), m.clock(), m.one(",", "."), m.Intn(1000),
		m.one("", "", "Z", "+02:00"), m.one("INFO", "INFO", "INFO", "INFO", "WARN", "ERROR", "DEBUG", "TRACE"),
		m.fill(m.one("main", "http-nio-8080-exec-%d", "pool-3-thread-%d", "kafka-coordinator-heartbeat-thread | group-%d", "scheduling-1")),
		m.one("com.example.orders.service.OrderService", "org.springframework.web.servlet.DispatcherServlet",
			"com.acme.billing.internal.invoice.InvoiceRenderer$Worker", "o.a.k.c.c.internals.ConsumerCoordinator", "Main"),
		m.fill(m.one("Order %d processed successfully for customer acme in 32 ms",
			"Slow query detected: SELECT * FROM orders WHERE id = %d AND status IN (1,2,3) ORDER BY created_at DESC LIMIT 50",
			"Initializing Spring DispatcherServlet", "Connection refused (host=10.0.0.%d, port=5432), retrying",
			"Cache miss for key user:%d:profile, loading from database",
			"Unhandled exception in handler chain: java.lang.NullPointerException: Cannot invoke \"String.length()\" because \"name\" is null (request %d)")))
}

// hard lines match the last pattern of the hard list, or none.
func (m maker) hard() string {
	l := m.app()
	if m.Intn(2) == 0 {
		return fmt.Sprintf("%s took=%.2fms user=%s", l, m.Float64()*900, m.one("alice", "bob", "svc-1"))
	}
	return l
}

func (m maker) haproxy() string {
	req := m.verb() + " " + m.path() + " HTTP/1.1"
	if m.Intn(33) == 0 {
		req = "<BADREQ>"
	}
	return fmt.Sprintf(`%s haproxy[%d]: %s:%d [%02d/%s/2026:%s.%03d] %s %s %d/%d/%d/%d/%d %s %d - - %s %d/%d/%d/%d/%d %d/%d %s"%s"`, m.syslogHead(),
		300+m.Intn(29000), m.ip(), 1024+m.Intn(60000), 1+m.Intn(28), m.one(months...), m.clock(), m.Intn(1000), m.one("http-in", "https-in~", "fe_main"),
		m.one("static/srv1", "api/app-7", "http-in/<NOSRV>", "cart/node12"), m.Intn(100), m.Intn(3), m.Intn(30), m.Intn(900), m.Intn(1200),
		m.one("200", "200", "200", "304", "404", "503"), m.Intn(100000), m.one("----", "--NI", "CD--", "SC--"), m.Intn(500), m.Intn(300), m.Intn(99),
		m.Intn(20), 0, m.Intn(3), m.Intn(3), m.one("", "{www.example.com|Mozilla/5.0|} {} ", "{api.example.com} "), req)
}
