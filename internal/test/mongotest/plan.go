package mongotest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Access is one way in which a plan reaches the documents of a collection.
type Access struct {
	// Stage is the stage that reads, such as IXSCAN.
	Stage string
	// Index is the name of the index that is read; empty for none.
	Index string
	// Whole reports whether the whole collection, or the whole index, is read.
	Whole bool
}

// Explain returns how the server runs a command that a client has sent. It fails
// the test if the server's plan is not of the form that MongoDB documents. Give it
// a database whose client no other part of the test watches.
func Explain(t testing.TB, db *mongo.Database, command bson.Raw) []Access {
	t.Helper()
	statement, err := statementOf(command)
	if err != nil {
		t.Fatalf("mongotest: explain: %v", err)
	}
	// Only with statistics does the classic engine say how a $lookup reads.
	explained, err := db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: statement}, {Key: "verbosity", Value: "executionStats"}}).Raw()
	if err != nil {
		t.Fatalf("mongotest: explain: %v", err)
	}
	plan, err := ReadPlan(explained)
	if err != nil {
		t.Fatalf("mongotest: %v: %v", err, explained)
	}
	return plan
}

// statementOf returns a command without what a driver adds to every one, which
// belongs to the command explain itself.
func statementOf(command bson.Raw) (bson.D, error) {
	elements, err := command.Elements()
	if err != nil {
		return nil, err
	}
	added := []string{"$db", "lsid", "txnNumber", "$clusterTime", "$readPreference", "readConcern", "writeConcern", "maxTimeMS"}
	var statement bson.D
	for _, element := range elements {
		if !slices.Contains(added, element.Key()) {
			statement = append(statement, bson.E{Key: element.Key(), Value: element.Value()})
		}
	}
	return statement, nil
}

// ReadPlan returns every access in the answer to the command explain, in any of the
// forms that MongoDB's manual describes under "Explain Results": of the classic
// engine, of the slot-based one, of an aggregation, and of a sharded cluster. What it
// does not know is an error, so that the plan of another engine passes no check.
func ReadPlan(explained bson.Raw) ([]Access, error) {
	if shards, ok := explained.Lookup("shards").DocumentOK(); ok { // of an aggregation
		return each(shards, func(shard bson.Raw) ([]Access, error) { return ReadPlan(shard) })
	}
	if stages, ok := explained.Lookup("stages").ArrayOK(); ok {
		return each(bson.Raw(stages), pipelineStage)
	}
	winner, err := explained.LookupErr("queryPlanner", "winningPlan")
	if err != nil {
		return nil, errors.New("explain: the plan has another form than MongoDB's: it has neither queryPlanner.winningPlan nor stages nor shards")
	}
	return winningPlan(winner)
}

