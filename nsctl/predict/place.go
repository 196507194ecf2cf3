package predict

import (
	"fmt"
	"path"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// place is where a path of the operation leads: struct path of the kernel.
type place struct {
	m    *mount
	at   dentry
	kind nsctl.FileKind
	name string // for sentences
	spot spot   // where it was looked for, before links were followed
}

// mounted mirrors path_mounted: the place is the root of its mount.
func (p *place) mounted() bool { return p.at == p.m.root }

// find follows a path of the operation in a namespace, starting at a process's root.
func (w *world) find(root *mount, name string) (*place, *refusal) {
	abs := name
	if !strings.HasPrefix(abs, "/") {
		abs = graph.Join(path.Clean("/"+w.by.Cwd), "/"+name)
	}
	p := &place{name: nsctl.Printable(name), spot: spot{root.ref.NS, abs}}
	if w.by.Look != nil {
		seen := w.look(root.ref.NS, abs)
		if seen.Errno != "" {
			failed := lookupFailed(seen.Errno)
			if hidden := w.hiddenAt(p.spot); hidden != "" {
				failed, _, _ = strings.Cut(failed, "; ")
				failed += ": " + hidden
			}
			return nil, refuse(seen.Errno, "%s %s", p.name, failed)
		}
		p.kind = seen.Kind
		if seen.Path != "" {
			abs = seen.Path
		}
	}
	if file := (dentry{path: abs}); file.isNamespaceFile() {
		p.m, p.at, p.kind = w.nsfs(abs), dentry{w.nsfsDev(), abs}, nsctl.NotDirectory
		return p, nil
	}
	to := w.g.Resolve(root.ref, abs)
	p.m = w.mount(to.Mount)
	p.at = p.m.root.child(to.Rest)
	if graph.Removed(p.m.attr) && to.Rest != "" {
		return nil, refuse("ENOENT", "%s does not exist: the directory that is mounted there was removed", p.name)
	}
	if p.kind == nsctl.KindUnknown {
		p.kind = w.inferKind(p)
	}
	return p, nil
}

func lookupFailed(errno string) string {
	switch errno {
	case "ENOENT":
		return "does not exist in that namespace; create it first, or check the spelling"
	case "ENOTDIR":
		return "leads through something that is not a directory"
	case "EACCES":
		return "may not be reached: a directory on the way does not let the caller through"
	case "ELOOP":
		return "leads through too many symbolic links"
	}
	return "cannot be followed"
}

// spot is a path in a namespace.
type spot struct {
	ns   int
	path string
}

// look asks the live namespace, once for each path.
func (w *world) look(ns int, abs string) nsctl.Seen {
	at := spot{ns, abs}
	seen, ok := w.seen[at]
	if !ok {
		seen = w.by.Look(ns, abs)
		w.seen[at] = seen
	}
	return seen
}

// inferKind says what kind of file must be at a place, as far as the mounts tell.
func (w *world) inferKind(p *place) nsctl.FileKind {
	if p.at.isNamespaceFile() {
		return nsctl.NotDirectory
	}
	if p.at.path == "/" {
		return nsctl.Directory
	}
	for _, c := range w.kids(p.m) {
		if c.mp == p.at {
			return w.kindOf(c)
		}
		if _, ok := c.mp.under(p.at); ok {
			return nsctl.Directory
		}
	}
	return nsctl.KindUnknown
}

// kindOf says what kind of file the root of a mount is.
func (w *world) kindOf(m *mount) nsctl.FileKind { return w.inferKind(&place{m: m, at: m.root}) }

// top mirrors where_to_mount: what is mounted at a place goes on top of all that is
// there already.
func (w *world) top(p *place) (*mount, dentry) {
	if over := w.lookup(p.m, p.at); over != nil {
		m := w.topmost(over)
		return m, m.root
	}
	return p.m, p.at
}

// below mirrors where_to_mount for MOVE_MOUNT_BENEATH: immediately below the topmost mount.
func (w *world) below(p *place) (over *mount) { return w.topmost(p.m) }

// needMounted is the check that an operation on a mount begins with.
func (w *world) needMounted(p *place) *refusal {
	if p.mounted() {
		return nil
	}
	return w.notMounted(p, "; bind it on itself first: "+command("mount", "--bind", p.spot.path, p.spot.path))
}

// notMounted refuses a place that is no mount point. Where what is mounted there is only
// hidden, that is the reason, and what to do about it.
func (w *world) notMounted(p *place, advice string) *refusal {
	if hidden := w.hiddenAt(p.spot); hidden != "" {
		advice = ": " + hidden
	}
	return refuse("EINVAL", "%s is not a mount point%s", p.name, advice)
}

// hiddenAt says which mount has a path as its mount point, but is covered, and by what.
func (w *world) hiddenAt(at spot) string {
	mounts := w.g.Namespace(at.ns).Mounts
	clean := path.Clean(at.path)
	for i := range mounts {
		m := &mounts[i]
		if m.Mountpoint != clean || m.HiddenBy == 0 {
			continue
		}
		if cover, ok := w.g.Lookup(at.ns, m.HiddenBy); ok {
			over := w.g.Mount(cover).Mountpoint
			return fmt.Sprintf("mount %d at that path is hidden by mount %d at %s; move that away or unmount it first: %s",
				m.MntID, m.HiddenBy, nsctl.Printable(over), command("umount", over))
		}
	}
	return ""
}

// command is a command in a sentence, as it is typed.
func command(words ...string) string { return nsctl.SafeShellLine(words) }

// nsfsDev gives the number of the filesystem that namespace files are on.
func (w *world) nsfsDev() nsctl.Dev {
	for i := range w.g.Snapshot().Namespaces {
		for j := range w.g.Snapshot().Namespaces[i].Mounts {
			if m := &w.g.Snapshot().Namespaces[i].Mounts[j]; m.FSType == "nsfs" {
				return m.Dev
			}
		}
	}
	return w.newDev()
}

// nsfs stands for the kernel's internal mount that an open namespace file is on.
func (w *world) nsfs(file string) *mount {
	dev := w.nsfsDev()
	return &mount{
		attr: &nsctl.Mount{Dev: dev, Root: file, FSType: "nsfs", Source: "nsfs", Options: "rw", SuperOptions: "rw"},
		root: dentry{dev, file}, fresh: true, lock: nsctl.Unlocked,
	}
}

// newDev gives the number of a filesystem that the operation makes.
func (w *world) newDev() nsctl.Dev {
	dev := nsctl.Dev{Minor: w.next.minor}
	w.next.minor++
	return dev
}
