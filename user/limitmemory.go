package user

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// maxMemoryLimits bounds a [MemoryLimits]: at some hundred bytes a record, it
// takes tens of megabytes at the very most.
const maxMemoryLimits = 100_000

// MemoryLimits is a [LimitStore] in the memory of one process, for tests and for
// applications with one instance. It keeps the 100,000 records used last, and
// forgets all when the process ends.
type MemoryLimits struct {
	max int

	mu      sync.Mutex
	records map[string]*list.Element
	order   list.List // of memoryLimit, the one used last in front
}

type memoryLimit struct{ key, record string }

var _ LimitStore = (*MemoryLimits)(nil)

// NewMemoryLimits returns an empty store.
func NewMemoryLimits() *MemoryLimits {
	return &MemoryLimits{max: maxMemoryLimits, records: map[string]*list.Element{}}
}

// Limit implements [LimitStore].
func (s *MemoryLimits) Limit(ctx context.Context, key string) (record string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(key), nil
}

// use returns a record and notes that it was used.
func (s *MemoryLimits) use(key string) string {
	element := s.records[key]
	if element == nil {
		return ""
	}
	s.order.MoveToFront(element)
	return element.Value.(memoryLimit).record
}

// SwapLimit implements [LimitStore]. Nothing vanishes for its age: the bound does
// what is needed.
func (s *MemoryLimits) SwapLimit(ctx context.Context, key, before, after string, _ time.Duration) (swapped bool, err error) {
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

func (s *MemoryLimits) put(key, record string) {
	element := s.records[key]
	switch {
	case element != nil && record == "":
		s.order.Remove(element)
		delete(s.records, key)
	case element != nil:
		element.Value = memoryLimit{key, record}
	case record != "":
		s.records[key] = s.order.PushFront(memoryLimit{key, record})
	}
	if s.order.Len() > s.max {
		oldest := s.order.Remove(s.order.Back()).(memoryLimit)
		delete(s.records, oldest.key)
	}
}
