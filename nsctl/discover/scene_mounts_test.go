package discover

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// scene is a host with mounts worth reading. build gives the namespaces to compare.
type scene struct {
	name  string
	build func(t *testing.T, host *nstest.NS) []*nstest.NS
	check func(t *testing.T, mounts []nsctl.Mount) // that the scene is what it should be
}

var scenes = []scene{
	{"five states", fiveStates, hasStates(nsctl.Shared, nsctl.SharedSlave, nsctl.Slave, nsctl.Private, nsctl.Unbindable)},
	{"propagate_from", propagateFrom, hasMount("propagate_from", func(m nsctl.Mount) bool { return m.Propagation.PropagateFrom != 0 })},
	{"overmounts", overmounts, nil},
	{"parts of filesystems", partsOfFilesystems, hasMount("//deleted", func(m nsctl.Mount) bool { return strings.HasSuffix(m.Root, "//deleted") })},
	{"awkward names", awkwardNames, hasMount("invalid UTF-8", func(m nsctl.Mount) bool { return strings.Contains(m.Mountpoint, "\xff") })},
	{"odd sources", oddSources, hasMount("empty source", func(m nsctl.Mount) bool { return m.Source == "" })},
	{"line beyond 64 KiB", longLines, hasMount("64 KiB", func(m nsctl.Mount) bool { return len(m.SuperOptions) > 64<<10 })},
	{"carriage return in an option", carriageReturn, hasMount("carriage return", func(m nsctl.Mount) bool { return strings.Contains(m.SuperOptions, "\r") })},
	{"options", mountFlags, hasMount("flags", func(m nsctl.Mount) bool { return m.Options == "ro,nosuid,nodev,noexec,relatime" })},
}

func TestMountsEqualTheKernels(t *testing.T) {
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			namespaces := sc.build(t, nstest.Host(t))
			last := namespaces[len(namespaces)-1].Mounts(t)
			if sc.check != nil {
				sc.check(t, last)
			}
			for _, r := range readings {
				t.Run(r.name, func(t *testing.T) {
					s := r.snapshot(t)
					for _, n := range namespaces {
						ns := compare(t, s, n.NS(), n.Mounts(t))
						checkHidden(t, n, ns.Mounts)
					}
					roundTrip(t, s)
				})
			}
			t.Run("seen by no process", func(t *testing.T) { compareJailed(t, namespaces) })
		})
	}
}

// compareJailed reads namespaces whose processes see nothing of them, so that
// mountinfo is of no use.
func compareJailed(t *testing.T, namespaces []*nstest.NS) {
	t.Helper()
	whole := map[*nstest.NS][]nsctl.Mount{}
	for _, n := range namespaces {
		whole[n] = n.Mounts(t)
	}
	before := readings[0].snapshot(t)
	// Somewhere that is no mount point and has none below it. All share the host's scratch.
	jail := nstest.Scratch + "/jail"
	for _, n := range namespaces {
		n.Must(t, nstest.Mkdir(jail), nstest.Chroot(jail))
	}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			if !r.byID && os.Geteuid() != 0 {
				t.Skip("only root may enter namespaces to read them")
			}
			for _, n := range namespaces {
				ns := compare(t, s, n.NS(), whole[n])
				for i, m := range namespaceOf(t, before, n.NS()).Mounts {
					if m.HiddenBy != ns.Mounts[i].HiddenBy {
						t.Errorf("mount %d on %q is hidden by %d, was by %d", m.MntID, m.Mountpoint, ns.Mounts[i].HiddenBy, m.HiddenBy)
					}
				}
			}
		})
	}
}

// roundTrip checks that nothing of a snapshot is lost on its way through a file.
func roundTrip(t *testing.T, s *nsctl.Snapshot) {
	t.Helper()
	var file bytes.Buffer
	if err := s.Encode(&file); err != nil {
		t.Fatal(err)
	}
	back, err := nsctl.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !back.Taken.Equal(s.Taken) {
		t.Errorf("taken at %v, was %v", back.Taken, s.Taken)
	}
	back.Taken = s.Taken // the same moment, without the monotonic clock
	if !reflect.DeepEqual(back, s) {
		for i := range min(len(s.Namespaces), len(back.Namespaces)) {
			if got, want := back.Namespaces[i], s.Namespaces[i]; !reflect.DeepEqual(got, want) {
				t.Errorf("%v comes back as\n%+v\nwas\n%+v", want.NS, got.NamespaceInfo, want.NamespaceInfo)
				compareMounts(t, got.Mounts, want.Mounts)
			}
		}
		t.Error("the snapshot is not what it was before encoding")
	}
}

