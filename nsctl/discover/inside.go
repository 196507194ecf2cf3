package discover

import (
	"fmt"

	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nsthread"
)

// Inside runs f on a thread inside a live namespace of a snapshot, with the namespace's root as
// root and working directory; a process that f starts is there, too. It takes what
// setns(2) takes: CAP_SYS_ADMIN in the user namespaces of the caller and of the namespace's
// owner.
func Inside(g *graph.Graph, ns int, f func() error) error {
	file, err := openNamespaceOf(g, ns)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", g.Namespace(ns).NS, err)
	}
	defer file.Close()
	return nsthread.In(file, f)
}
