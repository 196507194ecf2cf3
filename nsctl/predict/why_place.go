package predict

import (
	"fmt"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Locate follows an absolute path from the mount at the root of a process, for [Why]. seen
// is what the live namespace has there; without one, the zero value, it is taken for
// granted that the path exists and has no symbolic links.
func Locate(g *graph.Graph, root graph.Ref, name string, seen nsctl.Seen) (graph.Place, error) {
	switch {
	case seen.Errno != "":
		return graph.Place{}, fmt.Errorf("%s in %s %s (%s)", nsctl.Printable(name), spaceName(g, root.NS), lookupFailed(seen.Errno), seen.Errno)
	case strings.HasPrefix(seen.Path, "/"):
		name = seen.Path
	case seen.Path != "":
		return graph.Place{}, fmt.Errorf("%s in %s is the file of a namespace, on which nothing can be mounted; give the place where it is bound",
			nsctl.Printable(name), spaceName(g, root.NS))
	}
	return g.Resolve(root, name), nil
}

// EntryOf gives the mount that paths in a namespace are followed from by who enters it.
func EntryOf(g *graph.Graph, ns int) (graph.Ref, error) {
	root, ok := g.Entry(ns)
	if !ok {
		return root, noRootError{g.Namespace(ns).NS}
	}
	return root, nil
}
