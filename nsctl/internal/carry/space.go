package carry

import (
	"errors"
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// Space names a live mount namespace.
type Space struct {
	NS nsctl.NSNumber
	ID nsctl.NSID // 0 before Linux 6.11
	// Ways are paths that its file had a moment ago. What is found there now is compared.
	Ways []string
	// Own: it is the caller's own, whose root directory paths begin at.
	Own bool
}

// ErrGone is matched by errors that say that a namespace was not found any more.
var ErrGone = errors.New("the mount namespace is gone")

// Open opens the file of the namespace. A pid, and the number of a namespace, may have
// been given to another since: the 64-bit id is what counts, where there is one.
func (s Space) Open() (sys.NamespaceFile, error) {
	none := sys.NamespaceFile{File: -1}
	result := fmt.Errorf("%w: nothing leads to %v any more", ErrGone, s.NS)
	for _, way := range s.Ways {
		file, err := sys.OpenNamespace(way)
		switch {
		case err == nil && s.is(file):
			return file, nil
		case err == nil:
			file.Close()
		case sys.Refused(err):
			result = err
		}
	}
	if s.ID != 0 {
		file, err := sys.OpenMountNamespaceByID(uint64(s.ID), uint64(s.NS))
		switch {
		case err == nil && s.is(file):
			return file, nil
		case err == nil:
			file.Close()
		}
	}
	return none, result
}

// Owner opens the user namespace that owns the namespace.
func (s Space) Owner() (sys.NamespaceFile, error) {
	file, err := s.Open()
	if err != nil {
		return file, err
	}
	defer file.Close()
	return file.Owner()
}

// is says that a file is that of the namespace.
func (s Space) is(file sys.NamespaceFile) bool {
	number, err := file.Number()
	if err != nil || nsctl.NSNumber(number) != s.NS || !file.IsMountNamespace() {
		return false
	}
	id, err := file.MountNSID()
	return err != nil || s.ID == 0 || nsctl.NSID(id) == s.ID
}

// run runs f inside the namespace. It says whether it came so far.
func (s Space) run(f func() error) (entered bool, err error) {
	inside := func() error { entered = true; return f() }
	if s.Own {
		err = nsthread.Here(inside)
		return entered, err
	}
	file, err := s.Open()
	if err != nil {
		return false, err
	}
	defer file.Close()
	err = nsthread.In(file, inside)
	return entered, err
}
