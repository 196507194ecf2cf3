package sandbox_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
)

// rootfs is a root file system made of busybox.
func rootfs(t testing.TB) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		nstest.Unavailable(t, "there is no busybox (Debian: busybox-static)")
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, d := range []string{"bin", "proc", "dev", "mnt"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil { //nolint:gosec // as in a root
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "bin", "busybox"), program, 0o755); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "ls", "cat", "id", "ps", "mount", "true", "readlink", "pwd", "touch"} {
		if err := os.Symlink("busybox", filepath.Join(dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The walk from the copied tree to a root file system of its own, at once.
func TestRoot(t *testing.T) {
	s := store(t)
	for _, tc := range []struct {
		name string
		spec sandbox.Spec
	}{
		{"private", sandbox.Spec{}},
		{"private, with a pid namespace", sandbox.Spec{PID: true}},
		{"in a user namespace", sandbox.Spec{UserNS: true, PID: true}},
		{"slave", sandbox.Spec{PID: true, Propagation: sandbox.Slave}},
		{"shared", sandbox.Spec{PID: true, Propagation: sandbox.Shared}},
		{"unchanged", sandbox.Spec{PID: true, Propagation: sandbox.Unchanged}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := rootfs(t)
			tc.spec.Root.Dir, tc.spec.Steps = root, sandbox.AllSteps
			b := made(t, s, tc.spec)
			if got := strings.Fields(mustRun(t, s, b.Name, "ls", "/")); !slices.Equal(got, []string{"bin", "dev", "mnt", "old_root", "proc"}) {
				t.Errorf("its root has %v", got)
			}
			if got := mustRun(t, s, b.Name, "pwd"); got != "/" {
				t.Errorf("programs begin in %s", got)
			}
			var points []string
			for _, m := range mountsOf(t, b.PID) {
				points = append(points, m.Mountpoint)
			}
			want := []string{"/", "/proc"}
			if !tc.spec.PID && os.Geteuid() != 0 {
				want = want[:1]
			}
			if !slices.Equal(points, want) {
				t.Errorf("mounted are %v, want %v", points, want)
			}
			if tc.spec.PID {
				if got := mustRun(t, s, b.Name, "sh", "-c", "cat /proc/1/comm"); got != "mntscope-keeper" {
					t.Errorf("process 1 is %s", got)
				}
			}
			if err := s.Remove(b.Name); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat(filepath.Join(root, "old_root")); !os.IsNotExist(err) {
				t.Errorf("old_root is left in the user's directory: %v", err)
			}
		})
	}
}

// Steps that fail, and why.
func TestStepsThatFail(t *testing.T) {
	for _, tc := range []struct {
		name   string
		spec   sandbox.Spec
		steps  []string // the last one fails
		errno  string
		reason string
	}{
		{"pivot without the bind", sandbox.Spec{}, []string{"enter", "mkdir", "pivot"}, "EBUSY EINVAL", "bind"},
		{"pivot without a place for the old root", sandbox.Spec{}, []string{"bind", "enter", "pivot"}, "ENOENT", "\"mkdir\""},
		{"pivot with what was entered before the bind", sandbox.Spec{}, []string{"enter", "mkdir", "bind", "pivot"}, "EBUSY EINVAL", "bind"},
		{"pivot with a shared parent", sandbox.Spec{UserNS: true, Propagation: sandbox.Shared}, []string{"bind", "enter", "mkdir", "pivot"}, "EINVAL", "shared mount"},
		{"proc without a pid namespace", sandbox.Spec{UserNS: true}, []string{"bind", "enter", "mkdir", "pivot", "path", "proc"}, "EPERM", "pid namespace of its own"},
		{"proc after the old root went", sandbox.Spec{UserNS: true, PID: true}, []string{"bind", "enter", "mkdir", "pivot", "path", "detach", "proc"}, "EPERM", "another proc is mounted"},
		{"detach before anything", sandbox.Spec{}, []string{"detach"}, "ENOENT EINVAL", "not"},
		{"mkdir before enter", sandbox.Spec{}, []string{"mkdir"}, "", "in the root of the host"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := store(t)
			tc.spec.Root.Dir = rootfs(t)
			b := made(t, s, tc.spec)
			for i, name := range tc.steps {
				taken, err := s.Step(b.Name, name)
				if err != nil {
					t.Fatal(err)
				}
				if i < len(tc.steps)-1 {
					if !taken.OK {
						t.Fatal(taken.Err())
					}
					continue
				}
				if taken.OK || !errnoIsOneOf(taken.Errno, tc.errno) || !strings.Contains(taken.Reason, tc.reason) {
					t.Errorf("%s: %v, %q, %q; want %q and %q", taken.Command, taken.OK, taken.Errno, taken.Reason, tc.errno, tc.reason)
				}
				if !slices.Equal(taken.Before, taken.After) {
					t.Error("it changed something")
				}
			}
		})
	}
}

// errnoIsOneOf compares with several: on a root that is locked, as in a user namespace, the
// kernel comes to another check first, and the machine itself may have an /old_root.
func errnoIsOneOf(errno, list string) bool { return slices.Contains(strings.Split(list, " "), errno) }

// What the host has mounted is the same after every step, in whatever order, whatever the
// propagation. The host is a scene in which everything is shared.
func TestStepsLeaveTheHostAlone(t *testing.T) {
	root := rootfs(t)
	orders := [][]string{
		{"private", "bind", "enter", "mkdir", "pivot", "path", "cut", "detach", "proc"},
		{"private", "bind", "enter", "mkdir", "pivot", "detach", "proc"}, // detach of a tree that is the host's peer
		{"bind", "enter", "mkdir", "pivot", "proc", "detach"},            // bind on a mount that is the host's peer
		{"proc", "bind", "detach", "enter", "pivot"},
	}
	for _, propagation := range sandbox.Propagations() {
		for _, userNS := range []bool{false, true} {
			for _, order := range orders {
				spec := sandbox.Spec{Propagation: sandbox.Propagation(propagation), UserNS: userNS, PID: true, Root: sandbox.Root{Dir: root}}
				host := nstest.Host(t)
				before := host.Mounts(t)
				dir := storeDir(t)
				m := startMaker(t, host, dir, wish{Spec: spec, Wait: true})
				s := open(t, dir)
				for _, step := range order {
					taken, err := s.Step(m.name, step)
					if err != nil && !strings.Contains(err.Error(), "there is no step") {
						t.Fatal(err)
					}
					if after := host.Mounts(t); !slices.Equal(before, after) {
						t.Fatalf("%s, user namespace %v, %s of %v: the mounts of the host were\n%v\nand are\n%v", propagation, userNS, step, order, before, after)
					}
					connected := !userNS && (propagation == "shared" || propagation == "unchanged")
					if connected && step == "bind" && order[0] != "private" && (taken.OK || !strings.Contains(taken.Reason, "mount --make-private")) {
						t.Errorf("%s: bind was not refused with the remedy: %v", propagation, taken.Err())
					}
				}
				m.end(t)
				if after := host.Mounts(t); !slices.Equal(before, after) {
					t.Fatalf("%s: after its end, the mounts of the host are\n%v", propagation, after)
				}
			}
		}
	}
}

// The steps one by one, each with the mounts before and after.
func TestStepByStep(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{Root: sandbox.Root{Dir: rootfs(t)}, PID: true})
	steps, err := s.Steps(b.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range steps {
		taken, err := s.Step(b.Name, "")
		if err != nil || !taken.OK || taken.Name != want.Name || !taken.Taken {
			t.Fatalf("%s: %+v, %v", want.Name, taken, err)
		}
		if changes := !slices.Equal(taken.Before, taken.After); changes != slices.Contains([]string{"bind", "pivot", "detach", "proc"}, want.Name) {
			t.Errorf("%s changed the mounts: %v", want.Name, changes)
		}
	}
	if _, err := s.Step(b.Name, ""); err == nil || !strings.Contains(err.Error(), "all steps have been taken") {
		t.Errorf("one more: %v", err)
	}
	if _, err := s.Step(b.Name, "jump"); err == nil || !strings.Contains(err.Error(), "there is no step jump") {
		t.Errorf("another: %v", err)
	}
	if m := mountAt(t, mountsOf(t, b.PID), "/proc"); m.FSType != "proc" || m.Propagation.Type() != nsctl.Private {
		t.Errorf("/proc is %+v", m)
	}
}

// A directory of somebody else's cannot be a root, and it is said what can.
func TestRootOfSomebodyElse(t *testing.T) {
	dir := "/usr"
	if os.Geteuid() == 0 { // who is root of a user namespace is not the owner of this
		if dir = rootfs(t); os.Chown(dir, 65534, 65534) != nil {
			t.Fatal("a directory cannot be given away")
		}
	}
	s := store(t)
	b := made(t, s, sandbox.Spec{UserNS: true, Root: sandbox.Root{Dir: dir}})
	for _, step := range []string{"bind", "enter", "mkdir"} {
		taken, err := s.Step(b.Name, step)
		if err != nil {
			t.Fatal(err)
		}
		if step == "mkdir" && (taken.OK || taken.Errno != "EACCES" || !strings.Contains(taken.Reason, "one of your own")) {
			t.Errorf("%s: %v, %q, %q", taken.Command, taken.OK, taken.Errno, taken.Reason)
		}
	}
}

// The mount that the root is on can be cut off also after the bind, which pivot_root asks for.
func TestPrivateAfterTheBind(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{UserNS: true, Propagation: sandbox.Shared, Root: sandbox.Root{Dir: rootfs(t)}})
	for _, step := range []string{"bind", "enter", "mkdir", "private", "pivot"} {
		if taken, err := s.Step(b.Name, step); err != nil || !taken.OK {
			t.Fatalf("%s: %v, %v", step, taken.Err(), err)
		}
	}
}

// What was never put there cannot be cut off, and it is said so.
func TestCutBeforeThePivot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("in a user namespace there is no such step")
	}
	s := store(t)
	b := made(t, s, sandbox.Spec{Propagation: sandbox.Shared, Root: sandbox.Root{Dir: rootfs(t)}})
	if taken, err := s.Step(b.Name, "cut"); err != nil || taken.OK || !strings.Contains(taken.Reason, "not exchanged yet") {
		t.Errorf("%+v, %v", taken, err)
	}
}

// A root that mntscope cannot start in is no place for another sandbox, unless it is linked
// statically. It is said so.
func TestInsideOneWithARoot(t *testing.T) {
	s := store(t)
	root := sandbox.Root{Dir: rootfs(t)}
	outer := made(t, s, sandbox.Spec{UserNS: true, PID: true, Root: root, Steps: sandbox.AllSteps})
	inner, err := s.New(t.Context(), sandbox.Spec{In: outer.Name, Propagation: sandbox.Private})
	if err == nil {
		err = inner.Close()
	} else if strings.Contains(err.Error(), "CGO_ENABLED=0") {
		return
	}
	if err != nil {
		t.Error(err)
	}
}
