// Castor-shipper follows files and other sources on a node and pushes their events to a broker.
package main

import (
	"os"

	"castor/internal/cli"
	"castor/internal/cli/shipcmd"
	"castor/internal/plugins/shipper"
)

// heap is how large the heap may become while little of it lives: memory for processor time.
const heap = 24 << 20

func main() {
	cli.PaceGC(heap)
	os.Exit(cli.Main(cli.Program{
		Name: "castor-shipper", Registry: shipper.Plugins(), Commands: shipcmd.Commands(),
		Summary: "Follows files, joins multi-line events and pushes them to Redis or RabbitMQ, by Logstash's configurations.",
	}, os.Args[1:]))
}
