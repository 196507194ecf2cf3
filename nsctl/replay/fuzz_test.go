package replay_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/replay"
)

// A forged recording may be refused or stop early, but never crashes or hangs, and a step
// is the same from wherever it is reached.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/classroom.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	var b bytes.Buffer
	s := newStory(3, 8)
	for i := range s.events {
		if err := s.events[i].Encode(&b); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := replay.Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		var there []*nsctl.Snapshot
		for n := range r.Len() + 1 {
			s, err := r.At(n)
			if err != nil {
				t.Fatal(err)
			}
			there = append(there, s)
		}
		for n := r.Len(); n >= 0; n-- {
			s, err := r.At(n)
			if err != nil {
				t.Fatal(err)
			}
			if describeAll(s) != describeAll(there[n]) {
				t.Fatalf("step %d is\n%s\non the way back, and was\n%s", n, describeAll(s), describeAll(there[n]))
			}
		}
	})
}

// Tables whose parents form loops, whose numbers occur twice, and events to match.
func TestForgedRecordings(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 0))
	forged := func() *nsctl.Mount {
		return &nsctl.Mount{
			ID: nsctl.UniqueID(random.IntN(2) * random.IntN(5)), MntID: nsctl.MountID(random.IntN(5)), ParentID: nsctl.MountID(random.IntN(5)),
			Mountpoint: []string{"", "/", "/a", "/a/b", "/ab", "//", "a", "/a/b/c"}[random.IntN(8)], HiddenBy: nsctl.MountID(random.IntN(8)),
		}
	}
	space := func() *nsctl.Namespace {
		ns := &nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: nsctl.NSNumber(random.IntN(3))}}
		for range random.IntN(9) {
			ns.Mounts = append(ns.Mounts, *forged())
		}
		return ns
	}
	played := 0
	for range 5000 {
		begin := &nsctl.Snapshot{}
		for range 4 {
			begin.Namespaces = append(begin.Namespaces, *space())
		}
		events := []nsctl.Event{{Kind: nsctl.EventReady, Snapshot: begin}}
		for range 20 {
			kinds := []nsctl.EventKind{"mount", "umount", "move", "propagation", "remount", "namespace-created", "namespace-gone", "resync", "move", "move"}
			ns := space()
			events = append(events, nsctl.Event{
				Kind: kinds[random.IntN(len(kinds))], Op: random.IntN(3), NS: ns.NS, NSID: ns.NSID, Mount: forged(), Namespace: ns,
			})
		}
		r, err := replay.New(events)
		if err != nil {
			t.Fatal(err)
		}
		played += r.Len()
		for n := r.Len(); n >= 0; n-- {
			if _, err := r.At(n); err != nil {
				t.Fatal(err)
			}
		}
	}
	if played < 3000 {
		t.Errorf("only %d steps could be played", played)
	}
}

func describeAll(s *nsctl.Snapshot) string {
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		return err.Error()
	}
	return b.String()
}
