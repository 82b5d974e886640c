// Castor-indexer takes events from a broker, filters them and indexes them into Elasticsearch.
package main

import (
	"os"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/cli/pages"
	"castor/internal/cli/standalone"
	"castor/internal/plugins/indexer"
)

// heap is how large the heap may become while little of it lives: memory for processor time.
const heap = 160 << 20

func main() {
	cli.PaceGC(heap)
	os.Exit(cli.Main(cli.Program{
		Name: "castor-indexer", Registry: indexer.Plugins(), Commands: append(indexcmd.Commands(), standalone.Command()), DeadLetters: indexcmd.OpenDeadLetters,
		Endpoints: indexcmd.Endpoints,
		Pages:     func() cli.Pages { return &pages.Flags{} },
		Summary:   "Takes events from Redis or RabbitMQ, filters them and indexes them into Elasticsearch, by Logstash's configurations.",
	}, os.Args[1:]))
}
