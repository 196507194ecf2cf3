package sandbox_test

import (
	"os"
	"slices"
	"sync"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
)

// 200 at once, made by several and removed by several, with nothing left: TestMain looks for
// processes, threads, descriptors and mounts of this process, here the rest is compared.
func TestManyAtOnce(t *testing.T) {
	const count, hands = 200, 8
	dir := storeDir(t)
	s := open(t, dir)
	mounts := ownMounts(t)
	all := make([]*sandbox.Sandbox, count)
	inParallel(t, count, hands, func(i int) (err error) {
		spec := sandbox.Spec{UserNS: i%2 == 0 || os.Geteuid() != 0, PID: i%3 == 0, Keep: i%4 == 0}
		all[i], err = s.New(t.Context(), spec)
		return err
	})
	listed, err := s.List()
	if err != nil || len(listed) != count {
		t.Fatalf("%d are listed, %v", len(listed), err)
	}
	seen := make(map[string]bool)
	for _, b := range all {
		if seen[b.NS.String()] || gone(b.PID) {
			t.Errorf("%s is not one of its own that lives", b.Name)
		}
		seen[b.NS.String()] = true
	}
	inParallel(t, count, hands, func(i int) error {
		if all[i].Kept {
			if err := s.Remove(all[i].Name); err != nil {
				return err
			}
		}
		return all[i].Close()
	})
	for _, b := range all {
		if !gone(b.PID) {
			t.Errorf("the keeper of %s lives", b.Name)
		}
	}
	if now := ownMounts(t); !slices.Equal(mounts, now) {
		t.Errorf("the mounts were %v, and are %v", mounts, now)
	}
	wantNothing(t, dir)
}

func ownMounts(t testing.TB) []string {
	t.Helper()
	mounts, err := nstest.ReadMountinfo("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range mounts {
		lines = append(lines, m.Mountpoint+" "+m.Propagation.String())
	}
	return lines
}

// inParallel does something with the numbers below count, some at a time.
func inParallel(t testing.TB, count, hands int, do func(i int) error) {
	t.Helper()
	next, failed := make(chan int), make(chan error, count)
	var workers sync.WaitGroup
	for range hands {
		workers.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					failed <- err
				}
			}
		})
	}
	for i := range count {
		next <- i
	}
	close(next)
	workers.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
}
