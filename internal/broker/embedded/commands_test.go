package embedded

import (
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRawReplies(t *testing.T) {
	_, addr := start(t, Options{})
	f := func(send, want string) {
		t.Helper()
		talk(t, addr, send, want)
	}
	f("PING\r\n", "+PONG\r\n")
	f(resp("PING", "x"), "$1\r\nx\r\n")
	f(resp("echo", "hello"), "$5\r\nhello\r\n")
	f(resp("SELECT", "3"), "+OK\r\n")
	f(resp("SELECT", "99"), "-ERR DB index is out of range\r\n")
	f(resp("RPUSH", "a", "1", "2")+resp("LPUSH", "a", "3")+resp("LLEN", "a"), ":2\r\n:3\r\n:3\r\n")
	f(resp("LRANGE", "a", "0", "-1"), "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n")
	f(resp("LRANGE", "a", "-2", "1"), "*1\r\n$1\r\n2\r\n")
	f(resp("LRANGE", "a", "5", "9"), "*0\r\n")
	f(resp("LPOP", "a"), "$1\r\n1\r\n")
	f(resp("RPOP", "a", "5"), "*2\r\n$1\r\n2\r\n$1\r\n3\r\n")
	f(resp("LPOP", "a"), "$-1\r\n")
	f(resp("LPOP", "a", "5"), "*-1\r\n")
	f(resp("EXISTS", "a")+resp("TYPE", "a"), ":0\r\n+none\r\n")
	f(resp("PUBLISH", "chan", "m")+resp("TYPE", "chan")+resp("KEYS", "c*"), ":1\r\n+list\r\n*1\r\n$4\r\nchan\r\n")
	f(resp("DEL", "chan", "nothing")+resp("LLEN", "chan"), ":1\r\n:0\r\n")
	f(resp("BLPOP", "x", "y", "0.01"), "*-1\r\n")
	f(resp("BLPOP", "x", "soon"), "-ERR timeout is not a float or out of range\r\n")
	f(resp("RPUSH", "a"), "-ERR wrong number of arguments for 'rpush' command\r\n")
	f(resp("GET", "a"), "-ERR unknown command \"GET\": the embedded broker holds lists; point this client at a Redis server for the rest\r\n")
	f(resp("MULTI")+resp("RPUSH", "m", "1")+resp("LLEN", "m")+resp("EXEC"), "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:1\r\n")
	f(resp("MULTI")+resp("NO")+resp("EXEC"), "+OK\r\n-ERR unknown command \"NO\": the embedded broker holds lists; point this client at a Redis server for the rest\r\n-EXECABORT Transaction discarded because of previous errors.\r\n")
	f(resp("HELLO", "3"), "-NOPROTO unsupported protocol version\r\n")
	f(resp("HELLO", "2"), "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n")
	f(resp("CLIENT", "SETNAME", "n")+resp("CLIENT", "GETNAME"), "+OK\r\n$1\r\nn\r\n")
	f(resp("COMMAND", "DOCS"), "*0\r\n")
	f("RPUSH typed \"a b\\n\" 'c\\'d'\r\nLRANGE typed 0 -1\r\n", ":2\r\n*2\r\n$4\r\na b\n\r\n$3\r\nc'd\r\n")
	f("\r\n\r\nPING\r\n", "+PONG\r\n")
	f(resp("QUIT")+resp("PING"), "+OK\r\n")
}

func TestBrokenProtocolEndsTheConnectionOnly(t *testing.T) {
	_, addr := start(t, Options{MaxRequest: 1 << 20})
	f := func(send, want string) {
		t.Helper()
		talk(t, addr, send, want)
	}
	f("*1\r\nPING\r\n", "-ERR Protocol error: expected '$', got \"P\"\r\n")
	f("*2147483648\r\n", "-ERR Protocol error: invalid multibulk length\r\n")
	f("*-5\r\n", "-ERR Protocol error: invalid multibulk length\r\n")
	f("*1\r\n$9223372036854775807\r\n", "-ERR Protocol error: invalid bulk length\r\n")
	f("*1\r\n$4611686018427387903\r\n", "-ERR Protocol error: request over the limit of this server, 1048576 bytes are left\r\n")
	f("*1\r\n$1048577\r\n", "-ERR Protocol error: request over the limit of this server, 1048576 bytes are left\r\n")
	f("*1\r\n$4\r\nPINGxx", "-ERR Protocol error: a bulk string does not end where its length says\r\n")
	f(strings.Repeat("x", 70000), "-ERR Protocol error: too big inline request\r\n")
	f("PING \"x\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n")
	f("PING\r\n", "+PONG\r\n")
}

func TestGoRedis(t *testing.T) {
	_, addr := start(t, Options{})
	c := client(t, addr)
	pipe := c.Pipeline()
	for i := range 1000 {
		pipe.RPush(background(), "logstash", fmt.Sprintf("m%d", i))
	}
	cmds, err := pipe.Exec(background())
	if err != nil {
		t.Fatal(err)
	}
	if n := cmds[999].(*redis.IntCmd).Val(); n != 1000 {
		t.Errorf("the last reply is %d, want 1000", n)
	}
	got, err := c.BLPop(background(), time.Second, "none", "logstash").Result()
	if err != nil || !reflect.DeepEqual(got, []string{"logstash", "m0"}) {
		t.Errorf("BLPOP: %v, %v", got, err)
	}
	many, err := c.LPopCount(background(), "logstash", 3).Result()
	if err != nil || !reflect.DeepEqual(many, []string{"m1", "m2", "m3"}) {
		t.Errorf("LPOP 3: %v, %v", many, err)
	}
	if n, err := c.LLen(background(), "logstash").Result(); err != nil || n != 996 {
		t.Errorf("LLEN: %d, %v", n, err)
	}
	info, err := c.Info(background()).Result()
	if err != nil || !strings.Contains(info, "redis_version:6.2.0") || !strings.Contains(info, "list_logstash:ready=996") {
		t.Errorf("INFO: %v\n%s", err, info)
	}
	tx := c.TxPipeline()
	tx.RPush(background(), "tx", "1")
	tx.LLen(background(), "tx")
	if _, err := tx.Exec(background()); err != nil {
		t.Errorf("MULTI: %v", err)
	}
}

func TestBlockedPopGetsALaterPush(t *testing.T) {
	_, addr := start(t, Options{})
	waiting, pushing := client(t, addr), client(t, addr)
	got := make(chan []string, 1)
	go func() {
		v, _ := waiting.BLPop(background(), 20*time.Second, "a", "b").Result()
		got <- v
	}()
	time.Sleep(20 * time.Millisecond)
	pushing.RPush(background(), "b", "x")
	if v := <-got; !reflect.DeepEqual(v, []string{"b", "x"}) {
		t.Errorf("got %v", v)
	}
}

func TestPasswords(t *testing.T) {
	s, addr := start(t, Options{Password: "secret", Username: "shipper"})
	talk(t, addr, resp("RPUSH", "a", "1"), "-NOAUTH Authentication required.\r\n")
	talk(t, addr, resp("AUTH", "wrong"), "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
	talk(t, addr, resp("AUTH", "secret")+resp("PING"), "+OK\r\n+PONG\r\n")
	talk(t, addr, resp("AUTH", "shipper", "secret")+resp("PING"), "+OK\r\n+PONG\r\n")
	talk(t, addr, resp("AUTH", "other", "secret"), "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
	talk(t, addr, resp("HELLO", "2", "AUTH", "shipper", "secret")+resp("PING"), "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.2.0\r\n")
	talk(t, addr, "*2\r\n$4\r\nAUTH\r\n$1000000\r\n", "-ERR Protocol error: request over the limit of this server, 65532 bytes are left\r\n")
	c := redis.NewClient(&redis.Options{Addr: addr, Password: "secret"})
	defer c.Close()
	if err := c.RPush(background(), "a", "1").Err(); err != nil {
		t.Error(err)
	}
	if n := s.Stats().AuthFailures; n != 2 {
		t.Errorf("%d failures counted, want 2", n)
	}
}

func TestConnectionLimit(t *testing.T) {
	s, addr := start(t, Options{MaxConns: 2})
	a, b := client(t, addr), client(t, addr)
	a.Ping(background())
	b.Ping(background())
	talk(t, addr, "", "-ERR max number of clients reached\r\n")
	if n := s.Stats().Refused; n != 1 {
		t.Errorf("%d refused, want 1", n)
	}
}

func TestIdleAndSlowClientsAreClosed(t *testing.T) {
	_, addr := start(t, Options{IdleTimeout: 30 * time.Millisecond, ReadTimeout: 30 * time.Millisecond})
	for _, half := range []string{"", "*2\r\n$4\r\nPI"} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.Write([]byte(half))
		nc.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after %q and a pause: %v, want the connection closed", half, err)
		}
	}
}

func TestListLimits(t *testing.T) {
	_, addr := start(t, Options{MaxLists: 2, MaxBytes: 64 << 10})
	c := client(t, addr)
	c.RPush(background(), "a", "1")
	c.RPush(background(), "b", "1")
	if err := c.RPush(background(), "c", "1").Err(); err == nil || !strings.Contains(err.Error(), "at most 2 lists") {
		t.Errorf("third list: %v", err)
	}
	if err := c.RPush(background(), strings.Repeat("k", 300), "1").Err(); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("long key: %v", err)
	}
	var err error
	n := 0
	for ; err == nil && n < 200; n++ {
		err = c.RPush(background(), "a", strings.Repeat("x", 1000)).Err()
	}
	if err == nil || !strings.HasPrefix(err.Error(), "OOM ") {
		t.Fatalf("full list: %v", err)
	}
	c.Del(background(), "a")
	if err := c.RPush(background(), "a", "again").Err(); err != nil {
		t.Errorf("after DEL: %v", err)
	}
}

