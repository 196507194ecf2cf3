package nstest

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"mntscope/nsctl"
)

// HoldByFD keeps a copy of the namespace alive by nothing but a descriptor of n's
// agent: no process is in it.
func (n *NS) HoldByFD(t testing.TB, options ...Option) (held nsctl.NSNumber, fd int) {
	t.Helper()
	child := n.Clone(t, options...)
	fd = n.Open(t, child.Proc("ns/mnt"))
	child.Exit(t)
	return child.NS(), fd
}

// HoldByBind keeps a copy of the namespace alive by nothing but a bind mount of
// its file on file in n, which must not exist. The mount is on a private tmpfs of
// its own: the kernel refuses copies of such a mount.
func (n *NS) HoldByBind(t testing.TB, file string, options ...Option) nsctl.NSNumber {
	t.Helper()
	dir := filepath.Dir(file)
	n.Must(t, Tmpfs(dir), Make("private", dir), Touch(file))
	// A namespace may be pinned only in one with a lower 64-bit id (kernel:
	// fs/namespace.c, mnt_ns_loop), and ids are handed out per processor: a newer
	// namespace can have a lower one. One made on the processor of n's gets a higher one.
	var err error
	for range 1000 {
		child := n.Clone(t, options...)
		err = n.Do(Bind(child.Proc("ns/mnt"), file))
		child.Exit(t)
		if err == nil {
			return child.NS()
		}
		if !errors.Is(err, syscall.EINVAL) {
			break
		}
	}
	t.Fatal(err)
	return 0
}
