package nsctl

import "time"

// EventKind says what an [Event] is about.
type EventKind string

// The kinds of events. Those about a mount have the names of the kinds of effects of a
// prediction.
const (
	// EventReady is the first: watching has begun, and everything after it is reported.
	EventReady EventKind = "ready"

	EventMount       = EventKind(EffectMount)
	EventUmount      = EventKind(EffectUmount)
	EventMove        = EventKind(EffectMove)
	EventPropagation = EventKind(EffectPropagation)
	EventRemount     = EventKind(EffectRemount)

	// EventNamespaceCreated and EventNamespaceGone are about a whole namespace, with all
	// its mounts, for which there are no events of their own.
	EventNamespaceCreated EventKind = "namespace-created"
	EventNamespaceGone    EventKind = "namespace-gone"

	// EventResync says that something was missed. What changed meanwhile follows, as
	// events of the same operation.
	EventResync EventKind = "resync"
)

// Event is one change on the host, as it happened: one line of "mntscope watch --json". The
// changes that one operation of the kernel made, in whatever namespaces, have the same
// Op.
type Event struct {
	// Seq counts the events of a recording; it is 0 for the first, which is of kind ready.
	Seq int `json:"seq"`
	// Time is when the event was noticed, which may be later than it happened.
	Time time.Time `json:"time"`
	Kind EventKind `json:"kind"`
	// Op numbers the operations from 1. It is 0 where it is unknown which operation
	// caused the change.
	Op int `json:"op,omitempty"`
	// Origin marks, of the events with the same Op, the one that was asked for. The
	// others follow from it. Exactly one has it.
	Origin bool `json:"origin,omitempty"`
	// NS and NSID name the namespace that changed. Numbers are used again after a
	// namespace has gone, ids never.
	NS   NSNumber `json:"ns,omitempty"`
	NSID NSID     `json:"ns_id,omitempty"`
	// Mount is the mount as it is afterwards, or, if it vanished, as it was. HiddenBy is
	// not kept up to date in it. For kind namespace-gone it is one of the mounts of the
	// namespace, if neither number nor id of that is known.
	Mount *Mount `json:"mount,omitempty"`
	// Was is what a move, a remount or a change of propagation replaced.
	Was *Was `json:"was,omitempty"`
	// Actor is who did it; nil if unknown.
	Actor *Actor `json:"actor,omitempty"`
	// Via is the way that the change came from the origin to this mount; nil if none is
	// known.
	Via *Via `json:"via,omitempty"`
	// Namespace is, for kind namespace-created, the new namespace and its mounts.
	Namespace *Namespace `json:"namespace,omitempty"`
	// Text says, for kind resync, what was missed and why.
	Text string `json:"text,omitempty"`
	// Sources are, for kind ready, what is listened with.
	Sources []WatchSource `json:"sources,omitempty"`
	// Only names, for kind ready, the namespaces that the recording is about, if not all.
	// The snapshot has no others then, and of an operation that reached one of them from
	// elsewhere the origin is told, as the only event about another namespace.
	Only []NSNumber `json:"only,omitempty"`
	// Snapshot is, for kind ready, the host before the first event. It makes a recording
	// complete.
	Snapshot *Snapshot `json:"snapshot,omitempty"`
}

// Actor is the process that made a system call.
type Actor struct {
	PID int `json:"pid"`
	// Comm is the name that the process had given itself; empty if it was gone before it
	// could be asked.
	Comm string `json:"comm,omitempty"`
}

// WatchSource is one of the ways in which a watch learns of changes.
type WatchSource struct {
	// Name is the kernel's facility: "fanotify", "tracefs", "poll" or "rescan".
	Name string `json:"name"`
	// Namespaces is how many namespaces it covers.
	Namespaces int `json:"namespaces"`
	// Text says what it tells and what it misses, or, where it is not used, why not.
	Text string `json:"text"`
}

// MadeType gives the propagation type that a mount was given, if that is what the event is
// about: the TYPE of mount --make-TYPE.
func (e *Event) MadeType() (t PropagationType, ok bool) {
	if e.Kind != EventPropagation || e.Mount == nil || e.Was == nil {
		return 0, false
	}
	was, now := e.Was.Propagation, e.Mount.Propagation
	switch {
	case now.Unbindable && !was.Unbindable:
		return Unbindable, true
	case now.Shared != 0 && was.Shared == 0:
		return Shared, true
	case now.Master != 0 && now.Shared == 0 && was.Shared != 0:
		return Slave, true
	case now.Type() == Private && was.Type() != Private:
		return Private, true
	}
	return 0, false
}

// MadeWith says whether another event of the same operation is about a mount that was
// given its type together with the origin's: it was mount --make-rTYPE then.
func (e *Event) MadeWith(origin *Event) bool {
	t, ok := origin.MadeType()
	other, too := e.MadeType()
	return ok && too && t == other && e != origin && e.Via == nil && e.NS == origin.NS && e.NSID == origin.NSID
}
