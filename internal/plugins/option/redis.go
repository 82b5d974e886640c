package option

import (
	"context"
	"time"

	"castor/internal/broker/redis"
	"castor/internal/plugin"
)

// Redis are the options of every plugin that talks to Redis. Embed it.
type Redis struct {
	ClientTLS
	SSL              bool            `opt:"ssl" default:"false" doc:"Whether to connect by TLS." deprecated:"write ssl_enabled => true"`
	Port             int             `opt:"port" default:"6379" doc:"The port of hosts that name none."`
	DB               int             `opt:"db" default:"0" doc:"The number of the database."`
	Username         string          `opt:"username" doc:"The ACL user. An option of Castor."`
	Password         plugin.Password `opt:"password" doc:"The password."`
	Path             string          `opt:"path" doc:"A unix socket to use instead of host and port."`
	Timeout          float64         `opt:"timeout" default:"5" doc:"Seconds to wait for a connection and for an answer."`
	Cluster          bool            `opt:"cluster" default:"false" doc:"Whether the hosts are nodes of a Redis Cluster. An option of Castor."`
	SentinelMaster   string          `opt:"sentinel_master" doc:"The name of a master that Sentinels at the hosts watch. An option of Castor."`
	SentinelPassword plugin.Password `opt:"sentinel_password" doc:"The Sentinels' password. An option of Castor."`
	Reconnect        float64         `opt:"reconnect_interval" default:"1" doc:"The longest pause in seconds between two attempts to connect."`
}

// Options are the client's options for the hosts.
func (o *Redis) Options(hosts []string) (redis.Options, error) {
	o.Enabled = o.Enabled || o.SSL
	config, err := o.ClientTLS.Config()
	if o.Path != "" {
		hosts = []string{o.Path}
	}
	return redis.Options{
		Hosts: hosts, Port: o.Port, Username: o.Username, Password: o.Password.Reveal(), DB: o.DB, TLS: config,
		Cluster: o.Cluster, SentinelMaster: o.SentinelMaster, SentinelPassword: o.SentinelPassword.Reveal(),
		Timeout: Seconds(o.Timeout), ReconnectInterval: Seconds(o.Reconnect),
	}, err
}

// Seconds converts an option's number of seconds.
func Seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// CheckRedis connects, logs in and looks at the key, and changes nothing.
func CheckRedis(ctx context.Context, o redis.ProducerOptions) error {
	o.NoRetry = true
	p, err := redis.NewProducer(o)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	_, err = p.Len(ctx, o.Key)
	return err
}
