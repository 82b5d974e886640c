package embedded

import (
	"testing"

	"castor/internal/broker"
	"castor/internal/broker/brokertest"
	"castor/internal/broker/redis"
)

func TestContract(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.Broker {
		s, _ := start(t, Options{})
		return brokertest.Broker{
			Producer: func(t *testing.T) broker.Producer { return queue(t, s, "k") },
			Consumer: func(t *testing.T) broker.Consumer { return queue(t, s, "k") },
		}
	})
}

// The shipper's own redis output on one side, the indexer's lease on the
// other.
func TestContractOverTheWire(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.Broker {
		s, addr := start(t, Options{Password: "secret"})
		return brokertest.Broker{
			Producer: func(t *testing.T) broker.Producer {
				p, err := redis.NewProducer(redis.ProducerOptions{
					Options: redis.Options{Hosts: []string{addr}, Password: "secret"}, Kind: redis.List, Key: "k", CongestionThreshold: 100000,
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { p.Close() })
				return p
			},
			Consumer: func(t *testing.T) broker.Consumer { return queue(t, s, "k") },
		}
	})
}
