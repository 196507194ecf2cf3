package predict_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// player does steps in a scene, and compares each with its prediction.
type player struct {
	*bareScene
	before *nsctl.Snapshot
	// probes is the position of the next mount that is asked about its lock. To ask about all
	// takes time, and is for when a sequence is known to go wrong.
	probes int
	askAll bool
}

func newPlayer(t *testing.T, host *nstestHost, proc bool) *player {
	t.Helper()
	p := &player{bareScene: newBareScene(t, host.NS, host.kernel, proc)}
	p.before = p.snapshot(t)
	p.fillLocks(p.before)
	return p
}

// outcome is what became of a step.
type outcome struct {
	done        bool // false: it cannot be done here, or would make the scene too large
	errno       string
	open        bool // a master was predicted only as one of several
	effects     []nsctl.Effect
	differences []string
}

// step predicts a step, does it, and compares.
func (p *player) step(t *testing.T, s step) (o outcome) {
	t.Helper()
	ns := p.find(s.ns)
	if ns < 0 || s.op.Kind == nsctl.OpRejoin && p.find(s.op.ToNS) < 0 ||
		s.op.Kind == nsctl.OpUnshare && s.makes != nameOf(len(p.spaces)) || p.wouldHitTheMachine(t, ns, s.op) {
		return o
	}
	op := s.op
	op.Source, op.Target = p.expand(op.Source), p.expand(op.Target)
	g := graph.New(p.before)
	by := predict.Caller{
		NS: ns, Look: p.look,
		Root:   func(ns int) (graph.Ref, bool) { return p.rootOf(t, g, ns) },
		FindNS: func(name string) (int, error) { return p.find(name), nil },
	}
	if _, ok := by.Root(ns); !ok {
		return o // nothing is mounted any more where the agent is
	}
	if to := p.find(op.ToNS); op.Kind == nsctl.OpRejoin {
		if _, ok := by.Root(to); !ok {
			return o
		}
	}
	predicted, err := predict.New(g).Predict(op, by)
	if err != nil {
		return outcome{done: true, differences: []string{err.Error()}}
	}
	want := predicted.After()
	if mountsIn(want) > mountsLimit && mountsIn(want) > mountsIn(p.before) {
		return o
	}
	o.done, o.effects = true, predicted.Effects
	if wrong := wrongEffects(p.before, &predicted.Outcome, want); wrong != "" {
		o.differences = append(o.differences, wrong)
	}
	errno, unsure := p.known(ns, op, predicted)
	o.differences = append(o.differences, unsure...)
	o.errno = p.do(t, ns, op)
	after := p.snapshot(t)
	if o.errno != errno {
		o.differences = append(o.differences, fmt.Sprintf("predicted %q (%s), the kernel says %q", errno, predicted.Reason, o.errno))
		return o
	}
	if errno != predicted.Errno { // what the scene knows and the snapshot does not
		want, o.effects = p.before, nil
	}
	o.open = slices.Contains(predicted.Uncertain, predict.NoteOrderOfSlaves)
	c := compare(want, after, o.open)
	o.differences = append(o.differences, c.differences...)
	if len(o.differences) == 0 {
		p.remember(ns, op, c, after)
		o.differences = p.wrongLocks(t, after)
	}
	p.before = after
	return o
}

// wouldHitTheMachine says that an umount of the root directory would make a filesystem
// read-only that is not the scene's own.
func (p *player) wouldHitTheMachine(t *testing.T, ns int, op nsctl.Op) bool {
	t.Helper()
	if op.Kind != nsctl.OpUmount || op.Lazy {
		return false
	}
	root := p.mountAt(t, ns, "")
	if root != p.mountAt(t, ns, op.Target) {
		return false
	}
	return !slices.ContainsFunc(p.before.Namespaces[ns].Mounts, func(m nsctl.Mount) bool {
		return m.MntID == root && (m.FSType == "tmpfs" || m.FSType == "ramfs")
	})
}

