package discover

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// Looker looks at paths in the live namespaces of a snapshot that was taken a moment ago.
// It may be used by several goroutines at once.
type Looker struct {
	g       *graph.Graph
	own     graph.Ref // the mount at the caller's own root, if known
	known   bool
	follows bool // openat2(2) is used where there is one
}

// NewLooker makes a Looker for the namespaces of a graph.
func NewLooker(g *graph.Graph) *Looker {
	l := &Looker{g: g, follows: true}
	root, err := sys.OpenPlace("/")
	if err != nil {
		return l
	}
	defer root.Close()
	info, err := root.Stat()
	if err != nil || !info.MountRoot {
		return l
	}
	own, ok := findMount(g, info)
	if ok && g.Mount(own).Mountpoint == "/" { // else it is in a chroot: its paths are others than the snapshot's
		l.own, l.known = own, true
	}
	return l
}

// OwnRoot gives the mount at the caller's own root directory. It is false if that is not
// known, or he is in a chroot.
func (l *Looker) OwnRoot() (graph.Ref, bool) { return l.own, l.known }

// Root gives the mount that paths in a namespace are followed from. In the caller's own
// it is his root directory; anywhere else, and where he is in a chroot, the root of who
// enters the namespace now.
func (l *Looker) Root(ns int) (graph.Ref, bool) {
	if l.known && l.own.NS == ns {
		return l.own, true
	}
	return l.g.Entry(ns)
}

// Look says what a namespace has at an absolute path. Links are followed as by who is
// inside. An error is a sentence that says why the answer is not known, or not to be
// relied on. Look returns at the latest when ctx ends, though a lookup on a dead file
// server goes on.
func (l *Looker) Look(ctx context.Context, ns int, path string) (nsctl.Seen, error) {
	type answer struct {
		seen nsctl.Seen
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		seen, err := l.look(ns, path)
		done <- answer{seen, err}
	}()
	select {
	case a := <-done:
		return a.seen, a.err
	case <-ctx.Done():
		return nsctl.Seen{}, l.sentence(ns, path, "does not answer: a file server on the way may be dead")
	}
}

// look goes one way after the other into a namespace.
func (l *Looker) look(ns int, path string) (nsctl.Seen, error) {
	proc, err := sys.OpenDir("/proc") // inside there may be none
	if err != nil {
		return nsctl.Seen{}, l.sentence(ns, path, "cannot be looked at: %v", err)
	}
	defer proc.Close()
	if l.known && l.own.NS == ns {
		place, err := sys.OpenPlace(path)
		return l.describe(proc, ns, path, place, err)
	}
	root, ok := l.Root(ns)
	if !ok {
		return nsctl.Seen{}, l.sentence(ns, path, "cannot be looked at: nothing is known to be mounted at / there")
	}
	if l.follows && !l.isOwn(ns) {
		place, err := l.followInside(root, path)
		if !errors.Is(err, errNotFollowed) {
			return l.describe(proc, ns, path, place, err)
		}
	}
	return l.lookEntering(proc, ns, path)
}

// isOwn says that the caller is in this namespace. If he is in a chroot there, paths that
// the kernel tells him of places below begin at that.
func (l *Looker) isOwn(ns int) bool {
	own := l.g.Snapshot().Observer.NS
	return own != 0 && l.g.Namespace(ns).NS == own
}

// errNotFollowed says that a path must be followed by who is inside.
var errNotFollowed = errors.New("no process leads there")

// followInside follows a path from the root of a process that has the mount root as its
// root, which one in a chroot has not.
func (l *Looker) followInside(root graph.Ref, path string) (sys.Place, error) {
	for _, pid := range inhabitants(&l.g.Namespace(root.NS).NamespaceInfo) {
		at, err := sys.OpenPlace(procPath(pid, 0) + "/root")
		if err != nil {
			continue // it has ended, or may not be asked
		}
		info, err := at.Stat()
		if err != nil || !info.MountRoot || nsctl.MountID(info.Mount) != l.g.Mount(root).MntID {
			at.Close()
			continue
		}
		place, err := at.Follow(path)
		at.Close()
		switch sys.ErrnoName(err) {
		case "EXDEV", // a link of /proc that is no path
			"EAGAIN", "ENOSYS", "EPERM": // some container managers forbid openat2
			return -1, errNotFollowed
		}
		return place, err
	}
	return -1, errNotFollowed
}

// inhabitants gives the processes, and threads, that are in a namespace.
func inhabitants(ns *nsctl.NamespaceInfo) []int {
	var pids []int
	for _, p := range ns.Processes {
		pids = append(pids, p.PID)
	}
	for _, h := range ns.HeldBy {
		if h.Kind == nsctl.HeldByThread || h.Kind == nsctl.HeldByProcess && len(ns.Processes) == 0 {
			pids = append(pids, h.PID)
		}
	}
	return pids
}

