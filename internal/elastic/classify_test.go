package elastic

import "testing"

func TestClassify(t *testing.T) {
	f := func(want fate, status int, kind, reason string, action ...Action) {
		t.Helper()
		it := &Item{Action: Create}
		if len(action) > 0 {
			it.Action = action[0]
		}
		got := classify(&DocumentError{Status: status, Type: kind, Reason: reason}, it)
		if got != want {
			t.Errorf("%d %s %q: got %d, want %d", status, kind, reason, got, want)
		}
	}
	conflict := "version_conflict_engine_exception"
	f(settledDuplicate, 409, conflict, "")
	f(settledConflict, 409, conflict, "", Index)
	f(settledConflict, 409, conflict, "", Delete)
	f(failedForNow, 409, conflict, "", Update)

	f(failedForNow, 429, "es_rejected_execution_exception", "")
	f(failedForNow, 429, "cluster_block_exception", "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark]")
	f(failedForNow, 429, "circuit_breaking_exception", "")
	f(failedForNow, 503, "unavailable_shards_exception", "")
	f(failedForNow, 503, "process_cluster_event_timeout_exception", "")
	f(failedForNow, 500, "node_closed_exception", "")
	f(failedForNow, 401, "security_exception", "")
	f(failedForNow, 403, "security_exception", "action [indices:data/write/bulk[s]] is unauthorized")
	f(failedForNow, 403, "cluster_block_exception", "blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];")
	f(failedForNow, 404, "index_not_found_exception", "no such index [x]")
	f(failedForNow, 400, "resource_already_exists_exception", "index [x/y] already exists")
	f(failedForNow, 400, "validation_exception", "this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open")
	f(failedForNow, 0, "", "")

	f(failedForGood, 400, "mapper_parsing_exception", "failed to parse field [a] of type [long]")
	f(failedForGood, 400, "document_parsing_exception", "")
	f(failedForGood, 400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded")
	f(failedForGood, 400, "index_closed_exception", "closed")
	f(failedForGood, 400, "validation_exception", "something else")
	f(failedForGood, 403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)];")
	f(failedForGood, 403, "cluster_block_exception", "blocked by: [FORBIDDEN/5/index read-only (api)];")
	f(failedForGood, 404, "document_missing_exception", "", Update)
	f(failedForGood, 404, "index_not_found_exception", "no such index [x] and [action.auto_create_index] is [false]")
	f(failedForGood, 404, "index_not_found_exception", "no such index [x] and [require_alias] request flag is [true]")
	f(failedForGood, 404, "index_not_found_exception", "no such index [x]", Delete)
	f(failedForGood, 413, "", "")
	f(failedForGood, 500, "ingest_processor_exception", "")
}

func TestFieldIn(t *testing.T) {
	f := func(reason, want string) {
		t.Helper()
		equal(t, reason, fieldIn(reason), want)
	}
	f("failed to parse field [status] of type [long] in document with id '1'. Preview of field's value: 'ok'", "status")
	f("[1:23] failed to parse field [a.b] of type [date] in document with id '1': failed to parse date field [x] with format [y]", "a.b")
	f("object mapping for [host] tried to parse field [host] as object, but found a concrete value", "host")
	f("[1:9] object mapping for [a] tried to parse field [b] as object, but found a concrete value", "b")
	f("mapping set to strict, dynamic introduction of [x] within [_doc] is not allowed", "x")
	f("mapping set to strict, dynamic introduction of [x] within [a.b] is not allowed", "a.b.x")
	f("mapper [code] cannot be changed from type [long] to [text]", "code")
	f("Could not dynamically add mapping for field [a.b]. Existing mapping for [a] must be of type object but found [text].", "a.b")
	f("can't merge a non object mapping [agent] with an object mapping", "agent")
	f(`Document contains at least one immense term in field="message.keyword" (whose UTF8 encoding is longer`, "message.keyword")
	f("Limit of total fields [1000] has been exceeded while adding new fields [1]", "")
	f("", "")
}
