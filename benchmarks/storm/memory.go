package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// memoryGroup is a control group with a memory limit; nil where there is none.
type memoryGroup struct{ path string }

// limitMemory puts a process under a limit, where this machine lets us make a
// control group for it, and says what it has done.
func limitMemory(pid, mib int) (*memoryGroup, string) {
	limit := strconv.Itoa(mib << 20)
	for _, kind := range []struct {
		root   string
		limits [][2]string // file and value; the first must be written
	}{
		{"/sys/fs/cgroup", [][2]string{{"memory.max", limit}, {"memory.swap.max", "0"}}},
		{"/sys/fs/cgroup/memory", [][2]string{{"memory.limit_in_bytes", limit}, {"memory.memsw.limit_in_bytes", limit}}},
	} {
		group := &memoryGroup{filepath.Join(kind.root, fmt.Sprint("ginauth-storm-", pid))}
		if os.Mkdir(group.path, 0o755) != nil {
			continue
		}
		bounded := false
		for i, l := range kind.limits {
			err := os.WriteFile(filepath.Join(group.path, l[0]), []byte(l[1]), 0)
			bounded = bounded || i == 0 && err == nil
		}
		if bounded && os.WriteFile(filepath.Join(group.path, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0) == nil {
			return group, fmt.Sprintf("%d MiB by a control group", mib)
		}
		group.remove()
	}
	return nil, "no memory limit, as no control group can be made here"
}

// remove removes the group of a process that has ended.
func (g *memoryGroup) remove() {
	if g != nil {
		_ = os.Remove(g.path)
	}
}
