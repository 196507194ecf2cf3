package carry

import (
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// opened is a place that is open, for one job.
type opened struct {
	sys.Place
	is Place
}

// open opens where a path leads for who is inside, and compares it with what is expected.
func (w *work) open(name string, expect *Place) (*opened, error) {
	at, err := w.openPlain(name)
	if err != nil {
		return nil, failed(name, err)
	}
	return w.identify(at, name, expect)
}

// identify says what an open place is, and compares it. It closes a place that is not the one.
func (w *work) identify(at sys.Place, name string, expect *Place) (o *opened, err error) {
	o = &opened{Place: at}
	if o.is, err = w.describe(at); err == nil && expect != nil {
		err = o.compare(name, expect)
	}
	if err != nil {
		at.Close()
		return nil, failed(name, err)
	}
	return o, nil
}

// openOr opens a path, or again the directory that stands for it.
func (w *work) openOr(held sys.Dir, name string, expect *Place) (*opened, error) {
	if held < 0 {
		return w.open(name, expect)
	}
	at, err := held.OpenPlace(".")
	if err != nil {
		return nil, failed(name, err)
	}
	return w.identify(at, name, expect)
}

// openPlain opens a path. The files of namespaces are the only thing behind links of /proc
// that may be mounted: for them, the last component may be such a link.
func (w *work) openPlain(name string) (sys.Place, error) {
	at, err := sys.OpenPlainly(name)
	if !errors.Is(err, syscall.ELOOP) {
		return at, err
	}
	if file, ok := w.openNamespaceFile(name); ok {
		return file, nil
	}
	f := failed(name, err)
	f.Text += ": the path leads through too many links, or through one of /proc that is no path, but leads wherever its process wants"
	return -1, f
}

func (w *work) openNamespaceFile(name string) (sys.Place, bool) {
	dir, base := path.Split(name)
	above, err := sys.OpenPlainly(dir)
	if err != nil {
		return -1, false
	}
	defer above.Close()
	file, err := above.Dir().OpenPlace(base)
	if err != nil {
		return -1, false
	}
	text, err := file.Path(w.proc) // that of a file which has a path begins with a slash
	kind, _, notation := strings.Cut(text, ":[")
	if err != nil || !notation || !slices.Contains(namespaceKinds, kind) {
		file.Close()
		return -1, false
	}
	return file, true
}

// namespaceKinds are how the kernel's notation for a namespace file begins; pipes and
// sockets look alike.
var namespaceKinds = []string{"mnt", "net", "pid", "user", "uts", "ipc", "cgroup", "time"}

// describe says what a place is.
func (w *work) describe(at sys.Place) (Place, error) {
	info, err := at.Stat()
	if err != nil {
		return Place{}, err
	}
	text, err := at.Path(w.proc)
	if err != nil {
		return Place{}, err
	}
	if info.Removed {
		text = strings.TrimSuffix(text, " (deleted)") // d_path in fs/d_path.c
	}
	return Place{
		Mount: nsctl.MountID(info.Mount), ID: nsctl.UniqueID(info.UniqueMount), Path: text,
		MountRoot: info.MountRoot, Directory: info.Directory,
	}, nil
}

// compare says how a place differs from what is expected.
func (o *opened) compare(name string, expect *Place) error {
	switch is := &o.is; {
	case expect.ID != 0 && is.ID != expect.ID, expect.Mount != is.Mount:
		return changed(name, "leads to mount %d at %s now, and not to mount %d any more",
			is.Mount, nsctl.Printable(is.Path), expect.Mount)
	case expect.Path != is.Path:
		return changed(name, "leads to %s now, and not to %s any more", nsctl.Printable(is.Path), nsctl.Printable(expect.Path))
	case expect.MountRoot != is.MountRoot || expect.Directory != is.Directory:
		return changed(name, "is something else now")
	}
	return nil
}
