package nstest

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"mntscope/nsctl"
)

// Held is a namespace that no process is in.
type Held struct {
	NS     nsctl.NSNumber
	Mounts []nsctl.Mount // as the last process in it saw them
	Holder nsctl.Holder  // what keeps it alive
}

// HoldByFD keeps a copy of the namespace alive by nothing but a descriptor of n's
// agent.
func (n *NS) HoldByFD(t testing.TB, options ...Option) Held {
	t.Helper()
	child := n.Clone(t, options...)
	held := Held{child.NS(), child.Mounts(t), nsctl.Holder{Kind: nsctl.HeldByFD, PID: n.PID()}}
	held.Holder.Path = n.Proc(fmt.Sprintf("fd/%d", n.Open(t, child.Proc("ns/mnt"))))
	child.Exit(t)
	return held
}

// HoldByBind keeps a copy of the namespace alive by nothing but a bind mount of
// its file on file in n, which must not exist. The mount is on a private tmpfs of
// its own, as the kernel refuses copies of such a mount.
func (n *NS) HoldByBind(t testing.TB, file string, options ...Option) Held {
	t.Helper()
	dir := filepath.Dir(file)
	n.Must(t, Tmpfs(dir), Make("private", dir), Touch(file))
	// A namespace may be pinned only in one with a lower 64-bit id (kernel:
	// fs/namespace.c, mnt_ns_loop), and ids are handed out per processor: a newer
	// namespace can have a lower one. One made on the processor of n's gets a higher one.
	err := error(syscall.EINVAL)
	for try := 0; try < 1000 && errors.Is(err, syscall.EINVAL); try++ {
		child := n.Clone(t, options...)
		held := Held{child.NS(), child.Mounts(t), nsctl.Holder{Kind: nsctl.HeldByBind, Path: file, NS: n.NS()}}
		err = n.Do(Bind(child.Proc("ns/mnt"), file))
		child.Exit(t)
		if err == nil {
			return held
		}
	}
	t.Fatal(err)
	return Held{}
}