func TestCloseEndsBlockedClients(t *testing.T) {
	s, addr := start(t, Options{})
	c := client(t, addr)
	done := make(chan error, 1)
	go func() { done <- c.BLPop(background(), 0, "a").Err() }()
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("the blocked pop of an empty list ended without an error")
	}
}

func TestFolderNames(t *testing.T) {
	for _, key := range []string{"logstash", "beaver:list", "a/../b", "", "ü\x00%", "A.b"} {
		name, ok := folderName(key)
		if !ok || strings.ContainsAny(name, "/.\x00:") {
			t.Errorf("%q becomes %q", key, name)
		}
		if back, ok := folderKey(name); !ok || back != key {
			t.Errorf("%q comes back as %q", key, back)
		}
	}
	if _, ok := folderKey("list-%zz"); ok {
		t.Error("took rubbish for a key")
	}
}

func TestRanges(t *testing.T) {
	var r ranges
	for _, s := range []span{{5, 6}, {1, 1}, {9, 9}, {7, 8}, {3, 3}} {
		r.add(s.from, s.to)
	}
	if want := (ranges{{1, 1}, {3, 3}, {5, 9}}); !reflect.DeepEqual(r, want) {
		t.Fatalf("got %v, want %v", r, want)
	}
	if n := r.prefix(0); n != 1 {
		t.Errorf("prefix %d, want 1", n)
	}
	r.add(2, 4)
	if n := r.prefix(1); n != 9 || len(r) != 0 {
		t.Errorf("prefix %d, rest %v", n, r)
	}
}
