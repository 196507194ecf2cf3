package sandbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
)

func TestNamespaces(t *testing.T) {
	s := store(t)
	for _, tc := range []struct {
		name string
		spec sandbox.Spec
		own  []string
	}{
		{"mount namespace only", sandbox.Spec{}, []string{"mnt"}},
		{"user namespace", sandbox.Spec{UserNS: true}, []string{"mnt", "user"}},
		{"pid namespace", sandbox.Spec{PID: true}, []string{"mnt", "pid"}},
		{"everything", sandbox.Spec{UserNS: true, PID: true, UTS: true, IPC: true, Net: true, Cgroup: true}, []string{"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := made(t, s, tc.spec)
			want := tc.own
			if os.Geteuid() != 0 && !slices.Contains(want, "user") {
				want = append(want, "user")
			}
			var own []string
			for _, kind := range []string{"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"} {
				if mustRun(t, s, b.Name, "readlink", "/proc/self/ns/"+kind) != link(t, "/proc/self/ns/"+kind) {
					own = append(own, kind)
				}
			}
			slices.Sort(want)
			if !slices.Equal(own, want) {
				t.Errorf("its own namespaces are %v, want %v", own, want)
			}
			told := slices.Clone(b.Namespaces)
			slices.Sort(told)
			if !slices.Equal(told, want) {
				t.Errorf("it is told to have %v, want %v", told, want)
			}
			if got := mustRun(t, s, b.Name, "readlink", "/proc/self/ns/mnt"); got != b.NS.String() {
				t.Errorf("it is in %s, told is %s", got, b.NS)
			}
			if got := mustRun(t, s, b.Name, "id", "-u"); got != "0" {
				t.Errorf("the user is %s", got)
			}
			if tc.spec.PID {
				if got := mustRun(t, s, b.Name, "sh", "-c", "echo $$"); got != "2" && got != "3" && len(got) > 2 {
					t.Errorf("a process has pid %s in a new pid namespace", got)
				}
			}
		})
	}
}

