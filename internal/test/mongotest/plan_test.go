package mongotest_test

import (
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
)

// Plans as MongoDB's manual describes them, by engine and version.
const (
	idhack   = `{"stage": "IDHACK"}`
	express  = `{"isCached": false, "stage": "EXPRESS_IXSCAN", "keyPattern": "{ email_key: 1 }", "indexName": "email_key_1"}`
	fetch    = `{"stage": "FETCH", "inputStage": ` + ixscan + `}`
	ixscan   = `{"stage": "IXSCAN", "keyPattern": {"user_id": 1}, "indexName": "user_id_1", "indexBounds": {"user_id": ["[\"a\", \"a\"]"]}}`
	fullscan = `{"stage": "IXSCAN", "keyPattern": {"_id": 1}, "indexName": "_id_", "indexBounds": {"_id": ["[MinKey, MaxKey]"]}}`
	collscan = `{"stage": "COLLSCAN", "filter": {"email_key": {"$eq": "a"}}, "direction": "forward"}`
	cursor   = `{"$cursor": {"queryPlanner": {"winningPlan": ` + idhack + `}, "executionStats": {}}}`
)

func winning(plan string) string {
	return `{"explainVersion": "1", "queryPlanner": {"namespace": "app.users", "winningPlan": ` + plan + `, "rejectedPlans": [` + collscan + `]}, "ok": 1}`
}

func slotBased(plan string) string {
	return winning(`{"queryPlan": ` + plan + `, "slotBasedPlan": {"slots": "", "stages": "[1] nlj COLLSCAN"}}`)
}

func join(fields string) string {
	return slotBased(`{"stage": "EQ_LOOKUP", "foreignCollection": "app.users", "localField": "user_id", "foreignField": "_id", ` + fields + `, "inputStage": ` + ixscan + `}`)
}

func lookup(statistics string) string {
	return `{"explainVersion": "1", "stages": [` + cursor + `, {"$lookup": {"from": "users", "as": "owner"}` + statistics + `}], "ok": 1}`
}

