package discover

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// reading is one of the ways to read the host. Which of them a scan takes depends on
// the kernel; the tests take each of them. Whether a single table is read from
// mountinfo or with statmount(2) depends on speed, too, except where no process sees
// all of it.
type reading struct {
	name string
	scan func() *Scanner
	// walks says that the kernel's walk is used, which finds namespaces that no
	// process leads to.
	walks bool
	// byID says that a namespace can be read without a process that sees all of it.
	byID bool
}

var readings = []reading{
	{name: "this kernel", walks: true, byID: true, scan: func() *Scanner { return New(Options{}) }},
	{name: "mountinfo", walks: true, scan: func() *Scanner {
		s := New(Options{})
		s.features = &features{mountinfo: true, walk: s.features.walk}
		return s
	}},
	{name: "old kernel", scan: func() *Scanner {
		s := New(Options{})
		s.features = &features{mountinfo: true}
		return s
	}},
}

// snapshot reads the host.
func (r reading) snapshot(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	s, err := r.scan().Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// namespaceOf finds a namespace that must be in the snapshot once.
func namespaceOf(t *testing.T, s *nsctl.Snapshot, number nsctl.NSNumber) *nsctl.Namespace {
	t.Helper()
	var found *nsctl.Namespace
	for i := range s.Namespaces {
		if s.Namespaces[i].NS != number {
			continue
		}
		if found != nil {
			t.Fatalf("%v is in the snapshot twice", number)
		}
		found = &s.Namespaces[i]
	}
	if found == nil {
		t.Fatalf("%v is not in the snapshot; gaps: %v", number, s.Gaps)
	}
	return found
}

// gapsOf gives the gaps that concern a namespace.
func gapsOf(s *nsctl.Snapshot, number nsctl.NSNumber) []nsctl.Gap {
	return slices.DeleteFunc(slices.Clone(s.Gaps), func(g nsctl.Gap) bool { return g.NS != number })
}

// compare checks that the snapshot has the namespace as mountinfo showed it, field by
// field, with no gap.
func compare(t *testing.T, s *nsctl.Snapshot, number nsctl.NSNumber, want []nsctl.Mount) *nsctl.Namespace {
	t.Helper()
	ns := namespaceOf(t, s, number)
	if gaps := gapsOf(s, number); len(gaps) > 0 {
		t.Errorf("%v has gaps: %+v", number, gaps)
	}
	compareMounts(t, ns.Mounts, want)
	return ns
}

func compareMounts(t *testing.T, got, want []nsctl.Mount) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d mounts, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		g := got[i]
		g.ID, g.HiddenBy = 0, 0 // not in mountinfo
		if g != want[i] {
			t.Errorf("mount %d differs:%s", i, differences(g, want[i]))
		}
	}
}

// differences lists the fields in which two mounts differ, of long ones the ends.
func differences(got, want nsctl.Mount) string {
	var b strings.Builder
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"mnt_id", got.MntID, want.MntID}, {"parent_id", got.ParentID, want.ParentID},
		{"dev", got.Dev, want.Dev}, {"root", got.Root, want.Root}, {"mountpoint", got.Mountpoint, want.Mountpoint},
		{"fstype", got.FSType, want.FSType}, {"source", got.Source, want.Source},
		{"options", got.Options, want.Options}, {"super_options", got.SuperOptions, want.SuperOptions},
		{"propagation", got.Propagation, want.Propagation},
	} {
		if f.got != f.want {
			fmt.Fprintf(&b, "\n\t%s: got %s, want %s", f.name, shorten(f.got), shorten(f.want))
		}
	}
	return b.String()
}

func shorten(v any) string {
	s := fmt.Sprintf("%q", fmt.Sprint(v))
	if len(s) > 200 {
		s = s[:90] + fmt.Sprintf(" ... %d bytes ... ", len(s)-180) + s[len(s)-90:]
	}
	return s
}

// checkHidden asks the kernel which mounts can be reached: looking up the mount
// point of one that nothing hides ends in that mount.
func checkHidden(t *testing.T, n *nstest.NS, mounts []nsctl.Mount) {
	t.Helper()
	ids := map[nsctl.MountID]bool{}
	for _, m := range mounts {
		ids[m.MntID] = true
	}
	for _, m := range mounts {
		visible := mountAt(t, n.Path(m.Mountpoint)) == m.MntID
		if visible != (m.HiddenBy == 0) {
			t.Errorf("mount %d on %q is hidden by %d, but visible is %t", m.MntID, m.Mountpoint, m.HiddenBy, visible)
		}
		if m.HiddenBy != 0 && (!ids[m.HiddenBy] || m.HiddenBy == m.MntID) {
			t.Errorf("mount %d on %q is hidden by %d", m.MntID, m.Mountpoint, m.HiddenBy)
		}
	}
}

// mountAt gives the id of the mount in which the lookup of a path ends; 0 if there
// is nothing.
func mountAt(t *testing.T, path string) nsctl.MountID {
	t.Helper()
	f, err := os.OpenFile(path, pathOnly, 0)
	if err != nil {
		return 0
	}
	defer f.Close()
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(info), "mnt_id:")
	var id nsctl.MountID
	if _, err := fmt.Sscan(rest, &id); err != nil {
		t.Fatalf("fdinfo %q: %v", info, err)
	}
	return id
}

const pathOnly = 0x200000 // O_PATH, open(2)