func hasMount(what string, is func(nsctl.Mount) bool) func(*testing.T, []nsctl.Mount) {
	return func(t *testing.T, mounts []nsctl.Mount) {
		t.Helper()
		if !slices.ContainsFunc(mounts, is) {
			t.Fatalf("the scene has no mount with %s", what)
		}
	}
}

func hasStates(states ...nsctl.PropagationType) func(*testing.T, []nsctl.Mount) {
	return func(t *testing.T, mounts []nsctl.Mount) {
		t.Helper()
		for _, state := range states {
			hasMount(state.String(), func(m nsctl.Mount) bool { return m.Propagation.Type() == state })(t, mounts)
		}
	}
}

func fiveStates(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	host.Must(t,
		nstest.Tmpfs("/mnt/shared"),
		nstest.Bind("/mnt/shared", "/mnt/slave"), nstest.Make("slave", "/mnt/slave"),
		nstest.Bind("/mnt/shared", "/mnt/both"), nstest.Make("slave", "/mnt/both"), nstest.Make("shared", "/mnt/both"),
		nstest.Tmpfs("/mnt/private"), nstest.Make("private", "/mnt/private"),
		nstest.Tmpfs("/mnt/unbindable"), nstest.Make("unbindable", "/mnt/unbindable"),
		nstest.Tmpfs("/mnt/shared/below"), // and its copies
	)
	return []*nstest.NS{
		host.Clone(t), host.Clone(t, nstest.Propagation("rslave")),
		host.Clone(t, nstest.Propagation("rprivate")), host.Clone(t, nstest.User()), host,
	}
}

// propagateFrom makes a slave whose master is to be seen in another namespace only,
// while the master's own master is to be seen here.
func propagateFrom(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	host.Must(t, nstest.Tmpfs("/mnt/top"), nstest.Bind("/mnt/top", "/mnt/chain"))
	middle := host.Clone(t)
	middle.Must(t, nstest.Make("slave", "/mnt/chain"), nstest.Make("shared", "/mnt/chain"))
	low := middle.Clone(t)
	low.Must(t, nstest.Make("slave", "/mnt/chain"))
	return []*nstest.NS{host, middle, low}
}

func overmounts(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	host.Must(t,
		nstest.Tmpfs("/mnt/twice"), nstest.Mount("second", "/mnt/twice", "tmpfs", 0, ""), nstest.Mount("third", "/mnt/twice", "tmpfs", 0, ""),
		nstest.Tmpfs("/mnt/covered/deep/down"), nstest.Tmpfs("/mnt/covered/deep/down/further"), nstest.Tmpfs("/mnt/covered"),
		nstest.Tmpfs("/mnt/covered/deep/down"),
		nstest.Tmpfs("/mnt/cover"), nstest.Tmpfs("/mnt/covers"), // a name is a prefix of the other's
		nstest.Tmpfs("/mnt/host/inner"), nstest.Bind("/mnt/host", "/mnt/host"),
	)
	slave := host.Clone(t, nstest.Propagation("rslave"))
	slave.Must(t, nstest.Mkdir("/mnt/tucked"), nstest.Mount("upper", "/mnt/tucked", "tmpfs", 0, ""))
	host.Must(t, nstest.Mount("lower", "/mnt/tucked", "tmpfs", 0, "")) // tucked beneath in the slave
	stacked := host.Clone(t, nstest.Propagation("rprivate"))
	stacked.Must(t, nstest.Mount("beneath", "/mnt/cover", "tmpfs", 0, ""), nstest.Tmpfs("/mnt/x"))
	return []*nstest.NS{slave, stacked, host}
}

