package watch

import (
	"fmt"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/replay"
)

// checkRecording plays everything that was told from the first snapshot on, and compares
// where that leads with the last snapshot, of some namespaces. The state must be right.
func (w *told) checkRecording(spaces ...*nstest.NS) {
	w.t.Helper()
	w.mu.Lock()
	events, latest := slices.Clone(w.events), w.latest
	w.mu.Unlock()
	// What others have on the host, and an ordinary user may not even tell apart, is not
	// of this test.
	events = slices.DeleteFunc(events, func(e nsctl.Event) bool {
		return e.NS == 0 && e.NSID == 0 && e.Kind != nsctl.EventReady
	})
	played, err := replay.Apply(events[0].Snapshot, events[1:])
	if err != nil {
		w.t.Errorf("the recording cannot be played: %v\n%s", err, describe(events))
		return
	}
	for _, ns := range spaces {
		got, want := recorded(played, ns), recorded(latest, ns)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				w.t.Errorf("a recording of %d events leads, in %v, to\n%s\nand not to\n%s", len(events), ns.NS(),
					strings.Join(got[min(i, len(got)):min(i+2, len(got))], "\n"), strings.Join(want[min(i, len(want)):min(i+2, len(want))], "\n"))
				break
			}
		}
	}
}

// recorded gives a namespace's mounts with all that a recording tells of them.
func recorded(s *nsctl.Snapshot, ns *nstest.NS) (all []string) {
	for _, space := range s.Namespaces {
		if space.NS != ns.NS() {
			continue
		}
		mounts := slices.Clone(space.Mounts)
		slices.SortFunc(mounts, func(a, b nsctl.Mount) int { return int(a.MntID - b.MntID) })
		for i, line := range lines(mounts) {
			all = append(all, fmt.Sprintf("%s hidden by %d", line, mounts[i].HiddenBy))
		}
	}
	return all
}
