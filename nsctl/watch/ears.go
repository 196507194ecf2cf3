package watch

import (
	"errors"
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// ears are the fanotify groups of a watch. An event does not say in which namespace it
// was, so the namespaces are spread over several groups; how many a user may have is
// limited (user.max_fanotify_groups, 128), and others need some too.
type ears struct {
	all    []*ear
	most   int // groups
	poller *sys.Poller
	// refused is why no further group, or no mark, can be had; nil if none was refused.
	refused error
	off     error // why fanotify is not used at all
}

// maxEars leaves room for several watches at once, also on a large host.
const maxEars = 24

// ear is one fanotify group and the namespaces that it marks.
type ear struct {
	sys.MountNotifier
	spaces []nsctl.NSID
	last   nsctl.NSID // where the last new mount was found
}

// notice is an event of fanotify.
type notice struct {
	ear *ear
	sys.MountEvent
}

// earTag is what the descriptors of ears carry in the poller, together with their number.
const earTag = 1 << 32

// mark begins to listen to a namespace. It fails with why if that cannot be.
func (e *ears) mark(file sys.NamespaceFile, id nsctl.NSID) error {
	if e.off != nil {
		return e.off
	}
	best, err := e.leastBusy()
	if err != nil {
		e.refused = err
		return err
	}
	if err := best.Mark(file); err != nil {
		if sys.Refused(err) {
			err = fmt.Errorf("marking a namespace takes CAP_SYS_ADMIN in the user namespace that owns it: %w", err)
		}
		e.refused = err
		return err
	}
	best.spaces = append(best.spaces, id)
	return nil
}

// mayHear says whether, as far as is known, every namespace can be listened to.
func (e *ears) mayHear() bool { return e.off == nil && e.refused == nil }

// fewSpaces is how many namespaces a group has before there is another one: to find out in
// which of them something was mounted takes half a microsecond for each.
const fewSpaces = 16

// leastBusy gives the group with the fewest namespaces, or, if it has many, a new one as
// long as there may be.
func (e *ears) leastBusy() (*ear, error) {
	var best *ear
	for _, ear := range e.all {
		if best == nil || len(ear.spaces) < len(best.spaces) {
			best = ear
		}
	}
	if best != nil && (len(best.spaces) < fewSpaces || len(e.all) >= e.most) {
		return best, nil
	}
	n, err := sys.OpenMountNotifier()
	if err == nil {
		if err = e.poller.Add(n.File, sys.Readable, earTag|uint64(len(e.all))); err == nil {
			e.all = append(e.all, &ear{MountNotifier: n})
			return e.all[len(e.all)-1], nil
		}
		n.Close()
	}
	if best != nil {
		return best, nil
	}
	if errors.Is(err, errors.ErrUnsupported) {
		e.off = err
	}
	return nil, err
}

// forget frees the place of a namespace that has gone.
func (e *ears) forget(id nsctl.NSID) {
	for _, ear := range e.all {
		ear.spaces = slices.DeleteFunc(ear.spaces, func(other nsctl.NSID) bool { return other == id })
	}
}

// of gives the group that listens to a namespace, or nil.
func (e *ears) of(id nsctl.NSID) *ear {
	for _, ear := range e.all {
		if slices.Contains(ear.spaces, id) {
			return ear
		}
	}
	return nil
}

// namespaces gives all that are listened to.
func (e *ears) namespaces() (all []nsctl.NSID) {
	for _, ear := range e.all {
		all = append(all, ear.spaces...)
	}
	return all
}

func (e *ears) count() (spaces int) { return len(e.namespaces()) }

func (e *ears) close() {
	for _, ear := range e.all {
		ear.Close()
	}
}

// listen reads what a group has to tell, but not more than limit events.
func (r *ear) listen(buf []byte, notices []notice, limit int) ([]notice, error) {
	for end := len(notices) + limit; len(notices) < end; {
		more, err := r.ReadEvents(buf, func(e sys.MountEvent) { notices = append(notices, notice{r, e}) })
		if err != nil || !more {
			return notices, err
		}
	}
	return notices, nil
}