func link(t testing.TB, path string) string {
	t.Helper()
	target, err := os.Readlink(path)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// What the mounts of a sandbox are, beside those of a host where all are shared.
func TestPropagation(t *testing.T) {
	for _, tc := range []struct {
		propagation   sandbox.Propagation
		shared, slave bool // what /mnt becomes, as root without a user namespace
	}{
		{sandbox.Private, false, false},
		{sandbox.Slave, false, true},
		{sandbox.Shared, true, false},
		{sandbox.Unchanged, true, false},
	} {
		for _, userNS := range []bool{false, true} {
			name := string(tc.propagation)
			if userNS {
				name += " in a user namespace"
			}
			t.Run(name, func(t *testing.T) {
				host := nstest.Host(t)
				before := host.Mounts(t)
				dir := storeDir(t)
				m := startMaker(t, host, dir, wish{Spec: sandbox.Spec{Propagation: tc.propagation, UserNS: userNS}, Wait: true})
				b, err := open(t, dir).Find(m.name)
				if err != nil {
					t.Fatal(err)
				}
				got := mountOf(t, b.PID, nstest.Scratch)
				on := mountAt(t, before, nstest.Scratch)
				wantShared, wantMaster := nsctl.GroupID(0), nsctl.GroupID(0)
				switch {
				case userNS && tc.propagation == sandbox.Shared:
					wantShared, wantMaster = got.Propagation.Shared, on.Propagation.Shared
					if wantShared == 0 || wantShared == on.Propagation.Shared {
						t.Errorf("it is in no group of its own: %v", got.Propagation)
					}
				case userNS && tc.propagation == sandbox.Unchanged, tc.slave:
					wantMaster = on.Propagation.Shared
				case tc.shared:
					wantShared = on.Propagation.Shared
				}
				if got.Propagation.Shared != wantShared || got.Propagation.Master != wantMaster {
					t.Errorf("%s is %v, want shared:%d master:%d", nstest.Scratch, got.Propagation, wantShared, wantMaster)
				}
				m.end(t)
				if after := host.Mounts(t); !slices.Equal(before, after) {
					t.Errorf("the mounts of the host were\n%v\nand are\n%v", before, after)
				}
			})
		}
	}
}

func mountOf(t testing.TB, pid int, path string) nsctl.Mount {
	t.Helper()
	return mountAt(t, mountsOf(t, pid), path)
}

func mountsOf(t testing.TB, pid int) []nsctl.Mount {
	t.Helper()
	mounts, err := nstest.ReadMountinfo(filepath.Join("/proc", itoa(pid), "mountinfo"))
	if err != nil {
		t.Fatal(err)
	}
	return mounts
}

func mountAt(t testing.TB, mounts []nsctl.Mount, path string) nsctl.Mount {
	t.Helper()
	for _, m := range slices.Backward(mounts) {
		if m.Mountpoint == path {
			return m
		}
	}
	t.Fatalf("nothing is mounted at %s", path)
	return nsctl.Mount{}
}

// A chain: the host sends to a slave, which sends to a slave that is shared itself.
func TestInside(t *testing.T) {
	s := store(t)
	outer := made(t, s, sandbox.Spec{Name: "outer", Keep: true, Propagation: sandbox.Shared})
	inner := made(t, s, sandbox.Spec{Name: "inner", Keep: true, In: "outer", Propagation: sandbox.Slave})
	deep := made(t, s, sandbox.Spec{Name: "deep", Keep: true, In: "inner", Propagation: sandbox.Shared, PID: true, UserNS: true})
	mustRun(t, s, "outer", "mount", "-t", "tmpfs", "tmpfs", "/mnt")
	for _, b := range []*sandbox.Sandbox{outer, inner, deep} {
		if m := mountOf(t, b.PID, "/mnt"); m.FSType != "tmpfs" {
			t.Errorf("in %s, /mnt is %s", b.Name, m.FSType)
		}
	}
	mustRun(t, s, "inner", "mount", "-t", "ramfs", "ramfs", "/mnt")
	for _, b := range []*sandbox.Sandbox{outer, inner, deep} {
		want := map[string]string{"outer": "tmpfs", "inner": "ramfs", "deep": "tmpfs"}[b.Name]
		if m := mountOf(t, b.PID, "/mnt"); m.FSType != want {
			t.Errorf("in %s, /mnt is %s, want %s: a slave that is not shared passes nothing on", b.Name, m.FSType, want)
		}
	}
	if err := s.Remove("outer"); err != nil {
		t.Fatal(err)
	}
	if all, err := s.List(); err != nil || len(all) > 0 {
		t.Errorf("with the outer one, not all were removed: %v, %v", all, err)
	}
	for _, b := range []*sandbox.Sandbox{outer, inner, deep} {
		if !gone(b.PID) {
			t.Errorf("the keeper of %s lives", b.Name)
		}
	}
}

func TestNames(t *testing.T) {
	s := store(t)
	first, second := made(t, s, sandbox.Spec{}), made(t, s, sandbox.Spec{})
	if first.Name != "s1" || second.Name != "s2" {
		t.Errorf("the names are %s and %s", first.Name, second.Name)
	}
	if _, err := s.New(t.Context(), sandbox.Spec{Name: "s1", UserNS: true}); err == nil || !strings.Contains(err.Error(), "there is a sandbox called s1 already") {
		t.Errorf("a second s1: %v", err)
	}
	for _, name := range []string{"", ".", "..", "a/b", "-x", "self", "4711", "a\nb", strings.Repeat("x", 64)} {
		if sandbox.CheckName(name) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	for _, name := range []string{"a", "A.b-c_1", "1a", strings.Repeat("x", 63)} {
		if err := sandbox.CheckName(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Find("nobody"); !errors.Is(err, sandbox.ErrUnknown) {
		t.Errorf("one that is not there: %v", err)
	}
}

// A sandbox is found like any other namespace, and shown as what it is.
func TestDiscovered(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{Name: "shown", PID: true})
	listing, err := discover.New(discover.Options{}).Listing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var infos []nsctl.NamespaceInfo
	for _, ns := range listing.Namespaces {
		infos = append(infos, ns.NamespaceInfo)
	}
	i, err := discover.Find(infos, "shown")
	if err != nil {
		t.Fatal(err)
	}
	if ns := infos[i]; ns.NS != b.NS || ns.Kind != nsctl.KindSandbox || ns.Name != "shown" || ns.NSID != b.NSID {
		t.Errorf("found %+v, want %v with id %d", ns, b.NS, b.NSID)
	}
}

func TestStoreOfOthers(t *testing.T) {
	dir := storeDir(t)
	if err := os.Chmod(dir, 0o750); err != nil { //nolint:gosec // the mistake that is to be seen
		t.Fatal(err)
	}
	if _, err := sandbox.Open(dir); err == nil || !strings.Contains(err.Error(), "others may look into it") {
		t.Errorf("a directory that others may enter: %v", err)
	}
	if os.Geteuid() == 0 {
		dir = storeDir(t)
		if err := os.Chown(dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if _, err := sandbox.Open(dir); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
			t.Errorf("a directory of another user: %v", err)
		}
	}
	if got, err := sandbox.DefaultDir(func(name string) string {
		return map[string]string{"HOME": "/home/x", "XDG_STATE_HOME": "relative"}[name]
	}); got != "/home/x/.local/state/mntscope/sandboxes" || err != nil {
		t.Errorf("the default is %s, %v", got, err)
	}
}
