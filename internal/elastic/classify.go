package elastic

import (
	"slices"
	"strings"
)

// fate is what to do about a document that the cluster did not simply take.
type fate int

const (
	settledDuplicate fate = iota
	settledConflict
	failedForNow
	failedForGood
)

// classify decides by status, and where that is not enough by the type of the error and its words: clusters answer
// some passing troubles like bad documents, and some bad documents like passing troubles.
func classify(d *DocumentError, it *Item) fate {
	switch {
	case d.Status == 409:
		return conflict(d, it)
	case d.Type == "es_rejected_execution_exception", d.Type == "rejected_execution_exception":
		return failedForNow
	case d.Status == 400:
		return temporaryIf(passing400(d))
	case d.Status == 401:
		return failedForNow
	case d.Status == 403:
		return temporaryIf(!blockedByHand(d))
	case d.Status == 404:
		return temporaryIf(missingForNow(d, it))
	case d.Status == 408, d.Status == 429:
		return failedForNow
	case d.Status >= 500:
		return temporaryIf(!slices.Contains(documentsFault, d.Type))
	case d.Status == 0: // the answer says nothing about it
		return failedForNow
	}
	return failedForGood
}

func temporaryIf(passing bool) fate {
	if passing {
		return failedForNow
	}
	return failedForGood
}

// conflict: creating what is there already is a repetition; a version that is not newer is none's loss; an update that
// met another is to be made again.
func conflict(d *DocumentError, it *Item) fate {
	switch {
	case d.Type != "" && d.Type != "version_conflict_engine_exception":
		return failedForNow
	case it.Action == Create:
		return settledDuplicate
	case it.Action == Update:
		return failedForNow
	}
	return settledConflict
}

// passing400 finds the troubles of the cluster, not of the document, among the answers 400: an index that another request
// created at the same moment, and no room for another shard until somebody makes some.
func passing400(d *DocumentError) bool {
	return d.Type == "resource_already_exists_exception" ||
		d.Type == "validation_exception" && strings.Contains(d.Reason, "maximum") && strings.Contains(d.Reason, "shards open")
}

// blockedByHand tells an index that was made read-only (blocks 5 and 8) from a full disk (block 12) and missing rights.
func blockedByHand(d *DocumentError) bool {
	return d.Type == "cluster_block_exception" &&
		(strings.Contains(d.Reason, "FORBIDDEN/5/") || strings.Contains(d.Reason, "FORBIDDEN/8/"))
}

// missingForNow: an index that went away between its creation and the document comes back with the next attempt, unless
// the cluster may not create it.
func missingForNow(d *DocumentError, it *Item) bool {
	return d.Type == "index_not_found_exception" && it.Action != Delete && !it.RequireAlias &&
		!strings.Contains(d.Reason, "auto_create_index") && !strings.Contains(d.Reason, "require_alias")
}

// documentsFault are errors with status 500 that the document brings about, every time again.
var documentsFault = []string{
	"ingest_processor_exception",
	"script_exception",
	"null_pointer_exception",
	"class_cast_exception",
	"number_format_exception",
	"array_index_out_of_bounds_exception",
	"string_index_out_of_bounds_exception",
	"index_out_of_bounds_exception",
	"mapper_exception",
	"mapper_parsing_exception",
	"document_parsing_exception",
}

// fieldMarks stand before a field's name in the reasons of Elasticsearch 6 to 9 and OpenSearch; the name ends at end.
var fieldMarks = []struct {
	before string
	end    byte
}{
	{"failed to parse field [", ']'},
	{"tried to parse field [", ']'},
	{"add mapping for field [", ']'},
	{"object mapping [", ']'},
	{"mapper [", ']'},
	{"immense term in field=\"", '"'},
	{"object mapping for [", ']'},
	{"failed to parse value for field [", ']'},
	{"field alias [", ']'},
	{"Duplicate field '", '\''},
}

// fieldIn finds the field that a reason blames, or "".
func fieldIn(reason string) string {
	if name := strictField(reason); name != "" {
		return name
	}
	for _, m := range fieldMarks {
		if _, rest, found := strings.Cut(reason, m.before); found {
			if end := strings.IndexByte(rest, m.end); end > 0 {
				return rest[:end]
			}
		}
	}
	return ""
}

// strictField reads: dynamic introduction of [LEAF] within [PARENT] is not allowed. The root has a name without meaning.
func strictField(reason string) string {
	_, rest, found := strings.Cut(reason, "dynamic introduction of [")
	if !found {
		return ""
	}
	leaf, rest, _ := strings.Cut(rest, "]")
	_, rest, found = strings.Cut(rest, "within [")
	parent, _, _ := strings.Cut(rest, "]")
	if !found || parent == "" || parent == "_doc" || parent == "doc" || strings.HasPrefix(leaf, parent+".") {
		return leaf
	}
	return parent + "." + leaf
}
