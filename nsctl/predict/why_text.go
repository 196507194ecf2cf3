package predict

import (
	"fmt"
	"unicode/utf8"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func printable(s string) string { return nsctl.Printable(s) }

// exact gives what a *_b64 field holds: nothing for UTF-8.
func exact(s string) []byte {
	if utf8.ValidString(s) {
		return nil
	}
	return []byte(s)
}

// spaceName is what a sentence calls a namespace.
func spaceName(g *graph.Graph, ns int) string {
	info := &g.Namespace(ns).NamespaceInfo
	if info.Name != "" {
		return printable(info.Name)
	}
	return info.NS.String()
}

func placeName(g *graph.Graph, ns int, path string) string {
	return printable(path) + " in " + spaceName(g, ns)
}

func placeText(g *graph.Graph, p graph.Place) string { return placeName(g, p.Mount.NS, g.Path(p)) }

// nameOf is what a sentence calls a mount whose namespace is plain.
func (t *target) nameOf(r graph.Ref) string {
	m := t.Mount(r)
	return fmt.Sprintf("%s (mount %d)", printable(m.Mountpoint), m.MntID)
}

// called is the same with the namespace.
func (t *target) called(r graph.Ref) string {
	return t.nameOf(r) + " in " + spaceName(t.Graph, r.NS)
}
