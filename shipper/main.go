// Castor-shipper follows files and other sources on a node and pushes their events to a broker.
package main

import (
	"os"
	"runtime/debug"

	"castor/internal/cli"
	"castor/internal/cli/shipcmd"
	"castor/internal/plugins/shipper"
)

// gcPercent trades memory for processor time: most of what lives here is short-lived.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(cli.Main(cli.Program{
		Name: "castor-shipper", Registry: shipper.Plugins(), Commands: shipcmd.Commands(),
		Summary: "Follows files, joins multi-line events and pushes them to Redis or RabbitMQ, by Logstash's configurations.",
	}, os.Args[1:]))
}