func TestReadPlan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, explained string
		want            []mongotest.Access
	}{
		{"by _id", winning(idhack), []mongotest.Access{{Stage: "IDHACK", Index: "_id_"}}},
		{"express", winning(express), []mongotest.Access{{Stage: "EXPRESS_IXSCAN", Index: "email_key_1"}}},
		{"index", winning(fetch), []mongotest.Access{{Stage: "IXSCAN", Index: "user_id_1"}}},
		{"update", winning(`{"stage": "UPDATE", "inputStage": ` + fetch + `}`), []mongotest.Access{{Stage: "IXSCAN", Index: "user_id_1"}}},
		{"whole index", winning(`{"stage": "FETCH", "inputStage": ` + fullscan + `}`), []mongotest.Access{{Stage: "IXSCAN", Index: "_id_", Whole: true}}},
		{"collection", winning(`{"stage": "LIMIT", "inputStage": ` + collscan + `}`), []mongotest.Access{{Stage: "COLLSCAN", Whole: true}}},
		{"either", winning(`{"stage": "OR", "inputStages": [` + ixscan + `, ` + collscan + `]}`),
			[]mongotest.Access{{Stage: "IXSCAN", Index: "user_id_1"}, {Stage: "COLLSCAN", Whole: true}}},
		{"slot-based", slotBased(fetch), []mongotest.Access{{Stage: "IXSCAN", Index: "user_id_1"}}},
		{"slot-based, collection", slotBased(collscan), []mongotest.Access{{Stage: "COLLSCAN", Whole: true}}},
		{"slot-based join", join(`"strategy": "IndexedLoopJoin", "indexName": "_id_", "indexKeyPattern": {"_id": 1}`),
			[]mongotest.Access{{Stage: "EQ_LOOKUP", Index: "_id_"}, {Stage: "IXSCAN", Index: "user_id_1"}}},
		{"slot-based join without index", join(`"strategy": "NestedLoopJoin"`),
			[]mongotest.Access{{Stage: "EQ_LOOKUP", Whole: true}, {Stage: "IXSCAN", Index: "user_id_1"}}},
		{"classic join", lookup(`, "totalDocsExamined": 1, "totalKeysExamined": 1, "collectionScans": 0, "indexesUsed": ["_id_"]`),
			[]mongotest.Access{{Stage: "IDHACK", Index: "_id_"}, {Stage: "$lookup", Index: "_id_"}}},
		{"classic join without index", lookup(`, "totalDocsExamined": 9, "totalKeysExamined": 0, "collectionScans": 2, "indexesUsed": []`),
			[]mongotest.Access{{Stage: "IDHACK", Index: "_id_"}, {Stage: "$lookup", Whole: true}}},
		{"sharded", `{"queryPlanner": {"mongosPlannerVersion": 1, "winningPlan": {"stage": "SHARD_MERGE", "shards": [
			{"shardName": "a", "winningPlan": {"stage": "SHARDING_FILTER", "inputStage": ` + ixscan + `}},
			{"shardName": "b", "winningPlan": {"queryPlan": ` + collscan + `, "slotBasedPlan": {}}}]}}}`,
			[]mongotest.Access{{Stage: "IXSCAN", Index: "user_id_1"}, {Stage: "COLLSCAN", Whole: true}}},
		{"sharded aggregation", `{"mergeType": "mongos", "shards": {"a": ` + winning(idhack) + `, "b": ` + lookup(`, "collectionScans": 0, "indexesUsed": ["_id_"]`) + `}}`,
			[]mongotest.Access{{Stage: "IDHACK", Index: "_id_"}, {Stage: "IDHACK", Index: "_id_"}, {Stage: "$lookup", Index: "_id_"}}},
	}
	for _, test := range tests {
		if got, err := mongotest.ReadPlan(document(t, test.explained)); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

// A plan of any other form is refused: a check that finds no scan in it has found
// nothing out.
func TestReadPlanOfOtherForm(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, explained, want string }{
		{"empty", `{}`, "another form than MongoDB's"},
		{"no winner", `{"queryPlanner": {"plan": "seq scan"}}`, "another form than MongoDB's"},
		{"text", winning(`"seq scan"`), "winningPlan is of the type string"},
		{"no stage", winning(`{}`), "a stage has no name"},
		{"unknown stage", winning(`{"stage": "FETCH", "inputStage": {"stage": "SEQSCAN"}}`), `unknown stage {"stage": "SEQSCAN"}`},
		{"no input", winning(`{"stage": "FETCH"}`), "unknown stage"},
		{"no bounds", winning(`{"stage": "IXSCAN", "indexName": "user_id_1", "indexCond": {}}`), "IXSCAN without bounds"},
		{"no index", winning(`{"stage": "EXPRESS_IXSCAN"}`), "EXPRESS_IXSCAN names no index"},
		{"no collection", winning(`{"stage": "EOF"}`), "no such collection"},
		{"join without statistics", lookup(``), "it is not said how $lookup reads"},
		{"join not run", lookup(`, "collectionScans": 0, "indexesUsed": []`), "$lookup was not run"},
		{"unknown stage of a pipeline", `{"stages": [` + cursor + `, {"$merge": {}}]}`, "unknown stage"},
		{"no stages", `{"stages": []}`, "empty or damaged"},
		{"no shards", `{"shards": {}}`, "empty or damaged"},
	}
	for _, test := range tests {
		if got, err := mongotest.ReadPlan(document(t, test.explained)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", test.name, got, err, test.want)
		}
	}
}

// TestPlanOfTheEmbeddedEngine asks an engine that has plans of another form.
func TestPlanOfTheEmbeddedEngine(t *testing.T) {
	t.Parallel()
	if !mongotest.Embedded() {
		t.Skip("MONGODB_URI names another engine")
	}
	find := bson.D{{Key: "find", Value: "users"}, {Key: "filter", Value: bson.D{{Key: "_id", Value: "a"}}}}
	explained, err := mongotest.Database(t).RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}}).Raw()
	if err != nil {
		t.Fatalf("explain: %v", err)
	}
	if got, err := mongotest.ReadPlan(explained); err == nil || !strings.Contains(err.Error(), "another form than MongoDB's") {
		t.Errorf("got %v, %v for %v, want it refused", got, err, explained)
	}
}

func document(t *testing.T, text string) bson.Raw {
	t.Helper()
	var raw bson.Raw
	if err := bson.UnmarshalExtJSON([]byte(text), false, &raw); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return raw
}
