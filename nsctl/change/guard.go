package change

import (
	"slices"
	"strings"

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
	if p.Op.Kind == nsctl.OpPivotRoot {
		return Danger{p.op.Source, "every process in the namespace gets another root directory"}, true
	}
	for i := range p.Prediction.Effects {
		e := &p.Prediction.Effects[i]
		for _, vital := range p.vital(e.Space, tty) {
			if why := p.cutsOff(e, vital); why != "" {
				return Danger{e.Mount.Mountpoint, why + " in " + e.NS.String()}, true
			}
		}
	}
	return Danger{}, false
}

// vital gives the paths that a namespace cannot be without.
func (p *Plan) vital(space int, tty string) []string {
	paths := []string{"/", "/proc"}
	if tty != "" && space < len(p.Graph.Snapshot().Namespaces) && p.errand.In.Own && space == p.Space {
		paths = append(paths, tty)
	}
	return paths
}

// cutsOff says how an effect takes a path away.
func (p *Plan) cutsOff(e *nsctl.Effect, vital string) string {
	m := &e.Mount
	switch e.Kind {
	case nsctl.EffectUmount:
		if p.carries(e.Space, m.MntID, vital) {
			return vital + " would be gone"
		}
	case nsctl.EffectMove:
		if e.Was != nil && e.Was.Mountpoint != m.Mountpoint && p.carries(e.Space, m.MntID, vital) {
			return vital + " would be elsewhere"
		}
	case nsctl.EffectMount:
		if _, covers := graph.Below(m.Mountpoint, vital); covers && !p.sameThing(e, vital) && !(vital == "/proc" && m.FSType == "proc") {
			return vital + " would be covered"
		}
	}
	return ""
}

// carries says that a path leads through, or to, a mount now.
func (p *Plan) carries(space int, id nsctl.MountID, vital string) bool {
	root, ok := p.Graph.Entry(space)
	if !ok {
		return false
	}
	for at := p.Graph.Resolve(root, vital).Mount; ; {
		if p.Graph.Mount(at).MntID == id {
			// What is mounted at /proc counts, not that "/proc" is a directory of "/".
			return vital != "/proc" || p.Graph.Mount(at).Mountpoint != "/" || at == root
		}
		parent, ok := p.Graph.Parent(at)
		if !ok {
			return false
		}
		at = parent
	}
}

// sameThing says that a new mount shows what is there already, as a bind of a directory
// on itself does.
func (p *Plan) sameThing(e *nsctl.Effect, vital string) bool {
	root, ok := p.Graph.Entry(e.Space)
	if !ok || e.Space >= len(p.Graph.Snapshot().Namespaces) {
		return true
	}
	at := p.Graph.Resolve(root, e.Mount.Mountpoint)
	m := p.Graph.Mount(at.Mount)
	return m.Dev == e.Mount.Dev && graph.Join(strings.TrimSuffix(m.Root, "/"), at.Rest) == strings.TrimSuffix(e.Mount.Root, "/") &&
		!slices.ContainsFunc(p.Graph.Children(at.Mount), func(r graph.Ref) bool {
			_, below := graph.Below(e.Mount.Mountpoint, p.Graph.Mount(r).Mountpoint)
			return below && vital != "/"
		})
}
