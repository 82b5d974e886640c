// Package shipper lists the plugins of castor-shipper.
package shipper

import (
	"castor/internal/plugin"
	"castor/internal/plugins/codec/collectd"
	"castor/internal/plugins/codec/json"
	"castor/internal/plugins/codec/jsonlines"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/msgpack"
	multilinecodec "castor/internal/plugins/codec/multiline"
	"castor/internal/plugins/codec/plain"
	"castor/internal/plugins/codec/rubydebug"
	"castor/internal/plugins/filter/drop"
	jsonfilter "castor/internal/plugins/filter/json"
	"castor/internal/plugins/filter/multiline"
	"castor/internal/plugins/filter/mutate"
	"castor/internal/plugins/input/file"
	"castor/internal/plugins/input/generator"
	pipelinein "castor/internal/plugins/input/pipeline"
	"castor/internal/plugins/input/stdin"
	"castor/internal/plugins/input/tcp"
	"castor/internal/plugins/input/udp"
	fileout "castor/internal/plugins/output/file"
	"castor/internal/plugins/output/null"
	pipelineout "castor/internal/plugins/output/pipeline"
	rabbitmqout "castor/internal/plugins/output/rabbitmq"
	redisout "castor/internal/plugins/output/redis"
	"castor/internal/plugins/output/stdout"
)

// Specs lists them, one a line.
func Specs() []*plugin.Spec {
	return []*plugin.Spec{
		collectd.Spec,
		json.Spec,
		jsonlines.Spec,
		line.Spec,
		msgpack.Spec,
		multilinecodec.Spec,
		plain.Spec,
		rubydebug.Spec,

		file.Spec,
		generator.Spec,
		pipelinein.Spec,
		stdin.Spec,
		tcp.Spec,
		udp.Spec,

		drop.Spec,
		jsonfilter.Spec,
		multiline.Spec,
		mutate.Spec,

		fileout.Spec,
		null.Spec,
		pipelineout.Spec,
		rabbitmqout.Spec,
		redisout.Spec,
		stdout.Spec,
	}
}

// Plugins is the registry.
func Plugins() *plugin.Registry { return plugin.NewRegistry(Specs()...) }
