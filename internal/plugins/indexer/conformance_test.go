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
	"clone.jsonl",
	"common_options.jsonl",
	"csv.jsonl",
	"date.jsonl",
	"dissect.jsonl",
	"drop.jsonl",
	"grok_filter.jsonl",
	"json.jsonl",
	"kv.jsonl",
	"mutate.jsonl",
	"pipelines.jsonl",
	"split.jsonl",
}

func TestConformanceFilters(t *testing.T) {
	s := suite(t)
	for _, file := range filterFiles {
		conformance.Run(t, file, s.Conformance)
	}
}

// differentialFiles are the files of whole pipelines.
var differentialFiles = []string{
	"clone.jsonl",
	"common.jsonl",
	"cond.jsonl",
	"condx.jsonl",
	"csv.jsonl",
	"date.jsonl",
	"dissect.jsonl",
	"drop.jsonl",
	"grok.jsonl",
	"json.jsonl",
	"kv.jsonl",
	"multiline.jsonl",
	"mutate.jsonl",
	"pipeline.jsonl",
	"real.jsonl",
	"second/clone.jsonl",
	"second/csv.jsonl",
	"second/date.jsonl",
	"second/dissect.jsonl",
	"second/grok_files.jsonl",
	"second/kv.jsonl",
	"second/multiline.jsonl",
	"second/mutate.jsonl",
	"second/split.jsonl",
	"split.jsonl",
	"sprintf.jsonl",
}

func TestDifferentialPipelines(t *testing.T) {
	s := suite(t)
	for _, file := range differentialFiles {
		conformance.RunIn(t, conformance.DifferentialDir(), file, s.Differential)
	}
}
