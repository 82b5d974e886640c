package indexer_test

import (
	"testing"
	"time"

	"castor/internal/plugins/indexer"
	"castor/internal/testkit/conformance"
	"castor/internal/testkit/filtertest"
)

func suite(t *testing.T) *filtertest.Suite {
	return &filtertest.Suite{
		Registry: indexer.Plugins(), FilesDir: t.TempDir(),
		Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	}
}

// filterFiles are the conformance files of whole filters.
var filterFiles = []string{
	"bytes.jsonl",
	"cidr.jsonl",
	"clone.jsonl",
	"common_options.jsonl",
	"csv.jsonl",
	"date.jsonl",
	"de_dot.jsonl",
	"dissect.jsonl",
	"drop.jsonl",
	"fingerprint.jsonl",
	"grok_filter.jsonl",
	"json.jsonl",
	"kv.jsonl",
	"mutate.jsonl",
	"pipelines.jsonl",
	"prune.jsonl",
	"split.jsonl",
	"syslog_pri.jsonl",
	"translate.jsonl",
	"truncate.jsonl",
	"urldecode.jsonl",
}

func TestConformanceFilters(t *testing.T) {
	s := suite(t)
	for _, file := range filterFiles {
		conformance.Run(t, file, s.Conformance)
	}
}

// differentialFiles are the files of whole pipelines.
var differentialFiles = []string{
	"aggregate.jsonl",
	"bytes.jsonl",
	"cidr.jsonl",
	"clone.jsonl",
	"common.jsonl",
	"cond.jsonl",
	"condx.jsonl",
	"csv.jsonl",
	"date.jsonl",
	"de_dot.jsonl",
	"dissect.jsonl",
	"drop.jsonl",
	"fingerprint.jsonl",
	"grok.jsonl",
	"json.jsonl",
	"kv.jsonl",
	"multiline.jsonl",
	"mutate.jsonl",
	"pipeline.jsonl",
	"prune.jsonl",
	"real.jsonl",
	"second/clone.jsonl",
	"second/csv.jsonl",
	"second/date.jsonl",
	"second/de_dot.jsonl",
	"second/dissect.jsonl",
	"second/fingerprint.jsonl",
	"second/grok_files.jsonl",
	"second/kv.jsonl",
	"second/multiline.jsonl",
	"second/mutate.jsonl",
	"second/prune.jsonl",
	"second/split.jsonl",
	"second/throttle.jsonl",
	"second/translate.jsonl",
	"second/truncate.jsonl",
	"second/urldecode.jsonl",
	"second/useragent.jsonl",
	"split.jsonl",
	"sprintf.jsonl",
	"syslog_pri.jsonl",
	"translate.jsonl",
	"truncate.jsonl",
	"urldecode.jsonl",
	"useragent.jsonl",
}

func TestDifferentialPipelines(t *testing.T) {
	s := suite(t)
	for _, file := range differentialFiles {
		conformance.RunIn(t, conformance.DifferentialDir(), file, s.Differential)
	}
}
