package change

import (
	"context"
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/carry"
)

// mostAbove is how deep user namespaces can be nested (create_user_ns in
// kernel/user_namespace.c).
const mostAbove = 33

// doFromAbove has a job between namespaces of two owners done by who is root of a user
// namespace above both. It is not ok if nobody could enter both.
func (c *carrier) doFromAbove(e errand, own nsctl.UserNSNumber) (report carry.Report, ok bool) {
	user, err := e.In.Owner()
	if err != nil {
		return report, false
	}
	defer func() { user.Close() }()
	for range mostAbove {
		above, err := user.Parent()
		if err != nil {
			return report, false
		}
		user.Close()
		user = above
		number, err := user.Number()
		if err != nil || nsctl.UserNSNumber(number) == own {
			return report, false
		}
		owner := nsctl.UserNSNumber(number)
		c.mu.Lock()
		h := c.helpers[owner]
		if h == nil {
			h, err = c.startHelper(owner, user)
		}
		c.mu.Unlock()
		if err != nil {
			return report, false
		}
		if report, err = h.Do(e.Job); err != nil {
			c.dismiss(owner, h)
			return report, false
		}
		if report.Entered {
			return report, true
		}
	}
	return report, false
}

// whyNotBetween is why no operation can be done between two namespaces: nil if somebody may
// enter both.
func (c *carrier) whyNotBetween(ctx context.Context, g *graph.Graph, in, to int) error {
	e := errand{in: &g.Namespace(in).NamespaceInfo, to: &g.Namespace(to).NamespaceInfo}
	e.Op = nsctl.Op{Kind: nsctl.OpRejoin, Target: "/", To: "/"}
	e.In, e.To, e.OnlyLook = spaceOf(g, in), spaceOf(g, to), true
	report, err := c.look(ctx, e)
	if err == nil && report.Failure != nil && !report.Entered {
		err = report.Failure
	}
	if err != nil {
		return fmt.Errorf("nobody may enter both %v and %v: %w", g.Namespace(in).NS, g.Namespace(to).NS, err)
	}
	return nil
}

// betweenOnce asks whyNotBetween once for two namespaces of a host.
func (c *carrier) betweenOnce(ctx context.Context, g *graph.Graph) func(in, to int) error {
	known := map[[2]int]error{}
	return func(in, to int) error {
		err, ok := known[[2]int{in, to}]
		if !ok {
			err = c.whyNotBetween(ctx, g, in, to)
			known[[2]int{in, to}] = err
		}
		return err
	}
}
