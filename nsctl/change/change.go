package change

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/carry"
)

// Options say what a Changer may do, and with what.
type Options struct {
	// ReadOnly refuses everything that changes the host or the journal.
	ReadOnly bool
	// Journal is the directory of the journal; empty for none, and then there is no undo.
	Journal string
	// Read reads the host; nil for package discover.
	Read func(context.Context) (*nsctl.Snapshot, error)
	// Find finds the namespace that a reference names; nil for [discover.Find].
	Find func(s *nsctl.Snapshot, ref string) (int, error)
	// Inside gives somebody who lives in a namespace and takes jobs there; nil, or no
	// answer, where there is nobody. He does all but what is about two namespaces.
	Inside func(ns *nsctl.NamespaceInfo) (Insider, bool)
	// OnlyInside keeps this process, and helpers of its own, out of other namespaces: what
	// nobody who lives there does is not done.
	OnlyInside bool
	// Holders finds who uses a filesystem, when it is busy; nil for [discover.Holders].
	Holders func(ctx context.Context, s *nsctl.Snapshot, dev nsctl.Dev) (*nsctl.FilesystemHolders, error)
	// Classic does without the system calls that are newer than Linux 5.6.
	Classic bool
}

// Insider carries out jobs inside of a namespace, as the keeper of a sandbox does. The ways
// to the namespace that a job names are not his; he compares it with the one that he is in.
//
// He does not wait for ever. An error that matches carry.ErrUnanswered says that a job may be
// done: then it is looked after whether it was. With any other it is certain that nothing
// was done, and nothing is going to be; it is done in another way then.
type Insider interface {
	Do(carry.Job) (carry.Report, error)
}

// Changer changes mounts. It may be used by several goroutines at once; operations are
// done one at a time.
type Changer struct {
	options Options
	journal *journal
	refresh rereader   // everything, or nothing
	tables  rereader   // of the same namespaces
	mu      sync.Mutex // held while an operation is done
	carrier carrier
}

// New makes a Changer.
func New(o Options) *Changer {
	scanner := discover.New(discover.Options{})
	again, tables := scanner.Refresh, scanner.Tables
	if o.Read == nil {
		o.Read = scanner.Snapshot
	} else {
		whole := func(context.Context, *nsctl.Snapshot, map[int]bool) (*nsctl.Snapshot, bool, error) {
			return nil, false, nil
		}
		again, tables = whole, whole
	}
	if o.Find == nil {
		o.Find = find
	}
	if o.Holders == nil {
		o.Holders = discover.Holders
	}
	c := &Changer{options: o, refresh: again, tables: tables, carrier: carrier{inside: o.Inside, onlyInside: o.OnlyInside, helpers: map[nsctl.UserNSNumber]*carry.Helper{}}}
	if o.Journal != "" {
		c.journal = &journal{dir: o.Journal, limit: journalLimit, patience: lockPatience}
	}
	return c
}

// Close ends the helpers that were started.
func (c *Changer) Close() error { return c.carrier.close() }

func find(s *nsctl.Snapshot, ref string) (int, error) {
	infos := make([]nsctl.NamespaceInfo, len(s.Namespaces))
	for i := range s.Namespaces {
		infos[i] = s.Namespaces[i].NamespaceInfo
	}
	return discover.Find(infos, ref)
}

// read reads the host.
func (c *Changer) read(ctx context.Context) (*nsctl.Snapshot, error) {
	s, err := c.options.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read the mount namespaces of this host: %w", err)
	}
	return s, nil
}

// rereader reads mounts again, in some namespaces with all that is known of them. It is false
// if the host must be read as a whole.
type rereader func(context.Context, *nsctl.Snapshot, map[int]bool) (*nsctl.Snapshot, bool, error)

// reread reads the host again, a moment after a plan was made: only what its prediction rests
// on, if it can be told that this is all.
func (c *Changer) reread(ctx context.Context, p *Plan, how rereader) (*nsctl.Snapshot, error) {
	whole := map[int]bool{p.Space: true}
	for i := range p.Prediction.Effects {
		whole[p.Prediction.Effects[i].Space] = true
	}
	fresh, ok, err := how(ctx, p.Graph.Snapshot(), whole)
	if err != nil {
		return nil, err
	}
	if ok {
		return fresh, nil
	}
	return c.read(ctx)
}

// ErrReadOnly is matched by the errors of a Changer that must not change anything.
var ErrReadOnly = errors.New("this is read-only: nothing on the host is changed")

// AsHelper gives, if this process was started by a Changer to work in another user
// namespace, all that its main function is to do, which a program that uses one begins
// with. It gives the exit status.
func AsHelper() (run func() (status int), ok bool) { return carry.AsHelper() }
