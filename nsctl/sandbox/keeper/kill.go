package keeper

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"

	"mntscope/nsctl/internal/sys"
)

// killAll ends every process that descends from the keeper. The first process of a pid
// namespace need not: the kernel does when it ends.
func (c *children) killAll() {
	c.mu.Lock()
	c.ending = true
	c.started.Broadcast()
	c.mu.Unlock()
	if os.Getpid() == 1 {
		return
	}
	for {
		killDescendants()
		select {
		case <-c.none:
			return
		case <-time.After(2 * time.Millisecond): // those that were started meanwhile
		}
	}
}

// killDescendants kills children, and theirs: stopped first, so that they start no more
// while their own are looked for.
func killDescendants() {
	seen := make(map[string]bool)
	todo := []string{"self"}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		process, err := sys.OpenDir(name)
		if err != nil {
			continue // it has ended
		}
		if name != "self" {
			_ = process.Signal(sys.SignalStop) // it may have ended
		}
		for _, child := range childrenOf(process) {
			if !seen[child] {
				seen[child] = true
				todo = append(todo, child)
			}
		}
		if name != "self" {
			_ = process.Signal(sys.SignalKill)
		}
		process.Close()
	}
}

// childrenOf lists the children of all threads of a process.
func childrenOf(process sys.Dir) []string {
	tasks, err := process.OpenDir("task")
	if err != nil {
		return nil
	}
	defer tasks.Close()
	var pids []string
	_ = tasks.Names(func(name []byte) { // what was listed before an error counts
		text, err := tasks.ReadFile(string(name)+"/children", nil)
		if err == nil {
			pids = append(pids, strings.Fields(string(text))...)
		}
	})
	return pids
}

// killSession ends what a program has left in its session, whose number is the pid that
// the keeper knows the program by.
func killSession(session int) {
	self, err := sys.OpenDir("self")
	if err != nil {
		return
	}
	level := len(statusField(self, "NSpid:")) - 1 // of this pid namespace, below that of /proc
	self.Close()
	processes, err := sys.OpenDir(".")
	if err != nil {
		return
	}
	defer processes.Close()
	_ = processes.Names(func(name []byte) {
		if name[0] < '1' || name[0] > '9' {
			return
		}
		process, err := processes.OpenDir(string(name))
		if err != nil {
			return
		}
		defer process.Close()
		if ids := statusField(process, "NSsid:"); level >= 0 && level < len(ids) && ids[level] == strconv.Itoa(session) {
			_ = process.Signal(sys.SignalKill) // it may have ended
		}
	})
}

// statusField gives the words of a line of /proc/PID/status.
func statusField(process sys.Dir, key string) []string {
	text, err := process.ReadFile("status", nil)
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte(key)); ok {
			return strings.Fields(string(value))
		}
	}
	return nil
}
