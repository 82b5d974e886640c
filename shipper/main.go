// Castor-shipper follows files and other sources on a node and pushes their events to a broker.
package main

import (
	"os"

	"castor/internal/cli"
	"castor/internal/cli/shipcmd"
	"castor/internal/plugins/shipper"
)

func main() {
	os.Exit(cli.Main(cli.Program{
		Name: "castor-shipper", Registry: shipper.Plugins(), Commands: shipcmd.Commands(),
		Summary: "Follows files, joins multi-line events and pushes them to Redis or RabbitMQ, by Logstash's configurations.",
	}, os.Args[1:]))
}
