package sandbox_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/sandbox"
)

// What is left of a sandbox in the store, the machine and the mount table is nothing.
func wantNothing(t testing.TB, dir string) {
	t.Helper()
	s := open(t, dir)
	all, err := s.List()
	if err != nil || len(all) > 0 {
		t.Errorf("the store has %v, %v", all, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("the directory of the store has %v, %v", names, err)
	}
	eventually(t, "ended: the processes of the test", func() bool { return len(withEnv(makerEnv+"="+dir)) == 0 })
	reapOrphans(t)
}

// withEnv lists the processes that have a variable in their environment.
func withEnv(variable string) (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range names {
		text, err := os.ReadFile(name)
		pid, _ := strconv.Atoi(strings.Split(name, "/")[2])
		if err == nil && slices.Contains(strings.Split(string(text), "\x00"), variable) && !gone(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestMakerIsKilled(t *testing.T) {
	dir := storeDir(t)
	spec := sandbox.Spec{UserNS: os.Geteuid() != 0}
	m := startMaker(t, nil, dir, wish{Spec: spec, Wait: true})
	s := open(t, dir)
	b, err := s.Find(m.name)
	if err != nil || b.State != sandbox.Running {
		t.Fatal(b, err)
	}
	m.kill()
	eventually(t, "stale", func() bool { now, err := s.Find(m.name); return err == nil && now.State == sandbox.Stale })
	if _, err := s.Step(m.name, ""); err == nil || !strings.Contains(err.Error(), "rm --stale") {
		t.Errorf("a step of it: %v", err)
	}
	if removed, err := s.RemoveStale(); err != nil || !slices.Equal(removed, []string{m.name}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	wantNothing(t, dir)
}

// A maker that is killed at any moment leaves a sandbox that is listed, or none.
func TestMakerIsKilledAtAnyMoment(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	specs := []sandbox.Spec{{UserNS: true}, {UserNS: true, PID: true}, {UserNS: true, Keep: true}}
	for i := range 60 {
		m := prepareMaker(t, nil, dir, wish{Spec: specs[i%len(specs)], Wait: true})
		if err := m.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.NewTimer(time.Duration(rand.IntN(15_000)) * time.Microsecond)
		<-timer.C // the moment is the point
		m.kill()
		all, err := s.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			if b.State == sandbox.Running && b.PID != 0 && b.Kept {
				continue // it may have been complete: then it is to stay
			}
			eventually(t, "stale", func() bool { now, _ := s.Find(b.Name); return now.State == sandbox.Stale })
		}
		if _, err := s.RemoveStale(); err != nil {
			t.Fatal(err)
		}
		if all, err = s.List(); err != nil || len(all) > 1 {
			t.Fatal(all, err)
		}
		for _, b := range all {
			if err := s.Remove(b.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantNothing(t, dir)
}

// One who waits for the end of a pipe does not wait for a sandbox that is kept.
func TestKeeperHoldsNothingOfItsMaker(t *testing.T) {
	dir := storeDir(t)
	m := prepareMaker(t, nil, dir, wish{Spec: sandbox.Spec{UserNS: true, Keep: true}})
	r, w := pipe(t)
	m.cmd.ExtraFiles = slices.Repeat([]*os.File{w}, 9) // the keeper has others by the first of these numbers
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if out, err := io.ReadAll(m.out); err != nil || string(out) != "made s1\n" {
		t.Fatalf("%q, %v", out, err)
	}
	if err := m.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Errorf("the pipe has not ended: %v", err)
	}
	if err := open(t, dir).Remove("s1"); err != nil {
		t.Fatal(err)
	}
	wantNothing(t, dir)
}

// A keeper that is killed at any moment leaves a sandbox that could not be made, and nothing of
// it; or a stale one.
func TestKeeperIsKilledAtAnyMoment(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	specs := []sandbox.Spec{{UserNS: true}, {UserNS: true, PID: true}}
	caught := 0
	var takes time.Duration // from the start of the maker until all is made
	for i := range 60 {
		m := prepareMaker(t, nil, dir, wish{Spec: specs[i%len(specs)], Wait: true})
		began := time.Now()
		if err := m.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			_, _ = m.out.Read(make([]byte, 1)) // made, or failed
			takes = time.Since(began)
		}
		timer := time.NewTimer(rand.N(takes))
		<-timer.C // the moment is the point
		for _, pid := range childrenOf(m.cmd.Process.Pid) {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				caught++
			}
		}
		_ = m.in.Close()
		_, _ = io.Copy(io.Discard, m.out)
		_ = m.cmd.Wait() // it says that it failed, or it did not
		if _, err := s.RemoveStale(); err != nil {
			t.Fatal(err)
		}
		wantNothing(t, dir)
	}
	if caught == 0 {
		t.Error("no keeper was there to be killed")
	}
}

func childrenOf(pid int) (pids []int) {
	lists, _ := filepath.Glob("/proc/" + itoa(pid) + "/task/*/children") // fails only on a malformed pattern
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// What still runs when the keeper was killed is in the list, and ended by its removal.
func TestKeeperIsKilled(t *testing.T) {
	for _, pid := range []bool{false, true} {
		dir := storeDir(t)
		s := open(t, dir)
		b := made(t, s, sandbox.Spec{Keep: true, PID: pid})
		mustRun(t, s, b.Name, "sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 >/dev/null 2>&1 &")
		if n := len(b.Processes()); n != 3 {
			t.Fatalf("%d processes are in it", n)
		}
		if err := syscall.Kill(b.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// Its last thread ends a moment after its first.
		eventually(t, "stale", func() bool { now, err := s.Find(b.Name); return err == nil && now.State == sandbox.Stale })
		if _, _, err := ran(t, s, b.Name, "true"); err == nil || !strings.Contains(err.Error(), "rm --stale") {
			t.Errorf("a program in it: %v", err)
		}
		if removed, err := s.RemoveStale(); err != nil || len(removed) != 1 {
			t.Errorf("removed %v, %v", removed, err)
		}
		if left := b.Processes(); len(left) > 0 {
			t.Errorf("processes %v are left", left)
		}
		wantNothing(t, dir)
	}
}

// A keeper that does not answer is killed; and one who came in from elsewhere, too.
func TestRemoveOfOneThatHangs(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{Keep: true})
	args := []string{"-t", itoa(b.PID), "-m", "sleep", "1000"}
	if os.Geteuid() != 0 {
		args = append([]string{"-U", "--preserve-credentials"}, args...)
	}
	visitor := exec.CommandContext(t.Context(), "nsenter", args...)
	if err := visitor.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "in it", func() bool { return slices.Contains(b.Processes(), visitor.Process.Pid) })
	if err := syscall.Kill(b.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	reaped := make(chan error, 1)
	go func() { reaped <- visitor.Wait() }()
	if err := s.Remove(b.Name); err != nil {
		t.Fatal(err)
	}
	if err := <-reaped; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the visitor ended with %v", err)
	}
	wantNothing(t, dir)
}

// Directories that nobody would have made are told of, and nothing outside is touched.
func TestStrangeStores(t *testing.T) {
	dir, other := storeDir(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "half"), 0o700),
		os.Symlink(other, filepath.Join(dir, "link")),
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600),
		os.Mkdir(filepath.Join(dir, "broken"), 0o700),
		os.WriteFile(filepath.Join(dir, "broken", "sandbox.json"), []byte("{"), 0o600),
		os.Mkdir(filepath.Join(dir, "lying"), 0o700),
		// The own process as keeper, in the own namespace.
		os.WriteFile(filepath.Join(dir, "lying", "sandbox.json"), fmt.Appendf(nil, `{"pid":%d,"ns":%s,"boot_id":"another boot"}`, os.Getpid(), strings.Trim(link(t, "/proc/self/ns/mnt"), "mnt:[]")), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	all, err := s.List()
	if err == nil || !strings.Contains(err.Error(), "sandbox.json of sandbox broken") {
		t.Errorf("the broken one: %v", err)
	}
	var names []string
	for _, b := range all {
		names = append(names, b.Name)
		if b.State != sandbox.Stale {
			t.Errorf("%s is %s", b.Name, b.State)
		}
	}
	if want := []string{"broken", "half", "lying"}; !slices.Equal(names, want) {
		t.Errorf("listed are %v, want %v", names, want)
	}
	removed, err := s.RemoveStale()
	if err != nil || !slices.Equal(removed, names) {
		t.Errorf("removed %v, %v", removed, err)
	}
	if _, err := os.Stat(filepath.Join(other, "lock")); err != nil {
		t.Error(err)
	}
}
