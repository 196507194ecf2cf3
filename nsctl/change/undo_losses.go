package change

import (
	"fmt"

	"mntscope/nsctl/graph"
)

// losses compares where the way leads with where it should.
func (w *wayBack) losses() []string {
	if w.Blocked != nil {
		return nil
	}
	list := w.align().differences()
	if len(list) == 0 {
		return nil // whatever did not work on the way
	}
	if more := len(list) - mostLosses; more > 0 {
		list = append(list[:mostLosses], fmt.Sprintf("and %d more mounts are not as they were", more))
	}
	return append(list, w.said...)
}

// mostLosses is how many mounts are named that are not as they were.
const mostLosses = 500

// reach gives the path by which a mount can be reached in its namespace: its mount point,
// unless it is covered.
func (w *wayBack) reach(r graph.Ref) (path string, ok bool) {
	root, ok := w.now.Entry(r.NS)
	if !ok {
		return "", false
	}
	path = w.now.Mount(r).Mountpoint
	at := w.now.Resolve(root, path)
	return path, at.Mount == r && at.Rest == ""
}
