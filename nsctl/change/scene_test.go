package change_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// scene is a few namespaces, and a Changer that takes them for the whole host, so that
// nothing but what the test does changes anything.
type scene struct {
	kernel nsctl.Host
	spaces []sceneSpace
	*change.Changer
}

type sceneSpace struct {
	*nstest.NS
	info nsctl.NamespaceInfo
}

// newScene makes a scene of some namespaces, which are called n0, n1 and so on.
func newScene(t *testing.T, o change.Options, spaces ...*nstest.NS) *scene {
	t.Helper()
	s := &scene{kernel: thisKernel(t)}
	for _, n := range spaces {
		s.add(t, n)
	}
	o.Read = func(context.Context) (*nsctl.Snapshot, error) { return s.read() }
	o.Find = func(_ *nsctl.Snapshot, ref string) (int, error) { return s.find(ref) }
	s.Changer = change.New(o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *scene) add(t *testing.T, n *nstest.NS) {
	t.Helper()
	info := nsctl.NamespaceInfo{
		NS: n.NS(), Kind: nsctl.KindOther, Name: fmt.Sprintf("n%d", len(s.spaces)),
		Processes: []nsctl.Process{{PID: n.PID()}}, ProcessCount: 1,
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
	info.NSID = nsctl.NSID(id)
	owner, err := file.Owner()
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	number, err := owner.Number()
	if err != nil {
		t.Fatal(err)
	}
	info.OwnerUserNS = nsctl.UserNSNumber(number)
	s.spaces = append(s.spaces, sceneSpace{n, info})
}

func (s *scene) find(ref string) (int, error) {
	for i := range s.spaces {
		if info := &s.spaces[i].info; ref == info.Name || ref == info.NS.String() || ref == fmt.Sprint(int64(info.NS)) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: %s", nsctl.ErrUnknownNamespace, ref)
}

// read reads the tables of all namespaces of the scene.
func (s *scene) read() (*nsctl.Snapshot, error) {
	snapshot := &nsctl.Snapshot{Host: s.kernel, Namespaces: make([]nsctl.Namespace, len(s.spaces)), Gaps: []nsctl.Gap{}}
	for i := range s.spaces {
		mounts, err := nstest.ReadMountinfo(s.spaces[i].Proc("mountinfo"))
		if err != nil {
			return nil, err
		}
		for j, by := range graph.HiddenBy(mounts) {
			mounts[j].HiddenBy = by
		}
		snapshot.Namespaces[i] = nsctl.Namespace{NamespaceInfo: s.spaces[i].info, Mounts: mounts}
	}
	return snapshot, nil
}

// must reads the tables.
func (s *scene) now(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	snapshot, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// plan makes a plan of an operation that is given as a line.
func (s *scene) plan(t *testing.T, ns, line string) *change.Plan {
	t.Helper()
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan(t.Context(), change.Request{Op: op, NS: ns})
	if err != nil {
		t.Fatalf("%s in %s: %v", line, ns, err)
	}
	return p
}

// apply does an operation, which must do what was predicted.
func (s *scene) apply(t *testing.T, ns, line string) *change.Result {
	t.Helper()
	r, err := s.Apply(t.Context(), s.plan(t, ns, line))
	if err != nil {
		t.Fatalf("%s in %s: %v", line, ns, err)
	}
	for _, surprise := range r.Surprises {
		t.Errorf("%s in %s: %s", line, ns, surprise.Text)
	}
	return r
}

func thisKernel(t *testing.T) nsctl.Host {
	t.Helper()
	_, release := sys.HostNames()
	host := nsctl.Host{Kernel: release, BootID: "test"}
	text, err := os.ReadFile("/proc/sys/fs/mount-max")
	if err == nil {
		_, err = fmt.Sscan(string(text), &host.MountMax)
	}
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// skeleton is what every new tmpfs of a scene holds.
var skeleton = []string{"a/a", "a/b", "b/a", "b/b"}

func populate(dir string) []nstest.Op {
	ops := []nstest.Op{nstest.Touch(graph.Join(dir, "/f"))}
	for _, name := range skeleton {
		ops = append(ops, nstest.Mkdir(graph.Join(dir, "/"+name)))
	}
	return ops
}

// bare makes a namespace in which nothing but a tmpfs is mounted.
func bare(t *testing.T, host *nstest.NS) *nstest.NS {
	t.Helper()
	n := host.Thread(t)
	const root = nstest.Scratch + "/root"
	n.Must(t, nstest.Make("rprivate", "/"), nstest.Tmpfs(root), nstest.Mkdir(root+"/old"))
	n.Must(t, populate(root)...)
	n.Must(t, nstest.Pivot(root, root+"/old"), nstest.Chdir("/"), nstest.Detach("/old"))
	return n
}

// canonical writes the state of all namespaces without any number that the kernel gave: a
// group is called by its first member, a mount by its place. Two states are equal if
// the texts are.
func canonical(s *nsctl.Snapshot) string {
	g := graph.New(s)
	names := map[nsctl.GroupID]string{}
	type line struct {
		key string
		m   *nsctl.Mount
	}
	var lines []line
	for ns := range s.Namespaces {
		var keys []string
		for r, depth := range g.Walk(ns) {
			m := g.Mount(r)
			keys = append(keys[:depth], m.Mountpoint)
			key := fmt.Sprintf("n%d:%q", ns, keys)
			if id := m.Propagation.Shared; id != 0 && (names[id] == "" || key < names[id]) {
				names[id] = key
			}
			lines = append(lines, line{key, m})
		}
	}
	name := func(id nsctl.GroupID) string {
		if id == 0 {
			return "-"
		}
		if names[id] == "" {
			return fmt.Sprint(id) // of nobody here
		}
		return names[id]
	}
	var texts []string
	for _, l := range lines {
		texts = append(texts, fmt.Sprintf("%s %v%s %s %s %s shared %s master %s unbindable %v", l.key, l.m.Dev, l.m.Root, l.m.FSType, l.m.Source, l.m.Options,
			name(l.m.Propagation.Shared), name(l.m.Propagation.Master), l.m.Propagation.Unbindable))
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

// different gives the lines that only one of two texts has.
func different(a, b string) string {
	one, other := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for _, l := range one {
		if !slices.Contains(other, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range other {
		if !slices.Contains(one, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}
