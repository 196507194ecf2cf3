package nsthread_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// Main also checks that no thread was left in another namespace.
func TestMain(m *testing.M) { nstest.Main(m) }

// open gives the file of a namespace that the test may enter.
func open(t *testing.T) (sys.NamespaceFile, *nstest.NS) {
	t.Helper()
	if os.Geteuid() != 0 {
		nstest.Unavailable(t, "entering a mount namespace alone, without its user namespace, takes root")
	}
	host := nstest.Host(t)
	file, err := sys.OpenNamespace(host.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(file.Close)
	return file, host
}

func threadNamespace(t *testing.T) nsctl.NSNumber {
	t.Helper()
	number, err := nstest.NumberOf("/proc/thread-self/ns/mnt")
	if err != nil {
		t.Error(err)
	}
	return number
}

func TestInRunsInside(t *testing.T) {
	file, host := open(t)
	var inside nsctl.NSNumber
	if err := nsthread.In(file, func() error {
		inside = threadNamespace(t)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if inside != host.NS() {
		t.Errorf("ran in %v, want %v", inside, host.NS())
	}
}

// A thread ends a moment after the goroutine that was locked to it.
func TestInHasLeftWhenItReturns(t *testing.T) {
	file, host := open(t)
	for range 200 {
		if err := nsthread.In(file, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		tasks, err := filepath.Glob("/proc/self/task/*/ns/mnt")
		if err != nil || len(tasks) == 0 {
			t.Fatalf("no threads: %v", err)
		}
		for _, task := range tasks {
			if number, err := nstest.NumberOf(task); err == nil && number == host.NS() {
				t.Fatalf("%s is still inside", task)
			}
		}
	}
}

func TestInGivesTheErrorBack(t *testing.T) {
	file, _ := open(t)
	want := errors.New("no")
	if err := nsthread.In(file, func() error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// Every thread that was inside must be gone afterwards. The first thread of the
// process, which never ends, gets its turn among so many goroutines.
func TestInLeavesNoThreadInside(t *testing.T) {
	file, host := open(t)
	home := threadNamespace(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				if err := nsthread.In(file, func() error { runtime.Gosched(); return nil }); err != nil {
					t.Error(err)
				}
				if at := threadNamespace(t); at != home {
					t.Errorf("a goroutine of the host runs in %v", at)
				}
			}
		})
	}
	wait.Wait()
	if first, err := nstest.NumberOf("/proc/self/ns/mnt"); err != nil || first == host.NS() {
		t.Errorf("the first thread is in %v (%v)", first, err)
	}
}

func TestInRefusesWhatIsNoMountNamespace(t *testing.T) {
	open(t) // for the privilege
	file, err := sys.OpenNamespace("/proc/self/ns/uts")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := nsthread.In(file, func() error { t.Error("ran"); return nil }); err == nil {
		t.Error("entered a uts namespace as a mount namespace")
	}
}

// What is done here has the root and working directory of the process, and may change
// them without anybody noticing.
func TestHere(t *testing.T) {
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("mine")
	err = nsthread.Here(func() error {
		cwd, err := os.Readlink("/proc/thread-self/cwd")
		if err != nil || cwd != before {
			t.Errorf("the working directory is %s, %v", cwd, err)
		}
		dir, err := sys.OpenDir("/proc")
		if err != nil {
			return err
		}
		defer dir.Close()
		if err := dir.Enter(); err != nil {
			return err
		}
		return wrong
	})
	if !errors.Is(err, wrong) {
		t.Errorf("the error is %v", err)
	}
	if after, err := os.Readlink("/proc/self/cwd"); err != nil || after != before {
		t.Errorf("the working directory of the process is %s, %v", after, err)
	}
}
