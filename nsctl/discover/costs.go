package discover

import (
	"sync/atomic"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// costs remembers what the two ways of reading a table have cost, so that the
// cheaper one is taken. All threads of a scan share it, and it lives as long as the
// Scanner.
//
// An ordinary line of mountinfo costs 1.3 µs of processor time and an ordinary
// statmount(2) 3 to 4 µs. But to print propagate_from for a slave, mountinfo walks all
// peers of its master: with 200 peers a line takes 7 µs, with 1,000 it takes 40. There is
// no telling from outside whether a table is of that kind, so it is measured:
//
//   - A table is begun with mountinfo, and given up for statmount if its first lines
//     are slow.
//   - From then on, tables whose first mounts are slaves are not even begun with it.
//   - Of these, one in 32 is begun with it nevertheless, to see whether that still holds.
//
// Most hosts never get to the second point.
type costs struct {
	gaveUp    atomic.Bool
	spared    atomic.Int64 // tables that were not begun with mountinfo
	statSpent atomic.Int64 // processor time, in nanoseconds, for
	statCount atomic.Int64 // so many mounts
}

const (
	// slowLine is what a line of mountinfo may cost before it is worth giving up.
	slowLine = 5 * time.Microsecond
	// minSpent is how long to look before judging.
	minSpent = 150 * time.Microsecond
	// tryEvery is how many tables are spared mountinfo before it is tried again.
	tryEvery = 32
)

// tooSlow reports whether to give up a table after some of its lines.
func (c *costs) tooSlow(spent time.Duration, lines int) bool {
	return spent > minSpent && spent > time.Duration(lines)*max(slowLine, c.perStatmount())
}

func (c *costs) slow() bool { return c.gaveUp.Load() }

func (c *costs) setSlow(slow bool) { c.gaveUp.Store(slow) }

func (c *costs) tryAgain() bool { return c.spared.Add(1)%tryEvery == 0 }

// addStatmount takes a table that was read with statmount into account. The sums are
// halved now and then, so that old samples fade. Threads that do so at once lose a
// sample, which does no harm.
func (c *costs) addStatmount(spent time.Duration, mounts int) {
	total, count := c.statSpent.Add(int64(spent)), c.statCount.Add(int64(mounts))
	if count > 1<<14 {
		c.statSpent.Store(total / 2)
		c.statCount.Store(count / 2)
	}
}

func (c *costs) perStatmount() time.Duration {
	return time.Duration(c.statSpent.Load() / max(c.statCount.Load(), 1))
}

// mostlySlaves looks at a few of the first mounts of a namespace: a namespace that was
// made a slave of another was made so as a whole, nearly always.
func (r *tableReader) mostlySlaves(nsID nsctl.NSID) bool {
	ids, err := sys.ListMountsAfter(uint64(nsID), 0, r.stat.ids[:0], 8)
	if err != nil {
		return false
	}
	slaves := 0
	for _, id := range ids {
		stat, err := sys.StatMount(uint64(nsID), id, sys.StatMountBasic, &r.stat.buf)
		if err == nil && stat.Master() != 0 {
			slaves++
		}
	}
	return 2*slaves > len(ids)
}
