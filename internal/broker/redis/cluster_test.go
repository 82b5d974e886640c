package redis

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
	"castor/internal/broker/brokertest"
	"castor/internal/testkit/servers"
)

const slots = 16384

// clusterNode is one server of a Cluster.
type clusterNode struct {
	*servers.RedisServer
	c  *goredis.Client
	id string
}

// cluster starts masters that share the slots, and a replica of each where replicas is set.
func cluster(t *testing.T, masters int, replicas bool) (nodes []*clusterNode) {
	t.Helper()
	ctx := context.Background()
	n := masters
	if replicas {
		n *= 2
	}
	for range n {
		srv := servers.Redis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-replica-validity-factor", "0")
		node := &clusterNode{RedisServer: srv, c: dial(t, srv.Addr)}
		id, err := node.c.ClusterMyID(ctx).Result()
		if err != nil {
			t.Fatal(err)
		}
		node.id = id
		if err := node.c.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", len(nodes)+1).Err(); err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, node)
	}
	for i, node := range nodes {
		if i < masters {
			if err := node.c.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if err := node.c.ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(nodes[0].Port)).Err(); err != nil {
			t.Fatal(err)
		}
	}
	everywhere := func(what string, ok func(*clusterNode) bool) {
		t.Helper()
		until(t, func() bool {
			for _, node := range nodes {
				if !ok(node) {
					return false
				}
			}
			return true
		})
	}
	everywhere("all know all", func(node *clusterNode) bool {
		return strings.Contains(node.c.ClusterInfo(ctx).Val(), fmt.Sprintf("cluster_known_nodes:%d", n))
	})
	for i, node := range nodes[masters:] {
		until(t, func() bool { return node.c.ClusterReplicate(ctx, nodes[i].id).Err() == nil })
	}
	everywhere("the Cluster is well", func(node *clusterNode) bool {
		return strings.Contains(node.c.ClusterInfo(ctx).Val(), "cluster_state:ok")
	})
	for _, node := range nodes[masters:] {
		until(t, func() bool { return strings.Contains(node.c.Info(ctx, "replication").Val(), "master_link_status:up") })
	}
	return nodes
}

func clusterOptions(nodes []*clusterNode) Options {
	o := Options{Cluster: true, Timeout: 2 * time.Second, ReconnectInterval: 100 * time.Millisecond}
	for _, n := range nodes {
		o.Hosts = append(o.Hosts, n.Addr)
	}
	return o
}

// owner is the master that serves a key, by its place among the nodes: the one that does not name another.
func owner(t *testing.T, nodes []*clusterNode, key string) int {
	t.Helper()
	for i, n := range nodes {
		if n.c.Exists(context.Background(), key).Err() == nil {
			return i
		}
	}
	t.Fatalf("nobody serves %s", key)
	return -1
}

// TestClusterContract: queues on different masters, each with all of its keys on one of them.
func TestClusterContract(t *testing.T) {
	nodes := cluster(t, 3, false)
	o := clusterOptions(nodes[:1])
	met := map[int]bool{}
	for _, key := range []string{"logstash", "nginx", "app-1", "{tag}.logs"} {
		met[owner(t, nodes, key)] = true
		t.Run(key, func(t *testing.T) {
			var n atomic.Int32 // the parts of the contract run side by side
			brokertest.Run(t, func(*testing.T) brokertest.Broker {
				tagged := key
				if !strings.Contains(key, "{") {
					tagged = "{" + key + "}"
				}
				return listBroker(o, fmt.Sprintf("%s.%d", tagged, n.Add(1)))
			})
			plain := key + ".plain" // without a tag of its own
			mustPush(t, producer(t, ProducerOptions{Options: o, Key: plain}), numbers(0, 100))
			collect(t, consumer(t, ConsumerOptions{Options: o, Key: plain, TTL: shortTTL}), 100)
		})
	}
	if len(met) < 3 {
		t.Errorf("the keys met %d of the 3 masters", len(met))
	}
}

