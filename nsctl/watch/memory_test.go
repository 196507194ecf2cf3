package watch

import (
	"runtime"
	"sync/atomic"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
)

// A watch remembers nothing of what is over: 100,000 mounts and umounts leave as much memory
// as the first ones do. Many of them come and go before they can be looked at.
func TestMemoryIsBounded(t *testing.T) {
	byRoot(t)
	const rounds, each = 10, 10_000
	host := nstest.Host(t)
	var count atomic.Int64
	done := make(chan struct{}, 1)
	host.Must(t, nstest.Mkdir("/mnt/a"), nstest.Mkdir("/mnt/last"))
	stop := followWith(t, New(discover.New(discover.Options{}), Options{EventsOnly: true}), func(u Update) {
		for i := range u.Events {
			e := &u.Events[i]
			if e.Kind == nsctl.EventReady {
				signal(done)
			}
			if e.NS != host.NS() {
				continue
			}
			count.Add(1)
			if at(nsctl.EventMount, host, "/mnt/last")(e) {
				signal(done)
			}
		}
	})
	defer stop()
	<-done
	var heap []uint64
	for range rounds {
		for range each / 200 { // what is done at once is less than what is compared as a burst
			var ops []nstest.Op
			for range 100 {
				ops = append(ops, nstest.Tmpfs("/mnt/a"), nstest.Umount("/mnt/a"))
			}
			host.Must(t, append(ops, nstest.Tmpfs("/mnt/last"))...)
			<-done
			host.Must(t, nstest.Umount("/mnt/last"))
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap = append(heap, m.HeapAlloc)
	}
	first, last := heap[1], heap[rounds-1]
	t.Logf("%d were told; the heap is %d KB after a fifth of them, and %d KB in the end", count.Load(), first>>10, last>>10)
	if last > first+first/2+4<<20 {
		t.Errorf("memory grows with what happens: after each %d mounts and umounts there are %d bytes", each, heap)
	}
}
