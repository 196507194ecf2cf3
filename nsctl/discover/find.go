package discover

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// maxPID is the highest pid that Linux ever gives out (PID_MAX_LIMIT in
// include/linux/threads.h). Every namespace has a higher number.
const maxPID = 1 << 22

// Find gives the position of the namespace that ref names on the live host: what
// [nsctl.FindNamespace] knows, and besides, any pid, and the path of a namespace file.
// Its errors are sentences for a person.
func Find(namespaces []nsctl.NamespaceInfo, ref string) (int, error) {
	number, err := numberOf(ref)
	self, _ := numberOf("self") // 0 if it cannot be told, which nothing matches
	if number == 0 || err != nil {
		// A pid that may not be asked may still be among those that were placed.
		i, findErr := nsctl.FindNamespace(namespaces, self, ref)
		if err != nil && errors.Is(findErr, nsctl.ErrUnknownNamespace) {
			return 0, err
		}
		return i, findErr
	}
	i := slices.IndexFunc(namespaces, func(ns nsctl.NamespaceInfo) bool { return ns.NS == number })
	if i < 0 {
		return 0, unknownError{fmt.Sprintf("%s leads to %v, which is gone or may not be read", nsctl.Printable(ref), number)}
	}
	return i, nil
}

// unknownError says why a reference leads to no namespace.
type unknownError struct{ text string }

func (e unknownError) Error() string { return e.text }

func (unknownError) Is(target error) bool { return target == nsctl.ErrUnknownNamespace }

// numberOf follows a reference that leads to a file: "self", a pid, or a path. It gives 0
// for any other.
func numberOf(ref string) (nsctl.NSNumber, error) {
	pid, err := strconv.Atoi(ref)
	switch {
	case ref == "self":
		return numberOfLink("/proc/self", ref)
	case err == nil && pid > 0 && pid <= maxPID:
		return numberOfLink(procPath(pid, 0), "pid "+ref)
	case strings.Contains(ref, "/"):
		return numberOfFile(ref)
	}
	return 0, nil
}

func numberOfLink(process, who string) (nsctl.NSNumber, error) {
	dir, err := sys.OpenDir(process)
	if err != nil && who == "self" {
		return 0, unknownError{"/proc does not show this process: it is that of another pid namespace, or something else is mounted on it"}
	}
	if err != nil {
		return 0, unknownError{who + " does not exist: it has ended, or is hidden"}
	}
	defer dir.Close()
	number, err := readNSLink(dir, "ns/mnt")
	switch {
	case sys.Refused(err):
		return 0, fmt.Errorf("the mount namespace of %s may not be read: it belongs to another user or has more privileges; try as root", who)
	case err != nil:
		return 0, unknownError{who + " is in no mount namespace any more: it has ended"}
	}
	return number, nil
}

func numberOfFile(path string) (nsctl.NSNumber, error) {
	file, err := sys.OpenNamespace(path)
	if err != nil {
		text := fmt.Sprintf("cannot open the namespace file %s: %v", nsctl.Printable(path), errors.Unwrap(err))
		if sys.Refused(err) {
			return 0, errors.New(text + "; try as root")
		}
		return 0, unknownError{text}
	}
	defer file.Close()
	if !file.IsMountNamespace() {
		return 0, unknownError{nsctl.Printable(path) + " is not the file of a mount namespace"}
	}
	number, err := file.Number()
	return nsctl.NSNumber(number), err
}
