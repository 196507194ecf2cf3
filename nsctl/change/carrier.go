package change

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
)

// carrier finds somebody who can do a job in its namespace: somebody who is inside
// already, a thread of this process, or a helper in the user namespace that owns it.
type carrier struct {
	inside     func(ns *nsctl.NamespaceInfo) (Insider, bool)
	onlyInside bool
	mu         sync.Mutex
	helpers    map[nsctl.UserNSNumber]*carry.Helper
}

// errand is a job, and whose namespaces it is about.
type errand struct {
	carry.Job
	in, to *nsctl.NamespaceInfo // to only where it is about two
}

// do has a job done. The error says why nobody could try.
func (c *carrier) do(e errand) (carry.Report, error) {
	if c.inside != nil && e.to == nil && !e.In.Own {
		if who, ok := c.inside(e.in); ok {
			report, err := who.Do(e.Job)
			if err == nil || errors.Is(err, carry.ErrUnanswered) || c.onlyInside {
				return report, err
			}
		}
	}
	if c.onlyInside && !e.In.Own {
		return carry.Report{}, fmt.Errorf("nobody who lives in %v does it", e.in.NS)
	}
	own := ownUserNS()
	owners := []nsctl.UserNSNumber{e.in.OwnerUserNS}
	if e.to != nil {
		owners = append(owners, e.to.OwnerUserNS)
	}
	// What a new filesystem may be, and who owns it, depends on the user namespace of who
	// mounts it: it is made by root of the namespace that it is for.
	elsewhere := e.Op.Kind == nsctl.OpMount && own != 0 && owners[0] != 0 && owners[0] != own
	var report carry.Report
	if !elsewhere && !c.hasHelper(owners) {
		report = e.Do()
		if report.Entered || report.Failure == nil || report.Failure.Gone {
			return report, nil
		}
	}
	var failed error = report.Failure
	for i, owner := range owners {
		if owner == 0 || owner == own || i > 0 && owner == owners[0] {
			continue
		}
		helper, err := c.helper(owner, []carry.Space{e.In, e.To}[i])
		if err != nil {
			failed = err
			continue
		}
		if report, err = helper.Do(e.Job); err != nil {
			c.dismiss(owner, helper)
			return report, err
		}
		if report.Entered {
			return report, nil
		}
		failed = report.Failure
	}
	if e.to != nil && e.to.OwnerUserNS != e.in.OwnerUserNS {
		if report, ok := c.doFromAbove(e, own); ok {
			return report, nil
		}
	}
	if failed == nil || report.Failure != nil {
		return report, nil
	}
	return report, failed
}

// errSilent says that a path was not followed to its end.
var errSilent = errors.New("a path does not answer: a file server on the way may be dead")

// errUnlisted says that who is inside was started by an older program.
var errUnlisted = errors.New("who is inside of the namespace lists no directories")

// look does a job that changes nothing, and gives up after a while: a path can lead to a
// file server that is dead. The lookup itself goes on, on a thread or in a helper that is
// not used any more.
func (c *carrier) look(ctx context.Context, e errand) (carry.Report, error) {
	type answer struct {
		report carry.Report
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		report, err := c.do(e)
		done <- answer{report, err}
	}()
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	select {
	case a := <-done:
		return a.report, a.err
	case <-ctx.Done():
		return carry.Report{}, ctx.Err()
	case <-patience.C:
		c.mu.Lock()
		defer c.mu.Unlock()
		for owner, h := range c.helpers {
			delete(c.helpers, owner)
			h.Kill()
		}
		return carry.Report{}, errSilent
	}
}

// hasHelper says that a helper was needed before for one of these namespaces: this process
// may not enter them.
func (c *carrier) hasHelper(owners []nsctl.UserNSNumber) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return os.Geteuid() != 0 && slices.ContainsFunc(owners, func(owner nsctl.UserNSNumber) bool { return c.helpers[owner] != nil })
}

// helper gives the helper in a user namespace, which is that of the owner of a mount
// namespace.
func (c *carrier) helper(owner nsctl.UserNSNumber, space carry.Space) (*carry.Helper, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.helpers[owner]; h != nil {
		return h, nil
	}
	user, err := space.Owner()
	if err != nil {
		return nil, fmt.Errorf("the user namespace that owns %v cannot be entered: %w", space.NS, err)
	}
	defer user.Close()
	return c.startHelper(owner, user)
}

// startHelper starts a helper, while the helpers are locked.
func (c *carrier) startHelper(owner nsctl.UserNSNumber, user sys.NamespaceFile) (*carry.Helper, error) {
	h, err := carry.StartHelper(user)
	if err != nil {
		return nil, fmt.Errorf("no helper can be started in %v: %w", owner, err)
	}
	c.helpers[owner] = h
	return h, nil
}

// dismiss ends a helper that does not answer.
func (c *carrier) dismiss(owner nsctl.UserNSNumber, h *carry.Helper) {
	c.mu.Lock()
	if c.helpers[owner] == h {
		delete(c.helpers, owner)
	}
	c.mu.Unlock()
	_ = h.Close() // that it has failed is known
}

func (c *carrier) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for owner, h := range c.helpers {
		errs = append(errs, h.Close())
		delete(c.helpers, owner)
	}
	return errors.Join(errs...)
}

// ownUserNS gives the user namespace of this process, 0 if that is not known.
func ownUserNS() nsctl.UserNSNumber {
	link, err := os.Readlink("/proc/self/ns/user")
	if err != nil {
		return 0
	}
	digits := strings.TrimSuffix(strings.TrimPrefix(link, "user:["), "]")
	number, _ := strconv.ParseInt(digits, 10, 64) // 0, which is no namespace
	return nsctl.UserNSNumber(number)
}

// spaceOf tells where a namespace of a snapshot is found.
func spaceOf(g *graph.Graph, ns int) carry.Space {
	info := &g.Namespace(ns).NamespaceInfo
	own, known := discover.NewLooker(g).OwnRoot()
	return carry.Space{NS: info.NS, ID: info.NSID, Ways: discover.Ways(g, ns), Own: known && own.NS == ns}
}
