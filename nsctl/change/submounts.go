package change

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Submounts gives the operations that mount what a mount has missed while it was cut off: all
// that is mounted in the other mount of a rejoin, as far as the mount shows it and has
// nothing there. They are to be done before the rejoin, one after the other: once the mount
// sends, they would be mounted a second time everywhere. With --slave what comes is made a
// slave, as if it had come by itself.
func (p *Plan) Submounts() []nsctl.Op {
	if p.op.Kind != nsctl.OpRejoin || p.places.Target == nil || p.places.To == nil {
		return nil
	}
	target, ok := p.Graph.Lookup(p.Space, p.places.Target.Mount)
	from, okFrom := p.Graph.Lookup(p.toSpace(), p.places.To.Mount)
	if !ok || !okFrom {
		return nil
	}
	var ops []nsctl.Op
	var visit func(r graph.Ref)
	visit = func(r graph.Ref) {
		m, parent := p.Graph.Mount(r), p.Graph.Mount(from)
		rest, ok := graph.Below(parent.Mountpoint, m.Mountpoint)
		if !ok {
			return
		}
		// Where it is in the filesystem, and where that is in the mount.
		at, ok := graph.Below(p.Graph.Mount(target).Root, graph.Join(parent.Root, rest))
		if !ok || at == "" || m.HiddenBy != 0 {
			return
		}
		place := graph.Join(p.Graph.Mount(target).Mountpoint, at)
		root, ok := p.Graph.Entry(p.Space)
		if !ok {
			return
		}
		if there := p.Graph.Resolve(root, place); there.Rest != "" { // nothing is mounted just there
			ops = append(ops, nsctl.Op{Kind: nsctl.OpBind, FromNS: p.Graph.Namespace(from.NS).NS.String(), Source: m.Mountpoint, Target: place})
			if p.op.Slave && m.Propagation.Type().Sends() {
				ops = append(ops, nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Slave, Target: place})
			}
		}
		for _, c := range p.Graph.Children(r) {
			visit(c)
		}
	}
	for _, c := range p.Graph.Children(from) {
		visit(c)
	}
	return ops
}
