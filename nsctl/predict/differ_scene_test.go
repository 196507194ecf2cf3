package predict_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// bareScene is up to four namespaces that begin as nothing but a tmpfs at "/": there
// nothing of the machine can be hit, so all that can be done is done, to "/" as well.
type bareScene struct {
	host    *nstest.NS // plays the machine; it is not part of the scene
	kernel  nsctl.Host
	spaces  []bareSpace
	locks   map[nsctl.MountID]nsctl.LockState // which the kernel does not show
	mounter map[nsctl.Dev]nsctl.UserNSNumber  // in whose user namespace a filesystem was mounted
	lines   map[string]nsctl.Mount            // of mountinfo, as they were read before
}

// bareSpace is a namespace of a bare scene. They are called n0 to n3.
type bareSpace struct {
	*nstest.NS
	info   nsctl.NamespaceInfo
	parent nsctl.UserNSNumber // of the user namespace that owns it
}

const maxSpaces = 4

// skeleton is what every new tmpfs holds: places to mount on. All have few names,
// so that mounts meet.
var skeleton = []string{"a/a", "a/b", "b/a", "b/b"}

func newBareScene(t *testing.T, host *nstest.NS, kernel nsctl.Host, proc bool) *bareScene {
	t.Helper()
	b := &bareScene{
		host: host, kernel: kernel, locks: map[nsctl.MountID]nsctl.LockState{},
		mounter: map[nsctl.Dev]nsctl.UserNSNumber{}, lines: map[string]nsctl.Mount{},
	}
	n := host.Thread(t)
	const root = nstest.Scratch + "/root"
	n.Must(t, nstest.Make("rprivate", "/"), nstest.Tmpfs(root), nstest.Mkdir(root+"/old"))
	n.Must(t, populate(root)...)
	if proc {
		n.Must(t, nstest.Rbind("/proc", root+"/proc"))
	}
	n.Must(t, nstest.Pivot(root, root+"/old"), nstest.Chdir("/"), nstest.Detach("/old"))
	b.add(t, n, 0)
	s := b.snapshot(t)
	b.firstLocks(t, &s.Namespaces[0])
	b.mounter[s.Namespaces[0].Mounts[0].Dev] = s.Namespaces[0].OwnerUserNS
	return b
}

// close ends the scene, before the test ends: there are many of them.
func (b *bareScene) close(t *testing.T) {
	t.Helper()
	for i := len(b.spaces) - 1; i >= 0; i-- {
		b.spaces[i].Exit(t)
	}
}

func populate(dir string) []nstest.Op {
	ops := []nstest.Op{nstest.Touch(graph.Join(dir, "/f"))}
	for _, name := range skeleton {
		ops = append(ops, nstest.Mkdir(graph.Join(dir, "/"+name)))
	}
	return ops
}

