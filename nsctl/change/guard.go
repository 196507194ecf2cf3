package change

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Danger is why an operation must not be agreed to in passing.
type Danger struct {
	// Name is what is to be typed: the mount point.
	Name string
	// Why says what would be lost.
	Why string
}

// Touched gives the numbers of the namespaces in which something would change, that of the
// operation first.
func (p *Plan) Touched() []nsctl.NSNumber {
	list := []nsctl.NSNumber{p.number}
	seen := map[int]bool{p.Space: true}
	for _, e := range p.Prediction.Effects {
		if !seen[e.Space] {
			seen[e.Space] = true
			list = append(list, e.NS)
		}
	}
	return list
}

// Danger says whether an operation would take "/", /proc or the filesystem of a terminal
// away from a namespace, or cover it. tty is the terminal of the caller, empty if he has
// none, which counts in his own namespace.
func (p *Plan) Danger(tty string) (Danger, bool) {
	if p.Op.Kind == nsctl.OpUmount && p.places.Target != nil && p.places.Target.Path == "/" {
		return Danger{"/", "it is the root of the namespace"}, true
	}
	w := watchman{g: p.Graph, home: -1}
	if p.errand.In.Own {
		w.home, w.tty = p.Space, tty
	}
	return w.danger(p.op, p.Prediction.Effects)
}

// Dangers does what Danger does for all steps of an undo. Each name is in it once.
func (u *Undo) Dangers() (list []Danger) {
	for i := range u.Steps {
		s := &u.Steps[i]
		w := watchman{g: s.Graph, home: -1}
		if d, is := w.danger(s.Op, s.Outcome.Effects); is && !slices.ContainsFunc(list, func(other Danger) bool { return other.Name == d.Name }) {
			list = append(list, d)
		}
	}
	return list
}

// watchman looks after paths that a namespace cannot be without.
type watchman struct {
	g    *graph.Graph
	home int // the namespace in which tty counts; -1 for none
	tty  string
}

func (w *watchman) danger(op nsctl.Op, effects []nsctl.Effect) (Danger, bool) {
	if op.Kind == nsctl.OpPivotRoot {
		return Danger{op.Source, "every process in the namespace gets another root directory"}, true
	}
	for i := range effects {
		e := &effects[i]
		if e.Space >= len(w.g.Snapshot().Namespaces) {
			continue
		}
		for _, vital := range w.vital(e.Space) {
			if why := w.cutsOff(e, vital, effects); why != "" {
				return Danger{e.Mount.Mountpoint, why + " in " + e.NS.String()}, true
			}
		}
	}
	return Danger{}, false
}

// vital gives the paths that a namespace cannot be without.
func (w *watchman) vital(space int) []string {
	paths := []string{"/", "/proc"}
	if w.tty != "" && space == w.home {
		paths = append(paths, w.tty)
	}
	return paths
}

// cutsOff says how an effect takes a path away.
func (w *watchman) cutsOff(e *nsctl.Effect, vital string, all []nsctl.Effect) string {
	m := &e.Mount
	switch e.Kind {
	case nsctl.EffectUmount:
		if w.carries(e.Space, m.MntID, vital) {
			return vital + " would be gone"
		}
	case nsctl.EffectMove:
		if e.Was != nil && e.Was.Mountpoint != m.Mountpoint && w.carries(e.Space, m.MntID, vital) {
			return vital + " would be elsewhere"
		}
	case nsctl.EffectMount:
		if _, covers := graph.Below(m.Mountpoint, vital); covers && w.stands(e.Space, vital) &&
			!w.shows(e, vital) && !w.comesAlong(e.Space, vital, all) {
			return vital + " would be covered"
		}
	}
	return ""
}

// stands says that there is something to lose at a path: for /proc, that it is mounted.
func (w *watchman) stands(space int, vital string) bool {
	root, ok := w.g.Entry(space)
	if !ok {
		return false
	}
	return vital != "/proc" || w.g.Mount(w.g.Resolve(root, vital).Mount).Mountpoint == vital
}

// carries says that a path leads through, or to, a mount now.
func (w *watchman) carries(space int, id nsctl.MountID, vital string) bool {
	root, ok := w.g.Entry(space)
	if !ok || !w.stands(space, vital) {
		return false
	}
	for at := w.g.Resolve(root, vital).Mount; ; {
		if w.g.Mount(at).MntID == id {
			return true
		}
		parent, ok := w.g.Parent(at)
		if !ok {
			return false
		}
		at = parent
	}
}

// comesAlong says that what is mounted at a path is mounted there again by the same
// operation, as when all of "/" is bound on itself.
func (w *watchman) comesAlong(space int, vital string, all []nsctl.Effect) bool {
	root, ok := w.g.Entry(space)
	return ok && slices.ContainsFunc(all, func(e nsctl.Effect) bool {
		return e.Kind == nsctl.EffectMount && e.Space == space && e.Mount.Mountpoint == vital && e.Mount.Dev == w.g.Mount(w.g.Resolve(root, vital).Mount).Dev
	})
}

// shows says that a new mount shows at a path what is there already: the same directory, or
// another /proc.
func (w *watchman) shows(e *nsctl.Effect, vital string) bool {
	if vital == "/proc" && e.Mount.FSType == "proc" && e.Mount.Mountpoint == vital {
		return true
	}
	root, ok := w.g.Entry(e.Space)
	if !ok {
		return false
	}
	at := w.g.Resolve(root, vital)
	m := w.g.Mount(at.Mount)
	rest, ok := graph.Below(e.Mount.Mountpoint, vital)
	return ok && m.Dev == e.Mount.Dev && graph.Join(m.Root, at.Rest) == graph.Join(e.Mount.Root, rest)
}
