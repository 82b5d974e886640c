// Castor-indexer takes events from a broker, filters them and indexes them into Elasticsearch.
package main

import (
	"os"
	"runtime/debug"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/cli/pages"
	"castor/internal/cli/standalone"
	"castor/internal/plugins/indexer"
)

// gcPercent trades memory for processor time: most of what lives here is short-lived.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(cli.Main(cli.Program{
		Name: "castor-indexer", Registry: indexer.Plugins(), Commands: append(indexcmd.Commands(), standalone.Command()), DeadLetters: indexcmd.OpenDeadLetters,
		Endpoints: indexcmd.Endpoints,
		Pages:     func() cli.Pages { return &pages.Flags{} },
		Summary:   "Takes events from Redis or RabbitMQ, filters them and indexes them into Elasticsearch, by Logstash's configurations.",
	}, os.Args[1:]))
}
