package holders_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/holders"
)

var disk = nsctl.Dev{Major: 8, Minor: 17}

// scene is a host whose root is shared, with a container that is a slave of it, a private
// namespace, and two that no process lives in. The disk is mounted at /data in all.
func scene() *nsctl.Snapshot {
	table := func(first nsctl.MountID, root, data nsctl.Propagation) []nsctl.Mount {
		return []nsctl.Mount{
			{MntID: first, ParentID: 1, Dev: nsctl.Dev{Major: 8, Minor: 1}, Root: "/", Mountpoint: "/", FSType: "ext4", Propagation: root},
			{MntID: first + 1, ParentID: first, Dev: disk, Root: "/", Mountpoint: "/data", FSType: "xfs", Source: "/dev/sdb1", Propagation: data},
			{MntID: first + 2, ParentID: first + 1, Dev: nsctl.Dev{Minor: 50}, Root: "/", Mountpoint: "/data/in", FSType: "tmpfs", Source: "t"},
		}
	}
	lived := func(ns nsctl.NSNumber, name string, pid int) nsctl.NamespaceInfo {
		return nsctl.NamespaceInfo{
			NS: ns, Name: name, OwnerUserNS: 1, ProcessCount: 1, Processes: []nsctl.Process{{PID: pid, Comm: name}},
			HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: pid}},
		}
	}
	shared, slave := nsctl.Propagation{Shared: 1}, nsctl.Propagation{Master: 1}
	host := lived(10, "init", 1)
	host.Kind = nsctl.KindInitial
	return &nsctl.Snapshot{
		Observer: nsctl.Observer{NS: 10}, Namespaces: []nsctl.Namespace{
			{NamespaceInfo: host, Mounts: table(100, shared, nsctl.Propagation{Shared: 2})},
			{NamespaceInfo: lived(11, "slave", 200), Mounts: table(200, slave, nsctl.Propagation{Master: 2})},
			{NamespaceInfo: lived(12, "private", 300), Mounts: table(300, nsctl.Propagation{}, nsctl.Propagation{})},
			{NamespaceInfo: nsctl.NamespaceInfo{NS: 13, Name: "bound", HeldBy: []nsctl.Holder{
				{Kind: nsctl.HeldByBind, Path: "/run/a b", NS: 12},
			}}, Mounts: table(400, nsctl.Propagation{}, nsctl.Propagation{})},
			{NamespaceInfo: nsctl.NamespaceInfo{NS: 14, Name: "open", HeldBy: []nsctl.Holder{
				{Kind: nsctl.HeldByFD, PID: 300, Path: "/proc/300/fd/9"},
			}}, Mounts: table(500, nsctl.Propagation{}, nsctl.Propagation{})},
		},
		Gaps: []nsctl.Gap{{What: "owner"}, {What: "fds", Message: "m"}},
	}
}

func steps(s *nsctl.Snapshot, h *nsctl.FilesystemHolders) []string {
	var lines []string
	for _, step := range holders.Release(graph.New(s), h) {
		lines = append(lines, strings.TrimSuffix(nsctl.SafeShellLine(step.Command)+" # "+step.Text, " # "))
	}
	return lines
}

