package screen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/kit"
)

// saidBurst is what was said of a burst while it had so many operations.
type saidBurst struct {
	first, count int
	text         string
}

// maxSaid bounds what is remembered.
const maxSaid = 1000

// burstText gives what sayBurst says, which takes too long to be said anew for each frame.
func (s *Events) burstText(row eventRow) string {
	said, ok := s.said[row.of.burst]
	if !ok || said.first != row.of.serial || said.count != int(row.count) {
		if len(s.said) > maxSaid {
			clear(s.said)
		}
		said = saidBurst{row.of.serial, int(row.count), s.sayBurst(row)}
		s.said[row.of.burst] = said
	}
	return said.text
}

// sayBurst says what a burst was: "1,000 mounts, 1,000 umounts in 0.4 s by pid 4711
// (stress)".
func (s *Events) sayBurst(row eventRow) string {
	b := s.burstOf(row)
	by := "by ?"
	switch a := row.of.actor(); {
	case row.of.op == 0:
		by = "unattributed"
	case len(b.pids) > 1:
		by = "by " + kit.Plural(len(b.pids), "process", "processes") + " (" + strings.Join(slices.Sorted(maps.Keys(b.comms)), ", ") + ")"
	case a != nil:
		by = "by pid " + number(a.PID)
		if a.Comm != "" {
			by += " (" + nsctl.Printable(a.Comm) + ")"
		}
	}
	when := "in " + seconds(b.took)
	if b.took < time.Millisecond {
		when = "at once"
	}
	return b.counts() + " " + when + " " + by
}

// burst is what there is to say about many operations at once.
type burst struct {
	kinds  map[string]int
	pids   map[int]bool
	comms  map[string]bool
	copies int
	took   time.Duration
}

func (s *Events) burstOf(row eventRow) burst {
	b := burst{kinds: map[string]int{}, pids: map[int]bool{}, comms: map[string]bool{}}
	var last time.Time
	for _, o := range s.operationsOf(row) {
		b.kinds[o.verb()]++
		b.copies += o.copies()
		last = o.lastTime()
		if a := o.actor(); a != nil {
			b.pids[a.PID], b.comms[nsctl.Printable(a.Comm)] = true, true
		}
	}
	b.took = last.Sub(row.of.time())
	return b
}

// operationsOf gives the operations of a burst.
func (s *Events) operationsOf(row eventRow) []*operation {
	all := s.shown()
	first, _ := slices.BinarySearchFunc(all, row.of.serial, func(o *operation, serial int) int { return o.serial - serial })
	return all[first:min(first+int(row.count), len(all))]
}

func (b burst) counts() string {
	const remark = string(nsctl.EventResync) // is not what was done, and comes last
	kinds := slices.SortedFunc(maps.Keys(b.kinds), func(x, y string) int {
		switch {
		case x == remark:
			return 1
		case y == remark:
			return -1
		case b.kinds[x] != b.kinds[y]:
			return b.kinds[y] - b.kinds[x]
		}
		return strings.Compare(x, y)
	})
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		parts[i] = kit.Plural(b.kinds[k], k, plural(k))
	}
	return strings.Join(parts, ", ")
}

func plural(verb string) string {
	switch verb {
	case "new namespace":
		return "new namespaces"
	case "namespace gone":
		return "namespaces gone"
	case "unshare", "mount", "umount", "move", "remount", "resync":
		return verb + "s"
	}
	return verb
}

func seconds(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return kit.Count(int(d.Seconds())) + " s"
}