func partsOfFilesystems(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	host.Must(t,
		nstest.Tmpfs("/mnt/fs"), nstest.Mkdir("/mnt/fs/dir/sub"), nstest.Touch("/mnt/fs/dir/file"),
		nstest.Bind("/mnt/fs/dir/sub", "/mnt/dir"),
		nstest.Touch("/mnt/file"), nstest.Bind("/mnt/fs/dir/file", "/mnt/file"),
		nstest.Mkdir("/mnt/fs/gone"), nstest.Bind("/mnt/fs/gone", "/mnt/of-gone"), nstest.Remove("/mnt/fs/gone"),
		nstest.Touch("/mnt/fs/gone-file"), nstest.Touch("/mnt/of-gone-file"),
		nstest.Bind("/mnt/fs/gone-file", "/mnt/of-gone-file"), nstest.Remove("/mnt/fs/gone-file"),
		nstest.Mkdir("/mnt/fs/before"), nstest.Bind("/mnt/fs/before", "/mnt/renamed"), nstest.Rename("/mnt/fs/before", "/mnt/fs/after"),
		nstest.Mkdir("/mnt/fs/looks//deleted"), nstest.Bind("/mnt/fs/looks/deleted", "/mnt/not-deleted"),
	)
	return []*nstest.NS{host}
}

func awkwardNames(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	for _, name := range []string{
		"a space", "a\ttab", "a\nnewline", `a\backslash`, `\040`, "#hash", "red\x1b[31m", "title\x1b]0;x\x07",
		"invalid\xff\xfeUTF-8", "\u202eright to left", " - ", "trailing ", "cr\r", "\x01\x7f", "é",
		strings.Repeat("long", 60),
	} {
		host.Must(t, nstest.Tmpfs("/mnt/"+name), nstest.Mkdir("/mnt/"+name+"/"+name),
			nstest.Bind("/mnt/"+name+"/"+name, "/mnt/bound "+name)) // now in the root too
	}
	return []*nstest.NS{host}
}

func oddSources(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	for i, source := range []string{"-", "a b", "tab\t", "new\nline", `back\slash`, "#", "\x1b[0m", "\xff", "cr\r", " - ", ""} {
		dir := fmt.Sprintf("/mnt/%d", i)
		host.Must(t, nstest.Mkdir(dir), nstest.NewMount("tmpfs", dir, "source="+source))
	}
	return []*nstest.NS{host}
}

// longLines mounts an overlay of 400 directories with names of 200 bytes.
func longLines(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	options := []string{"source=overlay"}
	var ops []nstest.Op
	for i := range 400 {
		dir := fmt.Sprintf("/mnt/l/%03d%s", i, strings.Repeat("x", 197))
		ops = append(ops, nstest.Mkdir(dir))
		options = append(options, "lowerdir+="+dir)
	}
	ops = append(ops, nstest.Mkdir("/mnt/o"), nstest.NewMount("overlay", "/mnt/o", options...), nstest.Tmpfs("/mnt/after"))
	host.Must(t, ops...)
	return []*nstest.NS{host}
}

// carriageReturn makes an option that ends in one. No filesystem that can be
// mounted here prints such an option last; a test of the parser has that case.
func carriageReturn(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	host.Must(t, nstest.Mkdir("/mnt/l1"), nstest.Mkdir("/mnt/l2\r"), nstest.Mkdir("/mnt/o"),
		nstest.NewMount("overlay", "/mnt/o", "source=overlay", "lowerdir+=/mnt/l1", "lowerdir+=/mnt/l2\r"))
	return []*nstest.NS{host}
}

// mountFlags leaves out mand, which has had no effect since Linux 5.15: statmount(2)
// does not tell it (fs/namespace.c, statmount_sb_basic).
func mountFlags(t *testing.T, host *nstest.NS) []*nstest.NS {
	t.Helper()
	flags := map[string]uint64{
		"ro": 1, "nosuid": 2, "nodev": 4, "noexec": 8, "sync": 16, "dirsync": 128, "nosymfollow": 256,
		"noatime": 1024, "nodiratime": 2048, "relatime": 1 << 21, "strictatime": 1 << 24, "lazytime": 1 << 25,
		"all": 1 | 2 | 4 | 8, "more": 1 | 16 | 128 | 256 | 2048 | 1<<24,
	}
	for name, f := range flags {
		dir := "/mnt/" + name
		host.Must(t, nstest.Mkdir(dir), nstest.Mount(name, dir, "tmpfs", f, ""),
			nstest.Bind(dir, dir+"-bound"), nstest.Remount(dir+"-bound", 8|2048))
	}
	return []*nstest.NS{host}
}
