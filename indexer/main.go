// Castor-indexer takes events from a broker, filters them and indexes them into Elasticsearch.
package main

import (
	"os"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/plugins/indexer"
)

func main() {
	os.Exit(cli.Main(cli.Program{
		Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands(), DeadLetters: indexcmd.OpenDeadLetters,
		Summary: "Takes events from Redis or RabbitMQ, filters them and indexes them into Elasticsearch, by Logstash's configurations.",
	}, os.Args[1:]))
}