// each reads every document in a document or array.
func each(in bson.Raw, read func(bson.Raw) ([]Access, error)) ([]Access, error) {
	values, err := in.Values()
	if err != nil || len(values) == 0 {
		return nil, errors.New("explain: the plan has another form than MongoDB's: a list of stages or shards is empty or damaged")
	}
	var all []Access
	for _, value := range values {
		document, ok := value.DocumentOK()
		if !ok {
			return nil, fmt.Errorf("explain: the plan has another form than MongoDB's: a stage is of the type %s", value.Type)
		}
		found, err := read(document)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// pipelineStage reads a stage of an aggregation that the query engine does not run
// as a whole.
func pipelineStage(stage bson.Raw) ([]Access, error) {
	if cursor, ok := stage.Lookup("$cursor").DocumentOK(); ok {
		return ReadPlan(cursor)
	}
	if _, ok := stage.Lookup("$lookup").DocumentOK(); !ok {
		return nil, fmt.Errorf("explain: unknown stage %v", stage)
	}
	scans, scansOK := stage.Lookup("collectionScans").AsInt64OK()
	used, usedOK := stage.Lookup("indexesUsed").ArrayOK()
	if !scansOK || !usedOK {
		return nil, fmt.Errorf("explain: it is not said how $lookup reads: %v", stage)
	}
	if scans > 0 {
		return []Access{{Stage: "$lookup", Whole: true}}, nil
	}
	names, err := used.Values()
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("explain: $lookup was not run: %v", stage)
	}
	var all []Access
	for _, name := range names {
		index, _ := name.StringValueOK()
		all = append(all, Access{Stage: "$lookup", Index: index})
	}
	return all, nil
}

// winningPlan reads the plan of one server, or what a router has put together.
func winningPlan(value bson.RawValue) ([]Access, error) {
	plan, ok := value.DocumentOK()
	if !ok {
		return nil, fmt.Errorf("explain: the plan has another form than MongoDB's: winningPlan is of the type %s", value.Type)
	}
	if slotBased, ok := plan.Lookup("queryPlan").DocumentOK(); ok {
		plan = slotBased
	}
	if shards, ok := plan.Lookup("shards").ArrayOK(); ok {
		return each(bson.Raw(shards), func(shard bson.Raw) ([]Access, error) { return winningPlan(shard.Lookup("winningPlan")) })
	}
	return planStage(plan)
}

// planStage reads a stage and those that feed it.
func planStage(stage bson.Raw) ([]Access, error) {
	all, err := ownAccess(stage)
	if err != nil {
		return nil, err
	}
	for _, input := range []string{"inputStage", "outerStage", "innerStage", "thenStage", "elseStage"} {
		if from, ok := stage.Lookup(input).DocumentOK(); ok {
			found, err := planStage(from)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	if inputs, ok := stage.Lookup("inputStages").ArrayOK(); ok {
		found, err := each(bson.Raw(inputs), planStage)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("explain: unknown stage %v", stage)
	}
	return all, nil
}

// ownAccess returns how a stage itself reads, none if it works on what others read.
func ownAccess(stage bson.Raw) ([]Access, error) {
	name, ok := stage.Lookup("stage").StringValueOK()
	if !ok {
		return nil, fmt.Errorf("explain: the plan has another form than MongoDB's: a stage has no name: %v", stage)
	}
	index, _ := stage.Lookup("indexName").StringValueOK()
	access := Access{Stage: name, Index: index}
	switch name {
	case "COLLSCAN":
		access.Whole = true
	case "IDHACK", "EXPRESS_CLUSTERED_IXSCAN":
		access.Index = "_id_"
	case "EXPRESS_IXSCAN", "EXPRESS_UPDATE", "EXPRESS_DELETE": // by equality
	case "IXSCAN", "DISTINCT_SCAN":
		bounds, err := stage.LookupErr("indexBounds")
		if err != nil {
			return nil, fmt.Errorf("explain: %s without bounds: %v", name, stage)
		}
		access.Whole = unbounded(bounds)
	case "EQ_LOOKUP", "EQ_LOOKUP_UNWIND":
		strategy, _ := stage.Lookup("strategy").StringValueOK()
		access.Whole = strategy != "IndexedLoopJoin"
	case "EOF":
		return nil, errors.New("explain: nothing is read, as there is no such collection")
	default:
		return nil, nil
	}
	if !access.Whole && access.Index == "" {
		return nil, fmt.Errorf("explain: %s names no index: %v", name, stage)
	}
	return []Access{access}, nil
}

// unbounded reports whether an index is read from one end to the other: the bounds
// of its first field are those of all values. It is true if that cannot be told.
func unbounded(bounds bson.RawValue) bool {
	document, ok := bounds.DocumentOK()
	if !ok {
		return true
	}
	first, err := document.IndexErr(0)
	if err != nil {
		return true
	}
	ranges, ok := first.Value().ArrayOK()
	if !ok {
		return true
	}
	values, err := ranges.Values()
	return err != nil || len(values) == 0 || slices.ContainsFunc(values, func(value bson.RawValue) bool {
		text, ok := value.StringValueOK()
		return !ok || text == "[MinKey, MaxKey]" || text == "[MaxKey, MinKey]"
	})
}
