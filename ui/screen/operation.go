package screen

import (
	"slices"
	"time"

	"mntscope/nsctl"
)

// operation is everything that one operation of the kernel did; or, where it is not known
// what caused it, what of one kind was noticed at about the same time.
type operation struct {
	serial int // counts the operations of a log, and is never used again
	op     int // the number in the recording; 0 if the cause is not known
	burst  int // the serial of the first of the burst that it may belong to

	head int // the index of the event that the row is about
	list []happening
	// spaces counts the namespaces of the copies.
	spaces int
	search searched

	moment *moment
	at     int // of the first of its events in the moment
	missed *unreached
}

// happening is an event with what is shown of its namespace, which may be gone later.
type happening struct {
	nsctl.Event
	label  string
	mounts int // of a new namespace
}

// closeTogether is the time between two changes of one kind without a known cause that
// are shown as one.
const closeTogether = 100 * time.Millisecond

func (o *operation) event() *happening { return &o.list[o.head] }
func (o *operation) time() time.Time   { return o.list[0].Time }
func (o *operation) lastTime() time.Time {
	return o.list[len(o.list)-1].Time
}

// copies is how many changes follow from the one that the row is about.
func (o *operation) copies() int { return len(o.list) - 1 }

// actor is who did it; nil if that is not known.
func (o *operation) actor() *nsctl.Actor {
	if a := o.event().Actor; a != nil {
		return a
	}
	for i := range o.list {
		if a := o.list[i].Actor; a != nil {
			return a
		}
	}
	return nil
}

// takes reports whether an event belongs to the operation, which is the last without a
// known cause, or has the event's number.
func (o *operation) takes(e *nsctl.Event) bool {
	if o.op != e.Op {
		return false
	}
	return e.Op != 0 || e.Kind != nsctl.EventResync && o.list[0].Kind == e.Kind && e.Time.Sub(o.lastTime()) < closeTogether
}

// finish works out what follows from the list of events, after it has grown.
func (o *operation) finish() {
	o.head = 0
	spaces := make(map[nsctl.NSNumber]bool, 8)
	for i := range o.list {
		e := &o.list[i]
		if e.Kind == nsctl.EventResync || e.Origin && o.list[o.head].Kind != nsctl.EventResync {
			o.head = i
		}
	}
	for i := range o.list {
		if i != o.head {
			spaces[o.list[i].NS] = true
		}
	}
	o.spaces = len(spaces)
	o.search = newSearched(o)
}

func (h *happening) nsKey() NSKey { return NSKey{id: h.NSID, ns: h.NS} }

func (h *happening) mountKey() MountKey {
	return MountKey{unique: h.Mount.ID, id: h.Mount.MntID, ns: h.nsKey()}
}

// children are the indices of the events that are shown below the row: all, but for a
// resync, which says something about the others.
func (o *operation) children() []int {
	list := make([]int, 0, len(o.list))
	for i := range o.list {
		if o.list[i].Kind != nsctl.EventResync {
			list = append(list, i)
		}
	}
	return list
}

// verb is what was done, in the words of the commands.
func (o *operation) verb() string {
	e := o.event()
	if e.Kind == nsctl.EventNamespaceCreated && o.op != 0 {
		return "unshare"
	}
	if e.Origin {
		if to, ok := e.MadeType(); ok {
			return "make-" + o.recursively() + to.String()
		}
	}
	return verbOf(e.Kind)
}

// recursively is the r of make-rshared, if it was made of more than one mount.
func (o *operation) recursively() string {
	for i := range o.list {
		if o.list[i].MadeWith(&o.event().Event) {
			return "r"
		}
	}
	return ""
}

func verbOf(kind nsctl.EventKind) string {
	switch kind {
	case nsctl.EventNamespaceCreated:
		return "new namespace"
	case nsctl.EventNamespaceGone:
		return "namespace gone"
	}
	return nsctl.Printable(string(kind))
}

// mark is the mark that tells what happened to a mount.
func (h *happening) mark() markKind {
	switch h.Kind {
	case nsctl.EventMount, nsctl.EventNamespaceCreated:
		return appears
	case nsctl.EventUmount, nsctl.EventNamespaceGone:
		return vanishes
	case nsctl.EventMove:
		return moves
	}
	return changes
}

// sameActor reports whether two operations were done by the same process, or by processes
// of the same name. A script that mounts and unmounts runs mount and umount in turn.
func sameActor(a, b *operation) bool {
	x, y := a.actor(), b.actor()
	if x == nil || y == nil {
		return x == y && a.event().Kind == b.event().Kind
	}
	family := func(comm string) string {
		if comm == "umount" {
			return "mount"
		}
		return comm
	}
	return x.PID == y.PID || x.Comm != "" && family(x.Comm) == family(y.Comm)
}

// spread gives the namespaces of an operation by their names, each once.
func (o *operation) spread() []string {
	var list []string
	for i := range o.list {
		if l := o.list[i].label; l != "" && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list
}