// lookEntering follows a path on a thread that enters the namespace.
func (l *Looker) lookEntering(proc sys.Dir, ns int, path string) (seen nsctl.Seen, err error) {
	file, err := openNamespaceOf(l.g, ns)
	if err != nil {
		return nsctl.Seen{}, l.sentence(ns, path, "cannot be looked at: %s", whyNotEntered(err))
	}
	defer file.Close()
	entered := false
	err = nsthread.In(file, func() error {
		entered = true
		name := path
		if rest, ok := strings.CutPrefix(path, "/proc/self/"); ok { // that is this process, which is elsewhere
			name = "/proc/thread-self/" + rest
		}
		place, err := sys.OpenPlace(name)
		seen, err = l.describe(proc, ns, path, place, err)
		return err
	})
	if !entered {
		return nsctl.Seen{}, l.sentence(ns, path, "cannot be looked at: %s", whyNotEntered(err))
	}
	return seen, err
}

func whyNotEntered(err error) string {
	if sys.Refused(err) {
		return "only root may enter that namespace"
	}
	return fmt.Sprintf("that namespace cannot be entered (%v)", err)
}

// describe says what an opened place is, or with err what the path's end is that could
// not be opened. It closes the place.
func (l *Looker) describe(proc sys.Dir, ns int, path string, place sys.Place, err error) (nsctl.Seen, error) {
	if err != nil {
		errno := sys.ErrnoName(err)
		if errno == "EACCES" && os.Geteuid() != 0 {
			return nsctl.Seen{}, l.sentence(ns, path, "may not be looked at by this user (EACCES); try as root")
		}
		return nsctl.Seen{Errno: errno}, nil
	}
	defer place.Close()
	info, err := place.Stat()
	if err != nil {
		return nsctl.Seen{}, l.sentence(ns, path, "cannot be looked at: %v", err)
	}
	text, err := place.Path(proc)
	if err != nil {
		return nsctl.Seen{}, l.sentence(ns, path, "cannot be looked at: %v", err)
	}
	if info.Removed {
		text = strings.TrimSuffix(text, " (deleted)") // d_path in fs/d_path.c
	}
	seen := nsctl.Seen{Path: text, Kind: nsctl.NotDirectory}
	if info.Directory {
		seen.Kind = nsctl.Directory
	}
	return l.compared(ns, path, seen, info)
}

// compared says whether a place is where the snapshot has it.
func (l *Looker) compared(ns int, path string, seen nsctl.Seen, info sys.PlaceInfo) (nsctl.Seen, error) {
	if !strings.HasPrefix(seen.Path, "/") {
		if isNamespaceNotation(seen.Path) {
			return seen, nil
		}
		return nsctl.Seen{Errno: "EINVAL"}, l.sentence(ns, path, "leads to %s, which is in no mount of a namespace", nsctl.Printable(seen.Path))
	}
	root, ok := l.Root(ns)
	if info.Mount == 0 || !ok || isAt(l.g.Mount(l.g.Resolve(root, seen.Path).Mount), info) {
		return seen, nil
	}
	at, ok := findMount(l.g, info)
	switch {
	case !ok:
		return seen, l.sentence(ns, path, "is in mount %d, which the snapshot does not have: the mounts have changed, or it leads to a mount in no namespace", info.Mount)
	case at.NS != ns:
		return nsctl.Seen{Errno: "EINVAL"}, l.sentence(ns, path, "leads into %v: the kernel lets nothing be mounted there, or from there, out of another namespace", l.g.Namespace(at.NS).NS)
	}
	return seen, l.sentence(ns, path, "leads to mount %d, not to the topmost one at %s", info.Mount, nsctl.Printable(seen.Path))
}

// isNamespaceNotation says that a text is the kernel's for a namespace file, and not for a
// pipe or a socket, which look alike.
func isNamespaceNotation(text string) bool {
	kind, _, ok := strings.Cut(text, ":[")
	return ok && strings.Contains("|mnt|net|pid|user|uts|ipc|cgroup|time|", "|"+kind+"|")
}

func (l *Looker) sentence(ns int, path, format string, args ...any) error {
	return fmt.Errorf("%s in %v "+format, append([]any{nsctl.Printable(path), l.g.Namespace(ns).NS}, args...)...)
}

// isAt says that a place is in a mount of a snapshot. The number of that may be another one's
// by now; the unique id is not, where it is known.
func isAt(m *nsctl.Mount, info sys.PlaceInfo) bool {
	return uint64(m.MntID) == info.Mount && (m.ID == 0 || info.UniqueMount == 0 || uint64(m.ID) == info.UniqueMount)
}

// findMount finds the mount of a place, which is in one namespace only.
func findMount(g *graph.Graph, info sys.PlaceInfo) (graph.Ref, bool) {
	for ns := range g.Snapshot().Namespaces {
		if r, ok := g.Lookup(ns, nsctl.MountID(info.Mount)); ok && info.Mount != 0 && isAt(g.Mount(r), info) {
			return r, true
		}
	}
	return graph.Ref{}, false
}