// add takes up a namespace that was made from the one at a position.
func (b *bareScene) add(t *testing.T, n *nstest.NS, from int) {
	t.Helper()
	s := bareSpace{NS: n, info: nsctl.NamespaceInfo{NS: n.NS(), Kind: nsctl.KindOther, Name: nameOf(len(b.spaces)), OwnerUserNS: ownerOf(t, n)}}
	if from < len(b.spaces) {
		s.parent = b.spaces[from].parent
		if owner := b.spaces[from].info.OwnerUserNS; owner != s.info.OwnerUserNS {
			s.parent = owner
		}
	}
	file, err := sys.OpenNamespace(n.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	id, err := file.MountNSID()
	if err != nil {
		t.Fatal(err)
	}
	s.info.NSID = nsctl.NSID(id)
	b.spaces = append(b.spaces, s)
}

func nameOf(space int) string { return "n" + strconv.Itoa(space) }

// find gives the position of a namespace by its name, or -1.
func (b *bareScene) find(name string) int {
	at, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
	if err != nil || at >= len(b.spaces) {
		return -1
	}
	return at
}

// snapshot reads all namespaces.
func (b *bareScene) snapshot(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	s := &nsctl.Snapshot{Host: b.kernel, Namespaces: make([]nsctl.Namespace, len(b.spaces))}
	for i, space := range b.spaces {
		table, err := os.ReadFile(space.Proc("mountinfo"))
		if err != nil {
			t.Fatal(err)
		}
		ns := nsctl.Namespace{NamespaceInfo: space.info, Mounts: make([]nsctl.Mount, 0, 64)}
		for line := range strings.Lines(string(table)) {
			ns.Mounts = append(ns.Mounts, b.parse(t, line))
		}
		for j, by := range graph.HiddenBy(ns.Mounts) {
			ns.Mounts[j].HiddenBy = by
		}
		s.Namespaces[i] = ns
	}
	return s
}

// parse remembers what it read: from one operation to the next most lines stay the same.
func (b *bareScene) parse(t *testing.T, line string) nsctl.Mount {
	t.Helper()
	m, ok := b.lines[line]
	if !ok {
		var err error
		if m, err = nstest.ParseMount(strings.TrimSuffix(line, "\n")); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if len(b.lines) > 50_000 {
			clear(b.lines)
		}
		b.lines[line] = m
	}
	return m
}

// firstLocks finds out what is locked at the beginning. Of the root it cannot be asked:
// it is as the machine's root was, whose place it took (path_pivot_root).
func (b *bareScene) firstLocks(t *testing.T, ns *nsctl.Namespace) {
	t.Helper()
	for i := range ns.Mounts {
		m := &ns.Mounts[i]
		locked := []bool{os.Geteuid() != 0}
		if m.Mountpoint != "/" {
			var err error
			if locked, err = b.spaces[0].Locked(m.Mountpoint); err != nil {
				t.Fatal(err)
			}
		}
		b.locks[m.MntID] = nsctl.Unlocked
		if locked[0] {
			b.locks[m.MntID] = nsctl.Locked
		}
	}
}

// rootOf gives the mount that an agent's root directory is on. It is false if
// that was unmounted lazily.
func (b *bareScene) rootOf(t *testing.T, g *graph.Graph, ns int) (graph.Ref, bool) {
	t.Helper()
	return g.Lookup(ns, b.mountAt(t, ns, ""))
}

// mountAt gives the number of the mount that a path leads to, or 0.
func (b *bareScene) mountAt(t *testing.T, ns int, path string) nsctl.MountID {
	t.Helper()
	fd, id, err := openMount(b.spaces[ns].Path(path))
	if err != nil {
		return 0
	}
	if err := syscall.Close(fd); err != nil {
		t.Fatal(err)
	}
	return id
}

// look is nsctl's question to the live namespace, answered without package discover.
func (b *bareScene) look(ns int, path string) nsctl.Seen {
	file := b.spaces[ns].Path(path)
	if target, err := os.Readlink(file); err == nil { // the only links are those of /proc
		return nsctl.Seen{Path: target, Kind: nsctl.NotDirectory}
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nsctl.Seen{Errno: sys.ErrnoName(err)}
	case info.IsDir():
		return nsctl.Seen{Path: path, Kind: nsctl.Directory}
	}
	return nsctl.Seen{Path: path, Kind: nsctl.NotDirectory}
}

// administers says that root of one user namespace has all capabilities in another.
func (b *bareScene) administers(root, user nsctl.UserNSNumber) bool {
	for range maxSpaces {
		if user == root {
			return true
		}
		parent := nsctl.UserNSNumber(0)
		for _, s := range b.spaces {
			if s.info.OwnerUserNS == user {
				parent = s.parent
			}
		}
		user = parent
	}
	return false
}

// inside says that a namespace is owned by a user namespace that is not the machine's.
func (b *bareScene) inside(ns int) bool { return b.spaces[ns].info.OwnerUserNS != initialUserNS }

const initialUserNS nsctl.UserNSNumber = 4026531837

// expand replaces the variables of the shell in a path: $n1 is the agent in n1.
func (b *bareScene) expand(path string) string {
	if !strings.Contains(path, "$") {
		return path
	}
	for i, s := range b.spaces {
		path = strings.ReplaceAll(path, "$"+nameOf(i), fmt.Sprint(s.PID()))
	}
	return path
}
