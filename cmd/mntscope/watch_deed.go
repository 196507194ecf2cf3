package main

import (
	"strconv"
	"time"

	"mntscope/nsctl"
)

// deed is what one operation did; or, where it is not known what caused it, what of one
// kind was noticed at once.
type deed struct {
	events []nsctl.Event
	head   int // the one that the others follow from, or that stands for them
}

// deedsOf puts the events of an update together.
func deedsOf(events []nsctl.Event) (deeds []*deed) {
	byOp := map[int]*deed{}
	var last *deed // without a known cause
	for i := range events {
		e := &events[i]
		d := byOp[e.Op]
		if e.Op == 0 {
			d = last
			if d != nil && d.events[0].Kind != e.Kind {
				d = nil
			}
			last = d
		}
		if d == nil {
			d = &deed{}
			deeds = append(deeds, d)
			if byOp[e.Op] = d; e.Op == 0 {
				last, byOp[0] = d, nil
			}
		}
		if e.Origin && (len(d.events) == 0 || d.events[d.head].Kind != nsctl.EventResync) {
			d.head = len(d.events)
		}
		d.events = append(d.events, *e)
	}
	return deeds
}

func (d *deed) event() *nsctl.Event { return &d.events[d.head] }

// attributed says that it is known what was done, as opposed to what was noticed.
func (d *deed) attributed() bool { return d.event().Op != 0 }

// followers are the events but for that which stands for them.
func (d *deed) followers() []*nsctl.Event {
	list := make([]*nsctl.Event, 0, len(d.events))
	for i := range d.events {
		if i != d.head {
			list = append(list, &d.events[i])
		}
	}
	return list
}

// who says who did it, as far as it is known, to stand before what was done.
func (d *deed) who() string {
	e := d.event()
	switch {
	case e.Kind == nsctl.EventResync:
		return "RESYNC: "
	case !d.attributed():
		return "cause unknown: "
	case e.Actor != nil:
		return actorName(e.Actor) + ": "
	case e.Kind == nsctl.EventNamespaceGone: // nobody need have done anything
		return ""
	}
	return "?: "
}

func actorName(a *nsctl.Actor) string {
	comm := nsctl.Printable(a.Comm)
	if comm == "" {
		comm = "?"
	}
	return comm + "(" + strconv.Itoa(a.PID) + ")"
}

// whatIn says what happened, in the words of the commands, in a namespace of some name.
func (s screen) whatIn(d *deed, space string) string {
	e := d.event()
	switch e.Kind {
	case nsctl.EventResync:
		return nsctl.Printable(e.Text)
	case nsctl.EventNamespaceCreated:
		mounts := 0
		if e.Namespace != nil {
			mounts = len(e.Namespace.Mounts)
		}
		return "new namespace " + space + ", with " + several(mounts, "mount")
	case nsctl.EventNamespaceGone:
		return "namespace gone: " + space
	}
	if e.Mount == nil { // no event of ours
		return nsctl.Printable(string(e.Kind)) + " in " + space
	}
	at := nsctl.Printable(e.Mount.Mountpoint)
	switch e.Kind {
	case nsctl.EventMount:
		return "mount " + orDash(e.Mount.FSType) + " " + mountSource(e.Mount) + " on " + at + " in " + space
	case nsctl.EventMove:
		return "move " + s.changed(e) + " in " + space
	case nsctl.EventPropagation:
		return d.made() + " " + at + " in " + space + ": " + s.changed(e)
	case nsctl.EventRemount:
		return "remount " + at + " in " + space + ": " + s.changed(e)
	}
	return nsctl.Printable(string(e.Kind)) + " " + at + " in " + space
}

// made names a change of propagation by the command that makes it; without the right to
// say that it was made, where it follows from something else.
func (d *deed) made() string {
	e := d.event()
	to, ok := e.MadeType()
	if !ok || !e.Origin {
		return "propagation of"
	}
	for i := range d.events {
		if d.events[i].MadeWith(e) {
			return "make-r" + to.String()
		}
	}
	return "make-" + to.String()
}

// changed says what a mount was before, and what it is now.
func (s screen) changed(e *nsctl.Event) string {
	was := nsctl.Was{}
	if e.Was != nil {
		was = *e.Was
	}
	var before, after string
	switch e.Kind {
	case nsctl.EventMove:
		before, after = nsctl.Printable(was.Mountpoint), nsctl.Printable(e.Mount.Mountpoint)
		if before == after {
			return after + ", which is mounted on another mount now"
		}
	case nsctl.EventPropagation:
		before, after = propagation(was.Propagation), propagation(e.Mount.Propagation)
	case nsctl.EventRemount:
		before, after = nsctl.Printable(was.Options), nsctl.Printable(e.Mount.Options)
		if was.Options == e.Mount.Options {
			before, after = "filesystem "+nsctl.Printable(was.SuperOptions), nsctl.Printable(e.Mount.SuperOptions)
		} else if was.SuperOptions != e.Mount.SuperOptions {
			before += " (filesystem " + nsctl.Printable(was.SuperOptions) + ")"
			after += " (filesystem " + nsctl.Printable(e.Mount.SuperOptions) + ")"
		}
	}
	return before + s.becomes() + after
}

// signOf gives the sign for what happened to a mount or a namespace.
func signOf(kind nsctl.EventKind) string {
	switch kind {
	case nsctl.EventNamespaceCreated:
		return "+"
	case nsctl.EventNamespaceGone:
		return "-"
	}
	return markOf(nsctl.EffectKind(kind))
}

// subject names what happened to a mount, or a namespace, among others of a deed.
func (s screen) subject(e *nsctl.Event) string {
	switch {
	case e.Mount == nil:
		return "the namespace"
	case e.Kind == nsctl.EventMove:
		return s.changed(e)
	case e.Kind == nsctl.EventPropagation || e.Kind == nsctl.EventRemount:
		return nsctl.Printable(e.Mount.Mountpoint) + ": " + s.changed(e)
	}
	return nsctl.Printable(e.Mount.Mountpoint)
}

// clock is the time of a deed as people read it.
func clock(t time.Time) string { return t.Local().Format("15:04:05.000") }

// within says how long something took.
func within(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "at once"
	case d < 100*time.Millisecond:
		return "in " + strconv.Itoa(int(d.Milliseconds())) + " ms"
	case d < 10*time.Second:
		return "in " + strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return "in " + strconv.Itoa(int(d.Seconds())) + " s"
}

// counted counts deeds of the kind of an event; more says that others were told before.
func counted(count int, e *nsctl.Event, more bool) string {
	before := ""
	if more {
		before = "more "
	}
	switch e.Kind {
	case nsctl.EventNamespaceCreated:
		return several(count, before+"new namespace")
	case nsctl.EventNamespaceGone:
		return several(count, before+"namespace") + " gone"
	case nsctl.EventPropagation:
		return several(count, before+"change") + " of propagation"
	}
	return several(count, before+nsctl.Printable(string(e.Kind)))
}
