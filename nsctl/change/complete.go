package change

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/carry"
)

// Complete gives the paths in a namespace that one which is being typed can become. It looks
// into the directory as who is inside, and changes nothing. Where that cannot be, the paths
// are those that mounts tell of. A relative path begins at the root.
func (c *Changer) Complete(ctx context.Context, g *graph.Graph, ns int, begun string) nsctl.Completion {
	known := g.Complete(ns, begun)
	info := &g.Namespace(ns).NamespaceInfo
	if info.NS == 0 {
		known.Gap = "only mount points are known: the number of the namespace may not be read"
		return known
	}
	dir, name := path.Split(begun)
	job := carry.Job{
		Op: nsctl.Op{Target: absoluteIn("/", dir)}, In: spaceOf(g, ns), OnlyLook: true,
		List: &carry.Listing{Directory: absoluteIn("/", dir), Begun: name, Most: nsctl.MaxCompletions},
	}
	report, err := c.carrier.look(ctx, errand{Job: job, in: info})
	if err == nil && report.Failure != nil {
		err = report.Failure
	}
	if err == nil && report.Names == nil { // by somebody inside who does not know how
		err = errUnlisted
	}
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		known.Gap = "there is no " + dir
		return known
	default:
		known.Gap = fmt.Sprintf("only mount points are known: %v", err)
		return known
	}
	return completion(begun, dir, report.Names, known)
}

// completion makes one of the names in a directory, and of what is known from the mounts.
func completion(begun, dir string, names *carry.Names, known nsctl.Completion) nsctl.Completion {
	points := map[string]bool{}
	for _, p := range known.Paths {
		points[strings.TrimSuffix(p.Path, "/")] = p.MountPoint
	}
	c := nsctl.Completion{Common: dir + names.Common, More: names.More}
	for _, n := range names.List {
		p := nsctl.CompletedPath{Path: dir + n.Name, MountPoint: points[dir+n.Name]}
		if n.Directory {
			p.Path += "/"
		}
		c.Paths = append(c.Paths, p)
	}
	switch len(c.Paths) {
	case 0:
		c.Common = begun
	case 1:
		c.Common = c.Paths[0].Path
	}
	return c
}
