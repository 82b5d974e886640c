// Package indexer lists the plugins of castor-indexer: those of the shipper, and its own.
package indexer

import (
	"castor/internal/plugin"
	"castor/internal/plugins/codec/cef"
	csvcodec "castor/internal/plugins/codec/csv"
	"castor/internal/plugins/codec/dots"
	"castor/internal/plugins/codec/edn"
	"castor/internal/plugins/codec/esbulk"
	"castor/internal/plugins/codec/graphite"
	"castor/internal/plugins/codec/gziplines"
	"castor/internal/plugins/filter/aggregate"
	"castor/internal/plugins/filter/bytes"
	"castor/internal/plugins/filter/cidr"
	"castor/internal/plugins/filter/clone"
	"castor/internal/plugins/filter/csv"
	"castor/internal/plugins/filter/date"
	"castor/internal/plugins/filter/dedot"
	"castor/internal/plugins/filter/dissect"
	"castor/internal/plugins/filter/dns"
	"castor/internal/plugins/filter/fingerprint"
	"castor/internal/plugins/filter/geoip"
	"castor/internal/plugins/filter/grok"
	"castor/internal/plugins/filter/kv"
	"castor/internal/plugins/filter/metrics"
	"castor/internal/plugins/filter/prune"
	"castor/internal/plugins/filter/ruby"
	"castor/internal/plugins/filter/sleep"
	"castor/internal/plugins/filter/split"
	"castor/internal/plugins/filter/syslogpri"
	"castor/internal/plugins/filter/throttle"
	"castor/internal/plugins/filter/translate"
	"castor/internal/plugins/filter/truncate"
	"castor/internal/plugins/filter/urldecode"
	"castor/internal/plugins/filter/useragent"
	"castor/internal/plugins/filter/uuid"
	"castor/internal/plugins/filter/xml"
	"castor/internal/plugins/input/beats"
	"castor/internal/plugins/input/heartbeat"
	"castor/internal/plugins/input/rabbitmq"
	"castor/internal/plugins/input/redis"
	"castor/internal/plugins/input/syslog"
	"castor/internal/plugins/output/elasticsearch"
	"castor/internal/plugins/shipper"
)

// Specs lists them, one a line.
func Specs() []*plugin.Spec {
	return append(shipper.Specs(),
		cef.Spec,
		csvcodec.Spec,
		dots.Spec,
		edn.Spec,
		esbulk.Spec,
		graphite.Spec,
		gziplines.Spec,

		beats.Spec,
		heartbeat.Spec,
		rabbitmq.Spec,
		redis.Spec,
		syslog.Spec,

		aggregate.Spec,
		bytes.Spec,
		cidr.Spec,
		clone.Spec,
		csv.Spec,
		date.Spec,
		dedot.Spec,
		dissect.Spec,
		dns.Spec,
		fingerprint.Spec,
		geoip.Spec,
		grok.Spec,
		kv.Spec,
		metrics.Spec,
		prune.Spec,
		ruby.Spec,
		sleep.Spec,
		split.Spec,
		syslogpri.Spec,
		throttle.Spec,
		translate.Spec,
		truncate.Spec,
		urldecode.Spec,
		useragent.Spec,
		uuid.Spec,
		xml.Spec,

		elasticsearch.Spec,
	)
}

// Plugins is the registry.
func Plugins() *plugin.Registry { return plugin.NewRegistry(Specs()...) }
