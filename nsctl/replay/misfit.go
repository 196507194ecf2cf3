package replay

import (
	"fmt"

	"mntscope/nsctl"
)

// MisfitError is an event that does not fit the state before it: it is about a mount or a
// namespace that is not there, or makes one that is there already.
type MisfitError struct {
	Seq  int
	Kind nsctl.EventKind
	// What is wrong, as the rest of a sentence.
	What string
}

// Error says it in a sentence.
func (e *MisfitError) Error() string {
	return fmt.Sprintf("event %d, %s: %s; the recording is damaged or incomplete: make another", e.Seq, e.Kind, e.What)
}

func misfit(e *nsctl.Event, format string, args ...any) error {
	return &MisfitError{e.Seq, e.Kind, fmt.Sprintf(format, args...)}
}

// place names a mount for a person.
func place(m *nsctl.Mount) string {
	return fmt.Sprintf("mount %d at %s", m.MntID, nsctl.Printable(m.Mountpoint))
}

// spaceOf names the namespace of an event for a person.
func spaceOf(e *nsctl.Event) string {
	if e.NS == 0 && e.NSID != 0 {
		return fmt.Sprintf("namespace with id %d", e.NSID)
	}
	return e.NS.String()
}
