package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mntscope/nsctl/sandbox"
)

// The process that a sandbox is known by has its name as soon as it is another program than
// this one: who looks while it starts never sees another.
func TestCalledRightFromTheStart(t *testing.T) {
	s := store(t)
	outer := made(t, s, sandbox.Spec{UserNS: true})
	seen := map[string]bool{}
	stop := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			lists, _ := filepath.Glob("/proc/self/task/*/children") // fails only on a malformed pattern
			inner, _ := filepath.Glob("/proc/" + itoa(outer.PID) + "/task/*/children")
			lists = append(lists, inner...)
			for _, list := range lists {
				pids, _ := os.ReadFile(list) // a thread may have ended, as a child
				for _, pid := range strings.Fields(string(pids)) {
					comm, _ := os.ReadFile("/proc/" + pid + "/comm")
					seen[strings.TrimSpace(string(comm))] = true
				}
			}
		}
	})
	for range 10 {
		made(t, s, sandbox.Spec{UserNS: true})
		made(t, s, sandbox.Spec{In: outer.Name, Propagation: sandbox.Private})
	}
	close(stop)
	looking.Wait()
	own, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	delete(seen, strings.TrimSpace(string(own))) // between fork and exec
	delete(seen, "mntscope-keeper")
	delete(seen, "") // it had ended
	for name := range seen {
		t.Errorf("a keeper was called %q", name)
	}
}