func wantSteps(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the steps are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestInSnapshot(t *testing.T) {
	h := holders.InSnapshot(scene(), disk)
	if h.FSType != "xfs" || h.Source != "/dev/sdb1" || len(h.Mounts) != 5 || len(h.Gaps) != 1 {
		t.Fatalf("%+v", h)
	}
	for i, pid := range []int{1, 200, 300, 0, 0} {
		if m := h.Mounts[i]; m.PID != pid || m.Space != i || (len(m.HeldBy) > 0) != (pid == 0) {
			t.Errorf("%+v", m)
		}
	}
	if h := holders.InSnapshot(scene(), nsctl.Dev{Major: 9}); h.Held() || h.Mounts == nil || h.Processes == nil || h.Others == nil || h.Release == nil || h.Gaps == nil {
		t.Errorf("of nothing: %+v", h)
	}
}

func TestReleaseOfMounts(t *testing.T) {
	s := scene()
	wantSteps(t, steps(s, holders.InSnapshot(s, disk)),
		"nsenter -t 300 -m umount '/run/a b' # ends bound (mnt:[13]), which only this mount keeps alive",
		"kill 300 # or let private close /proc/300/fd/9, which keeps open (mnt:[14]) alive",
		"umount /data/in # is in the way; takes 1 elsewhere with it",
		"umount /data # takes 1 elsewhere with it",
	)

	s.Namespaces = s.Namespaces[:3]
	wantSteps(t, steps(s, holders.InSnapshot(s, disk)),
		"umount /data/in # is in the way; takes 1 elsewhere with it",
		"umount /data # takes 1 elsewhere with it",
		"nsenter -t 300 -m umount /data/in # is in the way; in private (mnt:[12])",
		"nsenter -t 300 -m umount /data # in private (mnt:[12])",
	)

	// A process that is ended leads nowhere any more.
	s.Namespaces[2].Processes = append(s.Namespaces[2].Processes, nsctl.Process{PID: 301})
	s.Namespaces[2].ProcessCount = 2
	h := holders.InSnapshot(s, disk)
	h.Processes = []nsctl.ProcessHolder{{PID: 300, Uses: []nsctl.FileUse{{How: nsctl.UseExe}}}}
	got := steps(s, h)
	wantSteps(t, got[len(got)-1:], "nsenter -t 301 -m umount /data # in private (mnt:[12])")
}

func TestReleaseOfProcesses(t *testing.T) {
	s := scene()
	s.Namespaces = s.Namespaces[:1]
	s.Namespaces[0].Mounts = nil
	fd := 5
	h := holders.InSnapshot(s, disk)
	h.Processes = []nsctl.ProcessHolder{
		{PID: 1, Comm: "systemd", Uses: []nsctl.FileUse{{How: nsctl.UseFD, FD: &fd}}},
		{PID: 7, Comm: "sh\x1b", Uses: []nsctl.FileUse{{How: nsctl.UseCwd}}},
		{PID: 8, Comm: "tail", Uses: []nsctl.FileUse{{How: nsctl.UseFD, FD: &fd}, {How: nsctl.UseFD, FD: &fd}}},
		{PID: 9, Uses: []nsctl.FileUse{{How: nsctl.UseRoot}, {How: nsctl.UseFD, FD: &fd}}},
	}
	wantSteps(t, steps(s, h),
		` # pid 1 (systemd) uses it and cannot be ended: fd; where it is systemd, "systemctl daemon-reexec" opens its files anew`,
		`kill 7 # sh\x1b: cwd, or let it change its directory`,
		"kill 8 # tail: 2 fds, or let it close its files",
		"kill 9 # process 9: root, fd",
	)
}

func TestReleaseOfOthers(t *testing.T) {
	s := scene()
	s.Namespaces = nil
	h := holders.InSnapshot(s, disk)
	h.Others = []nsctl.OtherHolder{
		{Kind: nsctl.OtherSwap, Path: "/swap file"},
		{Kind: nsctl.OtherLoop, Device: "loop0", Path: "/image"},
		{Kind: nsctl.OtherStacked, Device: "dm-0", Dev: &nsctl.Dev{Major: 253}},
		{Kind: nsctl.OtherStacked, Device: "dm-1"}, // its number could not be read
		{Kind: nsctl.OtherPartition, Device: "sda1", Dev: &nsctl.Dev{Major: 8, Minor: 1}},
		{Kind: nsctl.OtherSuperblock, Device: "sdb1"},
	}
	const takeDown = ", which is built on it: then take that down (dmsetup remove, cryptsetup close, vgchange -an, mdadm --stop)"
	wantSteps(t, steps(s, h),
		"swapoff '/swap file' # it is used for swap",
		`losetup -d /dev/loop0 # its backing file is /image; what still holds /dev/loop0 tells "mntscope holders /dev/loop0"`,
		"mntscope holders 253:0 # tells what holds /dev/dm-0"+takeDown,
		"mntscope holders /dev/dm-1 # tells what holds /dev/dm-1"+takeDown,
		"mntscope holders 8:1 # tells what holds its partition /dev/sda1",
	)
}

func TestReleaseOfWhatIsOutOfSight(t *testing.T) {
	s := scene()
	s.Namespaces = nil
	h := holders.InSnapshot(s, disk)
	h.Others = []nsctl.OtherHolder{{Kind: nsctl.OtherSuperblock, Device: "sdb1"}}
	if got := steps(s, h); len(got) != 1 || !strings.Contains(got[0], "nothing that can be seen holds it") {
		t.Errorf("%q", got)
	}
}

// A namespace whose root is on the filesystem must end; the host's own cannot.
func TestReleaseOfRoots(t *testing.T) {
	s := scene()
	s.Namespaces = s.Namespaces[:3]
	container, other := &s.Namespaces[1], &s.Namespaces[2]
	container.Mounts = []nsctl.Mount{{MntID: 200, ParentID: 199, Dev: disk, Root: "/web", Mountpoint: "/", FSType: "xfs"}}
	container.Container = &nsctl.Container{Manager: "podman", ID: "0123", Name: "web"}
	other.Mounts[1].Mountpoint, other.Mounts[2].Mountpoint = "/", "/in" // on top of the root: umount / would do something else
	other.Processes = append(other.Processes, nsctl.Process{PID: 301})
	other.ProcessCount = 5
	wantSteps(t, steps(s, holders.InSnapshot(s, disk)),
		"kill 300 301 # the processes in private (mnt:[12]), which ends with them, and 3 more",
		"podman stop web # it is the root of the container",
		"umount /data/in # is in the way",
		"umount /data",
	)
	root := holders.InSnapshot(s, nsctl.Dev{Major: 8, Minor: 1})
	wantSteps(t, steps(s, root), " # it is the root filesystem of init (mnt:[10]), and stays as long as that does")
}

// What covers a mount keeps its path from leading there.
func TestReleaseOfHiddenMounts(t *testing.T) {
	s := scene()
	s.Namespaces = s.Namespaces[:1]
	ns := &s.Namespaces[0]
	ns.Mounts = append(ns.Mounts,
		nsctl.Mount{MntID: 103, ParentID: 101, Root: "/", Mountpoint: "/data", FSType: "tmpfs"},
		nsctl.Mount{MntID: 104, ParentID: 103, Root: "/", Mountpoint: "/data/on/top", FSType: "tmpfs"})
	ns.Mounts[1].HiddenBy, ns.Mounts[2].HiddenBy = 103, 103
	wantSteps(t, steps(s, holders.InSnapshot(s, disk)),
		"umount /data/on/top # is in the way", "umount /data # is in the way", "umount /data/in # is in the way", "umount /data")
}

func TestReleaseForAnOrdinaryUser(t *testing.T) {
	s := scene()
	s.Observer.UID = 1000
	s.Namespaces = s.Namespaces[:3]
	s.Namespaces[2].OwnerUserNS = 2
	got := steps(s, holders.InSnapshot(s, disk))
	if want := "nsenter -t 300 -m -U --preserve-credentials umount /data # in private (mnt:[12]); may be locked: if it is refused, end the processes there"; got[len(got)-1] != want {
		t.Errorf("%s\nwant\n%s", got[len(got)-1], want)
	}
}

func TestFind(t *testing.T) {
	s := scene()
	s.Namespaces[1].Mounts[1].Source = "/only/here"
	s.Namespaces[1].Mounts[1].Dev = nsctl.Dev{Minor: 60}
	s.Namespaces[2].Mounts[2].Dev = nsctl.Dev{Minor: 61}
	for ref, want := range map[string]nsctl.Dev{
		"8:17": disk, "7:7": {Major: 7, Minor: 7}, "/data": disk, "/data/": disk, "/": {Major: 8, Minor: 1},
		"/dev/sdb1": disk, "/only/here": {Minor: 60},
	} {
		if got, err := holders.Find(s, ref); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", ref, got, err, want)
		}
	}
	for ref, want := range map[string]string{
		"/data/f": "no mount point", "data": "no mount point", "a\x1bb": `a\x1bb is no`, "t": "t is the source of 2 filesystems (0:50, 0:61)",
	} {
		if _, err := holders.Find(s, ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", ref, err, want)
		}
	}
}

