package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"castor/internal/testkit/geodb"
)

var (
	methods  = []string{"GET", "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT"}
	paths    = []string{"/", "/index.html", "/api/v1/users/%d", "/static/app.%x.js", "/images/products/%d/thumb_200x200.jpg", "/search?q=log+shipper&page=%d&sort=desc", "/cart/checkout?session=%x&step=2&utm_source=newsletter", "/blog/2026/05/%d/why-grok-is-slow.html"}
	referers = []string{"-", "-", "https://www.google.com/", "https://shop.example.com/category/%d?page=2&filter=price", "https://news.example.org/item?id=%d"}
	agents   = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/125.0", "curl/7.%d.0", "kube-probe/1.%d",
	}
	statuses = []int{200, 200, 200, 200, 200, 304, 301, 404, 500}
)

// corpus makes lines, always the same ones.
type corpus struct {
	*rand.Rand
	*bufio.Writer
}

func (c corpus) pick(from []string, most int) string {
	s := from[c.IntN(len(from))]
	if strings.Contains(s, "%") {
		s = fmt.Sprintf(s, 1+c.IntN(most))
	}
	return s
}

func writeFile(path string, write func(corpus)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	write(corpus{rand.New(rand.NewPCG(2026, 11)), w})
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

var firstTime = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// access writes an access log in the combined format. Two requests in three come from 5,000 visitors who come back, the others from
// anywhere; browsers have 200 versions.
func access(c corpus, lines int) {
	visitors := make([]string, 5000)
	anyone := func() string {
		return fmt.Sprintf("%d.%d.%d.%d", 1+c.IntN(222), c.IntN(256), c.IntN(256), 1+c.IntN(254))
	}
	for i := range visitors {
		visitors[i] = anyone()
	}
	at := firstTime
	for range lines {
		at = at.Add(time.Duration(c.IntN(150)) * time.Millisecond)
		address := visitors[c.IntN(len(visitors))]
		if c.IntN(3) == 0 {
			address = anyone()
		}
		fmt.Fprintf(c, "%s - - [%s] \"%s %s HTTP/1.1\" %d %d \"%s\" \"%s\"\n", address,
			at.Format("02/Jan/2006:15:04:05 -0700"), methods[c.IntN(len(methods))], c.pick(paths, 99_999), statuses[c.IntN(len(statuses))], c.IntN(200_000),
			c.pick(referers, 99_999), c.pick(agents, 200))
	}
}

// java writes the log of a Java program, in which one message in seven has a stack trace, and returns the number of messages.
func java(c corpus, lines int) (messages int) {
	at := firstTime
	for left := lines; left > 0; messages++ {
		at = at.Add(time.Duration(c.IntN(400)) * time.Millisecond)
		fmt.Fprintf(c, "%s INFO [http-nio-8080-exec-%d] com.example.shop.OrderService - order %d processed for customer %d in %d ms\n",
			at.Format("2006-01-02 15:04:05,000"), c.IntN(16), c.IntN(1e6), c.IntN(1e5), c.IntN(900))
		left--
		if c.IntN(7) > 0 {
			continue
		}
		fmt.Fprintf(c, "java.lang.IllegalStateException: Could not reserve stock for item %d\n", c.IntN(9999))
		for range 8 + c.IntN(5) {
			fmt.Fprintf(c, "\tat com.example.shop.repo.StockRepository.method%d(StockRepository.java:%d)\n", c.IntN(40), c.IntN(900))
			left--
		}
		left--
	}
	return messages
}

// writeDatabase makes a city database: 50,000 networks in 5,000 cities, so that every address is found.
func writeDatabase(path string) error {
	records := map[netip.Prefix]mmdbtype.DataType{}
	r := rand.New(rand.NewPCG(2026, 12))
	cities := make([]mmdbtype.DataType, 5000)
	for i := range cities {
		cities[i] = city(i)
	}
	for i := range 224 << 8 {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i >> 8), byte(i)}), 16)
		records[network] = cities[r.IntN(len(cities))]
	}
	return geodb.WriteRecords(path, "GeoLite2-City", records)
}

func city(i int) mmdbtype.Map {
	name := func(s string) mmdbtype.Map {
		return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(s), "de": mmdbtype.String(s), "fr": mmdbtype.String(s)}}
	}
	country := name(fmt.Sprintf("Country %d", i%200))
	country["iso_code"] = mmdbtype.String(string([]byte{byte('A' + i%26), byte('A' + i/26%8)}))
	region := name(fmt.Sprintf("Region %d", i%1000))
	region["iso_code"] = mmdbtype.String(fmt.Sprint(i % 100))
	return mmdbtype.Map{
		"city": name(fmt.Sprintf("City %d", i)), "country": country, "subdivisions": mmdbtype.Slice{region},
		"continent": mmdbtype.Map{"code": mmdbtype.String("EU"), "names": mmdbtype.Map{"en": mmdbtype.String("Europe")}},
		"location":  mmdbtype.Map{"latitude": mmdbtype.Float64(float64(i) / 100), "longitude": mmdbtype.Float64(float64(i) / -100), "time_zone": mmdbtype.String("Europe/Athens")},
		"postal":    mmdbtype.Map{"code": mmdbtype.String(fmt.Sprint(10_000 + i))},
	}
}
