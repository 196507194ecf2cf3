package carry_test

import (
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// A job arrives as it was sent, also with paths that are not UTF-8, but for what is the sender's
// own: where his root is, and how he gets there.
func TestJobsTravel(t *testing.T) {
	j := carry.Job{
		Op: nsctl.Op{Kind: nsctl.OpMove, Source: "/a\xff", Target: "/b\n"}, In: carry.Space{NS: 7, ID: 8, Own: true, Ways: []string{"/proc/1/ns/mnt"}},
		Expect: carry.Places{Source: &carry.Place{Mount: 3, ID: 4, Path: "/a\xff", MountRoot: true}}, Classic: true,
	}
	text, err := j.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got, err := carry.Unpack(text)
	j.In.Own, j.In.Ways = false, nil
	if err != nil || !reflect.DeepEqual(got, j) {
		t.Errorf("%+v, %v; want %+v", got, err, j)
	}
	for _, between := range []nsctl.Op{{Kind: nsctl.OpRejoin}, {Kind: nsctl.OpBind, FromNS: "1"}} {
		text, err := carry.Job{Op: between}.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := carry.Unpack(text); err == nil || !strings.Contains(err.Error(), "may enter both") {
			t.Errorf("%v: %v", between.Kind, err)
		}
	}
	report, err := carry.Report{Locks: []nsctl.LockState{nsctl.Locked}}.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Answer(report); err == nil || !strings.Contains(err.Error(), "another question") {
		t.Errorf("an answer that nobody asked for: %v", err)
	}
}

// Who is asked does nothing in a namespace that he is not in.
func TestInsideOfAnotherNamespace(t *testing.T) {
	in := spaceOf(t, nstest.Host(t).Clone(t))
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	r := carry.Job{Op: make1(nsctl.Private, "/"), In: in}.DoInside(proc, carry.Nothing())
	if r.Entered || r.Failure == nil || !r.Failure.Gone || !strings.Contains(r.Failure.Text, "is not in "+in.NS.String()) {
		t.Errorf("%+v", r)
	}
}

// Whatever is sent is a job or an error, and so is an answer.
func FuzzUnpack(f *testing.F) {
	for _, j := range []carry.Job{{}, {Op: nsctl.Op{Kind: nsctl.OpMount, Target: "/"}, Locks: []carry.LockQuestion{{Path: "/", Mount: 1}}}} {
		text, err := j.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	report, err := carry.Report{Entered: true, Failure: &carry.Failure{Text: "no"}}.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(report)
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := carry.Unpack(text)
		if err == nil && (j.In.Own || j.In.Ways != nil) {
			t.Errorf("%+v", j.In)
		}
		if r, err := j.Answer(text); err == nil && r.Failure == nil && len(r.Locks) != len(j.Locks) {
			t.Errorf("%+v", r)
		}
	})
}
