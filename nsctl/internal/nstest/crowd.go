package nstest

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
)

// Copies makes many copies of the namespace at little cost: each has one small
// process in it and no agent. It gives the processes' ids.
func (n *NS) Copies(t testing.TB, count int) []int {
	t.Helper()
	r, err := n.ask(request{Start: &start{CloneFlags: syscall.CLONE_NEWNS, Lives: count}})
	t.Cleanup(func() {
		var failed []error
		for _, pid := range r.Numbers {
			failed = append(failed, killAndWait(pid))
		}
		if err := errors.Join(failed...); err != nil {
			t.Errorf("ending copies of %v: %v", n.ns, err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Numbers
}

// Sizes of the scenes that mntscope's speed is measured on.
const (
	WideNamespaces       = 1000
	SlaveHeavyNamespaces = 400
	SceneMounts          = 122 // in each namespace
)

// Wide makes 1,000 namespaces with 122 private mounts each, and gives the ids of
// the processes in them.
func Wide(t testing.TB) []int {
	t.Helper()
	template := furnished(t, "rprivate")
	return template.Copies(t, WideNamespaces)
}

// SlaveHeavy makes 400 namespaces with 122 mounts each. The same mounts of half of
// them form one peer group, of which those in the other half are slaves. The kernel
// walks the whole group for each slave that it prints.
func SlaveHeavy(t testing.TB) []int {
	t.Helper()
	peers := furnished(t, "rshared")
	slaves := peers.Clone(t, Propagation("rslave"))
	return append(peers.Copies(t, SlaveHeavyNamespaces/2), slaves.Copies(t, SlaveHeavyNamespaces/2)...)
}

// furnished makes a Host with SceneMounts mounts, more only if the machine itself
// has more.
func furnished(t testing.TB, propagation string) *NS {
	t.Helper()
	host := Host(t)
	var ops []Op
	for i := len(host.Mounts(t)); i < SceneMounts; i++ {
		dir := fmt.Sprintf("%s/volumes/volume-%03d", Scratch, i)
		ops = append(ops, Tmpfs(dir))
	}
	host.Must(t, append(ops, Make(propagation, "/"))...)
	return host
}
