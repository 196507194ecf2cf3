package change

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
)

// Result is an operation that was done.
type Result struct {
	nsctl.Applied
	Plan *Plan // as it was made immediately before
	// Seq is its number in the journal; 0 if there is none.
	Seq int64
	// After is the host afterwards.
	After *nsctl.Snapshot
}

// Apply does what was planned, if the host is still as it was then: else it does nothing, and
// the error is a *[Changed] with a new plan. Other errors, too, mean that nothing was
// done, unless they are an *[Unverified].
func (c *Changer) Apply(ctx context.Context, p *Plan) (*Result, error) {
	j, end, err := c.begin(ctx, p.Blocked)
	if err != nil {
		return nil, err
	}
	defer end()
	fresh, err := c.again(ctx, p)
	if err != nil {
		return nil, err
	}
	if !p.same(fresh) {
		return nil, &Changed{fresh, "the host has changed since, and this would do something else now than what was shown"}
	}
	return c.carryOut(ctx, j, fresh)
}

// begin opens the journal to change something, unless that is blocked, until end is called.
// Only one thing is changed at a time.
func (c *Changer) begin(ctx context.Context, blocked error) (j *notebook, end func(), err error) {
	if c.options.ReadOnly {
		return nil, nil, ErrReadOnly
	}
	if blocked != nil {
		return nil, nil, blocked
	}
	c.mu.Lock()
	j, err = c.openJournal(ctx)
	if err == nil && j.openJournal != nil {
		err = j.shorten()
	}
	if err != nil {
		j.close()
		c.mu.Unlock()
		return nil, nil, err
	}
	return j, func() {
		j.close()
		c.mu.Unlock()
	}, nil
}

// Unverified is the error of an operation that was done, but of which what it did could not
// be found out or written down.
type Unverified struct {
	Op  string
	Err error
	// Begun says that it is not even known whether it was done. The journal has it as
	// interrupted, until Recover finds out.
	Begun bool
}

func (u *Unverified) Error() string {
	if u.Begun {
		return fmt.Sprintf("%s was begun: %v; \"mntscope undo --list\" says what has become of it", printableOp(u.Op), u.Err)
	}
	return fmt.Sprintf("%s was done, but what it did is not known: %v", printableOp(u.Op), u.Err)
}

func (u *Unverified) Unwrap() error { return u.Err }

// carryOut does what was planned for the host as it is at this moment.
func (c *Changer) carryOut(ctx context.Context, j *notebook, p *Plan) (*Result, error) {
	seq, err := j.begin(p)
	if err != nil {
		return nil, err
	}
	job := p.errand
	job.Expect = p.places
	report, err := c.carrier.do(job)
	unanswered := errors.Is(err, carry.ErrUnanswered)
	if (err != nil || report.Failure != nil) && !unanswered {
		return nil, errors.Join(c.notDone(ctx, p, report.Failure, err), j.failed(seq, report.Failure, err))
	}
	// It is done, or may be: from here on ctx does not keep it from being looked at and written down.
	ctx = context.WithoutCancel(ctx)
	after, failed := c.reread(ctx, p, c.tables)
	if failed == nil && unanswered && !p.happened(after) {
		failed = err
	}
	if failed != nil {
		return nil, &Unverified{p.Op.String(), failed, unanswered}
	}
	r := &Result{Plan: p, Seq: seq, After: after}
	r.Outcome = p.Prediction.Outcome
	r.Observed = related(p.Prediction.Effects, p.number, Effects(p.Graph.Snapshot(), after))
	r.Surprises = Surprises(p.Graph.Snapshot(), &r.Outcome, r.Observed)
	if err := j.done(seq, r); err != nil {
		return r, &Unverified{Op: p.Op.String(), Err: err}
	}
	return r, nil
}

// happened says that all that was predicted has happened, of which nobody told.
func (p *Plan) happened(now *nsctl.Snapshot) bool {
	effects := p.Prediction.Effects
	observed, _ := traces(effects, now)
	return len(effects) > 0 && len(observed) == len(effects)
}

// notDone says why an operation was not done.
func (c *Changer) notDone(ctx context.Context, p *Plan, f *carry.Failure, err error) error {
	switch {
	case err != nil:
		return p.cannotEnter(err)
	case f.Changed:
		fresh, err := c.again(ctx, p)
		if err != nil {
			return err
		}
		return &Changed{fresh, f.Text}
	case f.Gone:
		return p.cannotEnter(f)
	}
	return c.failure(ctx, p, f)
}

// notebook is the open journal, or none.
type notebook struct{ *openJournal }

func (c *Changer) openJournal(ctx context.Context) (*notebook, error) {
	if c.journal == nil {
		return &notebook{}, nil
	}
	o, err := c.journal.open(ctx, c.options.ReadOnly)
	return &notebook{o}, err
}

func (n *notebook) close() {
	if n.openJournal != nil {
		_ = n.openJournal.close() // everything in it was synced
	}
}

// begin writes that an operation is about to be done.
func (n *notebook) begin(p *Plan) (seq int64, err error) {
	if n.openJournal == nil {
		return 0, nil
	}
	outcome := p.Prediction.Outcome
	outcome.Op, outcome.NotReached, outcome.After = p.op.String(), nil, nil
	seq = n.nextSeq()
	return seq, n.append(record{
		Seq: seq, State: stateBegun, Time: time.Now().UTC(), Boot: p.Graph.Snapshot().Host.BootID, PID: os.Getpid(),
		Undoes: p.undoing, With: p.With, Outcome: &outcome, NSID: p.nsid,
	})
}

func (n *notebook) failed(seq int64, f *carry.Failure, err error) error {
	if n.openJournal == nil {
		return nil
	}
	if err == nil {
		err = f
	}
	return n.append(record{Seq: seq, State: stateFailed, Time: time.Now().UTC(), Error: err.Error()})
}

func (n *notebook) done(seq int64, r *Result) error {
	if n.openJournal == nil {
		return nil
	}
	return n.append(record{
		Seq: seq, State: stateDone, Time: time.Now().UTC(), Observed: r.Observed, Witnesses: witnesses(r.Observed, r.Plan.Graph.Snapshot(), r.After),
	})
}

// mostWitnesses is how many mounts are remembered of one group.
const mostWitnesses = 8

// witnesses gives mounts that tell later whether the groups that are named in effects are
// still the same: they were in them before the operation, and are still.
func witnesses(effects []nsctl.Effect, before, after *nsctl.Snapshot) (list []witness) {
	named, changed := map[nsctl.GroupID]int{}, map[nsctl.MountID]bool{}
	for i := range effects {
		changed[effects[i].Mount.MntID] = true
		for _, id := range groupsBefore(&effects[i]) {
			named[id] = 0
		}
	}
	delete(named, 0)
	stood := map[nsctl.MountID]*nsctl.Mount{}
	for i := range before.Namespaces {
		for j := range before.Namespaces[i].Mounts {
			stood[before.Namespaces[i].Mounts[j].MntID] = &before.Namespaces[i].Mounts[j]
		}
	}
	for i := range after.Namespaces {
		for j := range after.Namespaces[i].Mounts {
			m := &after.Namespaces[i].Mounts[j]
			was := stood[m.MntID]
			if was == nil || changed[m.MntID] || !sameMount(was, m) || travelling(was) != travelling(m) {
				continue
			}
			for _, g := range [...]nsctl.GroupID{m.Propagation.Shared, m.Propagation.Master} {
				if n, ok := named[g]; ok && n < mostWitnesses {
					named[g]++
					list = append(list, witness{g, m.MntID, m.ID})
				}
			}
		}
	}
	return list
}
