// Package nsthread runs code inside another mount namespace. It is the only code
// in mntscope that moves an operating system thread from one namespace to another.
//
// A Go process has many threads, and namespaces belong to threads, so a function
// runs in another namespace by running in a goroutine that is locked to a thread of
// its own. Such a thread shares nothing of its root and working directory with the
// others any more and can never serve other goroutines again: the goroutine ends
// without unlocking, and the runtime then ends the thread.
//
// User namespaces cannot be entered this way: the kernel refuses that to a
// process with more than one thread (setns(2)).
package nsthread

import (
	"runtime"

	"mntscope/nsctl/internal/sys"
)

// In runs f on a thread inside the mount namespace ns, with the namespace's root
// as root and working directory, and returns when f has. It needs CAP_SYS_ADMIN
// in the user namespace that owns ns, and CAP_SYS_ADMIN and CAP_SYS_CHROOT in the
// caller's own.
//
// f must not start goroutines that are to be in the namespace too: they would
// run on other threads.
func In(ns sys.NamespaceFile, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocks: see the package documentation
		done <- enterAndRun(ns, f)
	}()
	return <-done
}

func enterAndRun(ns sys.NamespaceFile, f func() error) error {
	if err := sys.UnshareFS(); err != nil {
		return err
	}
	if err := ns.EnterMountNamespace(); err != nil {
		return err
	}
	return f()
}
