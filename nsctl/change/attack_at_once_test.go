package change_test

import (
	"errors"
	"sync"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// Two programs apply operations at once: each does what it has predicted, and the journal
// has all of them.
func TestTwoAtOnce(t *testing.T) {
	host := nstest.Host(t)
	journal := t.TempDir()
	const each = 30
	var workers sync.WaitGroup
	for range 2 {
		s := newScene(t, change.Options{Journal: journal}, bare(t, host))
		workers.Go(func() {
			for i := range each {
				op := nsctl.Op{Kind: nsctl.OpMake, Type: []nsctl.PropagationType{nsctl.Shared, nsctl.Private}[i%2], Target: "/"}
				p, err := s.Plan(t.Context(), change.Request{Op: op, NS: "n0"})
				if err != nil {
					t.Error(err)
					return
				}
				if r, err := s.Apply(t.Context(), p); err != nil || len(r.Surprises) > 0 {
					t.Errorf("%v %+v", err, r)
				}
			}
		})
	}
	workers.Wait()
	c := change.New(change.Options{Journal: journal})
	entries, err := c.History()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	for _, e := range entries {
		if e.State != change.EntryDone || seen[e.Seq] {
			t.Errorf("%+v", e)
		}
		seen[e.Seq] = true
	}
	if len(entries) != 2*each {
		t.Errorf("%d operations are in the journal, want %d", len(entries), 2*each)
	}
}

// Many goroutines have one Changer: what one does is nothing that another one is surprised by.
func TestManyAtOnce(t *testing.T) {
	s := newScene(t, change.Options{}, bare(t, nstest.Host(t)))
	var workers sync.WaitGroup
	for _, dir := range skeleton {
		workers.Go(func() {
			done := 0
			for i := 0; i < 400 && done < 20; i++ {
				op := nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "x", Target: "/" + dir}
				if done%2 == 1 {
					op = nsctl.Op{Kind: nsctl.OpUmount, Target: "/" + dir}
				}
				p, err := s.Plan(t.Context(), change.Request{Op: op, NS: "n0"})
				if err != nil {
					t.Error(err)
					return
				}
				r, err := s.Apply(t.Context(), p)
				var changed *change.Changed
				switch {
				case errors.As(err, &changed):
				case err != nil || len(r.Surprises) > 0:
					t.Errorf("%s: %v %+v", op, err, r.Surprises)
					return
				default:
					done++
				}
			}
			if done < 20 {
				t.Errorf("only %d operations were done at /%s", done, dir)
			}
		})
	}
	workers.Wait()
}