func TestDemo(t *testing.T) {
	f, err := os.Open("../../screenshots/demo.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := nsctl.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	dev, err := holders.Find(s, "/dev/sdb2") // where the containers' layers are
	if err != nil {
		t.Fatal(err)
	}
	overlays := 0
	for _, o := range holders.InSnapshot(s, dev).Others {
		if o.Kind == nsctl.OtherOverlay && strings.HasPrefix(o.Path, "/var/lib/containers/") {
			overlays++
		}
	}
	if overlays != 6 {
		t.Errorf("%d overlays have a layer on it", overlays)
	}
}

// A file can claim anything.
func FuzzRelease(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(_ *testing.T, choices []byte) {
		s := scene()
		for i := 0; i+3 < len(choices); i += 4 {
			ns := &s.Namespaces[int(choices[i])%len(s.Namespaces)]
			m := &ns.Mounts[int(choices[i+1])%len(ns.Mounts)]
			value := nsctl.MountID(choices[i+3])
			switch choices[i+2] % 8 {
			case 0:
				m.ParentID = m.ParentID/100*100 + value%4
			case 1:
				m.HiddenBy = m.MntID/100*100 + value%4
			case 2:
				m.Dev = disk
			case 3:
				m.Mountpoint = []string{"/", "/data", "/data/in", ""}[value%4]
			case 4:
				m.Propagation = nsctl.Propagation{Shared: nsctl.GroupID(value % 3), Master: nsctl.GroupID(value % 5)}
			case 5:
				ns.HeldBy = []nsctl.Holder{{Kind: nsctl.HeldByBind, NS: nsctl.NSNumber(10 + value%5), Path: "/x"}, {Kind: nsctl.HeldByFD, PID: int(value)}}
			case 6:
				ns.NS = nsctl.NSNumber(value % 16)
			case 7:
				ns.Processes, ns.Kind = nil, nsctl.KindOther
			}
		}
		for _, step := range holders.Release(graph.New(s), holders.InSnapshot(s, disk)) {
			if slices.Equal(step.Command[max(0, len(step.Command)-2):], []string{"umount", "/"}) {
				panic("umount / makes the filesystem read-only")
			}
		}
	})
}