// known gives the error that the kernel will return, from the prediction and from what
// this test knows about its agents and no snapshot shows. All that the prediction
// is not certain about must be of that kind.
func (p *player) known(ns int, op nsctl.Op, predicted *predict.Prediction) (errno string, unsure []string) {
	errno = predicted.Errno
	for _, text := range predicted.Uncertain {
		switch {
		case strings.HasPrefix(text, "EBUSY if a"), // agents keep nothing but root directories busy
			strings.HasPrefix(text, "the caller and every process whose root is"),
			text == predict.NoteOrderOfSlaves,             // compare leaves that open
			strings.Contains(text, "mount too revealing"): // comes with the next
		case strings.Contains(text, "namespace that mnt:[") || strings.Contains(text, "takes a "):
			errno = "EPERM" // they own no namespaces of other kinds
		case strings.HasPrefix(text, "EPERM if the filesystem at the root was not mounted in"):
			root := p.before.Namespaces[ns].Mounts[p.rootIndex(ns, predicted)]
			if !p.administers(p.spaces[ns].info.OwnerUserNS, p.mounter[root.Dev]) {
				errno = "EPERM"
			}
		default:
			unsure = append(unsure, fmt.Sprintf("%s: not certain of what the snapshot shows: %s", op, text))
		}
	}
	return errno, unsure
}

// rootIndex finds the mount whose filesystem an umount of the root remounts.
func (p *player) rootIndex(ns int, predicted *predict.Prediction) int {
	for _, e := range predicted.Effects {
		if e.Kind == nsctl.EffectRemount && e.Origin {
			return slices.IndexFunc(p.before.Namespaces[ns].Mounts, func(m nsctl.Mount) bool { return m.MntID == e.Mount.MntID })
		}
	}
	return 0 // it is read-only already
}

// remember keeps what the kernel does not show of the mounts that are there now.
func (p *player) remember(ns int, op nsctl.Op, c *comparison, after *nsctl.Snapshot) {
	clear(p.locks)
	for _, pair := range c.pairs {
		p.locks[pair.got.MntID] = pair.want.Locked
		if op.Kind == nsctl.OpMount && pair.want.MntID < 0 && pair.want.Dev != pair.got.Dev {
			p.mounter[pair.got.Dev] = p.spaces[ns].info.OwnerUserNS
			if op.FSType == "proc" || op.FSType == "sysfs" {
				p.mounter[pair.got.Dev] = initialUserNS
			}
		}
	}
	p.fillLocks(after)
}

func (p *player) fillLocks(s *nsctl.Snapshot) {
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			m := &s.Namespaces[i].Mounts[j]
			m.Locked = p.locks[m.MntID]
		}
	}
}

// wrongLocks asks the kernel about a few mounts, other ones each time, of which the lock
// was carried over from prediction to prediction.
func (p *player) wrongLocks(t *testing.T, s *nsctl.Snapshot) (differences []string) {
	t.Helper()
	each := 3
	if p.askAll {
		each = mountsIn(s)
	}
	g := graph.New(s)
	for i := range p.spaces {
		mounts := s.Namespaces[i].Mounts
		root, ok := p.rootOf(t, g, i)
		if !ok || !p.inside(i) {
			continue
		}
		var asked []*nsctl.Mount
		var paths []string
		for k := range min(each, len(mounts)) {
			at := (p.probes + k) % len(mounts)
			m := &mounts[at]
			to := g.Resolve(root, m.Mountpoint)
			if m.Mountpoint != "/" && to.Rest == "" && to.Mount == (graph.Ref{NS: i, Mount: at}) {
				asked, paths = append(asked, m), append(paths, m.Mountpoint)
			}
		}
		if len(paths) == 0 {
			continue
		}
		locked, err := p.spaces[i].Locked(paths...)
		if err != nil {
			t.Fatal(err)
		}
		for k, m := range asked {
			if locked[k] != (m.Locked == nsctl.Locked) {
				differences = append(differences, fmt.Sprintf("mount %d at %s in %s: predicted lock %d, in the kernel %v", m.MntID, m.Mountpoint, nameOf(i), m.Locked, locked[k]))
			}
		}
	}
	p.probes += each
	return differences
}

func mountsIn(s *nsctl.Snapshot) (n int) {
	for i := range s.Namespaces {
		n += len(s.Namespaces[i].Mounts)
	}
	return n
}
