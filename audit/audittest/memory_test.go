package audittest_test

import (
	"testing"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	audittest.TestEventStore(t, func(*testing.T) audit.EventStore { return &audittest.Store{} })
}
