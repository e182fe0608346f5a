package limits

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// maxRecords bounds a [Memory]: at some hundred bytes a record, it
// takes tens of megabytes at the very most.
const maxRecords = 100_000

// Memory is a [Store] in the memory of one process, for tests and for
// applications with one instance. It keeps the 100,000 records used last, and
// forgets all when the process ends.
type Memory struct {
	max int

	mu      sync.Mutex
	records map[string]*list.Element
	order   list.List // of memoryRecord, the one used last in front
}

type memoryRecord struct{ key, record string }

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{max: maxRecords, records: map[string]*list.Element{}}
}

// Limit implements [Store].
func (s *Memory) Limit(ctx context.Context, key string) (record string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(key), nil
}

// use returns a record and notes that it was used.
func (s *Memory) use(key string) string {
	element := s.records[key]
	if element == nil {
		return ""
	}
	s.order.MoveToFront(element)
	return element.Value.(memoryRecord).record
}

// SwapLimit implements [Store]. Nothing vanishes for its age: the bound does
// what is needed.
func (s *Memory) SwapLimit(ctx context.Context, key, before, after string, _ time.Duration) (swapped bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.use(key) != before {
		return false, nil
	}
	s.put(key, after)
	return true, nil
}

func (s *Memory) put(key, record string) {
	element := s.records[key]
	switch {
	case element != nil && record == "":
		s.order.Remove(element)
		delete(s.records, key)
	case element != nil:
		element.Value = memoryRecord{key, record}
	case record != "":
		s.records[key] = s.order.PushFront(memoryRecord{key, record})
	}
	if s.order.Len() > s.max {
		oldest := s.order.Remove(s.order.Back()).(memoryRecord)
		delete(s.records, oldest.key)
	}
}
