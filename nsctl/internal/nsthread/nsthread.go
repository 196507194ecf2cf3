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
	"errors"
	"os"
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
	go onOwnThread(func() { done <- enterAndRun(ns, f) })
	return <-done
}

// Here runs f on a thread of its own in the caller's namespace, with the caller's root and
// working directory, which f may change. It needs no privileges.
func Here(f func() error) error {
	done := make(chan error, 1)
	go onOwnThread(func() { done <- runHere(f) })
	return <-done
}

// Top runs f on a thread of its own in the caller's mount namespace, whose file ns is, with
// the root of the namespace as root and working directory: as who enters it has it, and not
// as the caller has. It takes what [In] takes, but no /proc to come back by.
func Top(ns sys.NamespaceFile, f func() error) error {
	return Here(func() error {
		if err := ns.EnterMountNamespace(); err != nil {
			return err
		}
		return f()
	})
}

func runHere(f func() error) error {
	if err := sys.UnshareFS(); err != nil {
		return err
	}
	home, err := sys.OpenPlace(".")
	if err != nil {
		home, err = sys.OpenPlace("/") // the working directory may be one that may not be reached
	}
	if err != nil {
		return err
	}
	defer home.Close()
	err = f()
	return errors.Join(err, home.Dir().Enter()) // it keeps nothing busy until the thread has ended
}

// onOwnThread runs f on a thread that ends with it.
func onOwnThread(f func()) {
	runtime.LockOSThread()
	if sys.ThreadID() != os.Getpid() {
		f()
		return // without unlocking: see the package documentation
	}
	// This is the first thread of the process, which Go cannot end: it would stay in
	// the namespace for good, and /proc/self with it. While it is occupied here,
	// another goroutine must get another thread.
	defer runtime.UnlockOSThread()
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		f()
	}()
	<-done
}

func enterAndRun(ns sys.NamespaceFile, f func() error) error {
	home, err := sys.OpenNamespace("/proc/thread-self/ns/mnt")
	if err != nil {
		return err
	}
	defer home.Close()
	if err := sys.UnshareFS(); err != nil {
		return err
	}
	if err := ns.EnterMountNamespace(); err != nil {
		return err
	}
	err = f()
	// The thread ends a moment after its goroutine. Until then it would keep the
	// namespace alive, and be found in it. Who has no privileges where he came from, as in
	// another user namespace, cannot go back: but what f went to must not stay busy.
	back := home.EnterMountNamespace()
	if sys.Refused(back) {
		back = enterRoot()
	}
	return errors.Join(err, back)
}

// enterRoot makes the thread's root directory its working directory.
func enterRoot() error {
	root, err := sys.OpenPlace("/")
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Dir().Enter()
}