// TestClusterStreams: streams and their groups on a Cluster.
func TestClusterStreams(t *testing.T) {
	o := clusterOptions(cluster(t, 3, false))
	for _, key := range []string{"logstash", "nginx", "app-1"} {
		mustPush(t, producer(t, ProducerOptions{Options: o, Kind: Stream, Key: key}), numbers(0, 200))
		c := consumer(t, ConsumerOptions{Options: o, Kind: Stream, Key: key, TTL: shortTTL, FromBeginning: true, DeleteAcked: true})
		if got := collect(t, c, 200); len(got) != 200 {
			t.Errorf("%s: %d ids", key, len(got))
		}
	}
}

// TestClusterSlotMoves: the queue's slot goes to another master while it is written and read.
func TestClusterSlotMoves(t *testing.T) {
	nodes := cluster(t, 3, false)
	o := clusterOptions(nodes)
	const key = "logstash"
	p := producer(t, ProducerOptions{Options: o, Key: key})
	c := consumer(t, ConsumerOptions{Options: o, Key: key, TTL: shortTTL})
	held, err := popOne(t, p, c) // a lease that is open while its slot moves
	if err != nil {
		t.Fatal(err)
	}
	from := owner(t, nodes, key)
	moves := 0
	pump(t, p, c, 3000, func() {
		for range 4 {
			to := (from + 1) % 3
			moveSlot(t, nodes, key, from, to)
			from = to
			moves++
			time.Sleep(100 * time.Millisecond)
		}
	})
	if err := held.Ack(context.Background()); err != nil {
		t.Errorf("the lease from before: %v", err)
	}
	if owner(t, nodes, key) != from || moves != 4 {
		t.Errorf("the slot is not where it was moved to")
	}
}

func popOne(t *testing.T, p *Producer, c broker.Consumer) (broker.Lease, error) {
	t.Helper()
	mustPush(t, p, [][]byte{[]byte("held")})
	return c.Pop(context.Background(), 1, 20*time.Second)
}

// moveSlot does what redis-cli --cluster reshard does.
func moveSlot(t *testing.T, nodes []*clusterNode, key string, from, to int) {
	t.Helper()
	ctx := context.Background()
	slot := nodes[0].c.ClusterKeySlot(ctx, key).Val()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(nodes[to].c.Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", nodes[from].id).Err())
	must(nodes[from].c.Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", nodes[to].id).Err())
	for {
		keys, err := nodes[from].c.ClusterGetKeysInSlot(ctx, int(slot), 10).Result()
		must(err)
		if len(keys) == 0 {
			break
		}
		for _, k := range keys {
			must(nodes[from].c.Migrate(ctx, "127.0.0.1", fmt.Sprint(nodes[to].Port), k, 0, 5*time.Second).Err())
		}
	}
	for _, i := range []int{to, from, 3 - from - to} {
		must(nodes[i].c.Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", nodes[to].id).Err())
	}
}

// TestClusterMasterKilled: a replica takes over; both sides find it by themselves. What a master confirmed and had not replicated is Redis' own loss, so
// the traffic rests until the replica is in step.
func TestClusterMasterKilled(t *testing.T) {
	nodes := cluster(t, 3, true)
	o := clusterOptions(nodes)
	const key = "logstash"
	p := producer(t, ProducerOptions{Options: o, Key: key})
	c := consumer(t, ConsumerOptions{Options: o, Key: key, TTL: shortTTL})
	mustPush(t, p, numbers(0, 200))
	held, err := c.Pop(context.Background(), 50, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	master := owner(t, nodes, key)
	inStep(t, nodes[master].c)
	nodes[master].Kill()
	got := collect(t, c, 150)
	for i, m := range held.Messages() {
		if again, ok := got[held.ID(i)]; ok {
			t.Errorf("%s, which is leased, came again as %s", m, again)
		}
	}
	if err := held.Ack(context.Background()); err != nil {
		t.Errorf("the lease from before: %v", err)
	}
	mustPush(t, p, numbers(1000, 100))
	collect(t, c, 100)
}

// inStep waits until a master's replica has all that was written so far.
func inStep(t *testing.T, master *goredis.Client) {
	t.Helper()
	conn := master.Conn() // WAIT counts what its own connection wrote
	defer conn.Close()
	ctx := context.Background()
	if err := conn.Set(ctx, "{logstash}mark", 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return conn.Wait(ctx, 1, time.Second).Val() == 1 })
}
