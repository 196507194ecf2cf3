package carry

import (
	"slices"
	"strings"
	"syscall"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// Listing asks for the names in a directory. It changes nothing, and follows links on the
// way to the directory only, never one that is in it.
type Listing struct {
	Directory string // absolute
	Begun     string // what the names begin with
	Most      int    // how many are wanted, the first in the order of bytes
}

// Names are those in a directory that begin with something.
type Names struct {
	List []Name // sorted
	// More: there are more than were wanted, of which only the common beginning is known.
	More bool
	// Common is what all of them begin with. Of a directory that has no end it is not known, and
	// it is what was asked for.
	Common string
}

// Name is a name in a directory.
type Name struct {
	Name      string
	Directory bool
	unknown   bool // whether it is a directory
}

// maxRead is how many names of a directory are read: one of a container can be without end.
const maxRead = 1_000_000

// list answers a Listing.
func (w *work) list() error {
	l := w.List
	at, err := w.openPlain(l.Directory)
	if err != nil {
		return failed(l.Directory, err)
	}
	defer at.Close()
	switch info, err := at.Stat(); {
	case err != nil:
		return failed(l.Directory, err)
	case !info.Directory: // it is not opened: a device, or a pipe, does something then
		return failed(l.Directory, &sys.CallError{Op: "open", On: l.Directory, Err: syscall.ENOTDIR})
	}
	dir, err := at.Dir().OpenDir(".")
	if err != nil {
		return failed(l.Directory, err)
	}
	defer dir.Close()
	names, err := l.read(dir)
	if err != nil {
		return failed(l.Directory, err)
	}
	for i := range names.List {
		if n := &names.List[i]; n.unknown {
			n.Directory, _ = dir.IsDirectory(n.Name) // of which nothing is known is shown as a file
		}
	}
	w.report.Names = names
	return nil
}

// read reads a directory, and keeps of it no more than twice what is wanted.
func (l *Listing) read(dir sys.Dir) (*Names, error) {
	n := &Names{}
	read, found := 0, 0
	err := dir.Entries(func(name []byte, kind sys.EntryKind) bool {
		if read++; read > maxRead {
			return false
		}
		text := string(name)
		if !strings.HasPrefix(text, l.Begun) || l.Begun == "" && strings.HasPrefix(text, ".") { // as a shell has it
			return true
		}
		if found++; found == 1 {
			n.Common = text
		}
		n.Common = nsctl.CommonStart(n.Common, text)
		n.List = append(n.List, Name{text, kind == sys.EntryDirectory, kind == sys.EntryUnknown})
		if len(n.List) >= 2*l.Most {
			n.first(l.Most)
		}
		return true
	})
	n.first(l.Most)
	n.More = found > l.Most
	if read > maxRead {
		n.More, n.Common = true, l.Begun
	}
	n.Common = max(n.Common, l.Begun) // that may end within a character
	return n, err
}

// first keeps the first names.
func (n *Names) first(most int) {
	slices.SortFunc(n.List, func(a, b Name) int { return strings.Compare(a.Name, b.Name) })
	n.List = n.List[:min(len(n.List), most)]
}
