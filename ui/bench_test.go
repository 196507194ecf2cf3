package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

// many is a host of equal namespaces, the mounts of which are peers or, in every
// second one, slaves of each other.
func many(namespaces, mounts int) *nsctl.Snapshot {
	s := &nsctl.Snapshot{Observer: nsctl.Observer{NS: 1}}
	for i := range namespaces {
		n := nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: nsctl.NSNumber(i + 1), NSID: nsctl.NSID(i + 1), Kind: nsctl.KindContainer, Name: fmt.Sprintf("container-%d", i)}}
		first := nsctl.MountID(1 + i*mounts)
		for j := range mounts {
			field := "shared:%d"
			if i%2 == 1 {
				field = "master:%d"
			}
			parent, at := first, fmt.Sprintf("/srv/tree-%d/level-%d/mount-%d", j%7, j%131, j)
			if j == 0 {
				parent, at = 0, "/"
			}
			n.Mounts = append(n.Mounts, mount(first+nsctl.MountID(j), parent, at, "ext4", "/dev/disk/by-id/something", fmt.Sprintf(field, j+1)))
		}
		s.Namespaces = append(s.Namespaces, n)
	}
	return s
}

// A key must be answered, and the answer drawn, within a frame of 16 ms.
func BenchmarkKey(b *testing.B) {
	for _, host := range []struct {
		name               string
		namespaces, mounts int
	}{{"1000x122", 1000, 122}, {"1x100000", 1, 100_000}} {
		s := many(host.namespaces, host.mounts)
		for _, bench := range []struct{ name, before, keys string }{
			{"namespaces down", "1", "down up"},
			{"mounts down", "2", "down up"},
			{"mounts end", "2", "G g"},
			{"mounts page", "2 G", "pgup pgdown"},
			{"fold and unfold", "2", "left right"},
			{"fold all", "2", "z z"},
			{"peers down", "3", "down up"},
			{"peers open all", "3", "z z"},
			{"switch screens", "2", "3 2"},
			{"help", "2", "? esc"},
			{"choose namespace", "2", "c esc"},
			{"filter of mounts", "2 /", "m backspace / m"},
			{"filter of peers", "3 /", "m backspace / m"},
			{"type what if", "2 p", "x backspace"},
			{"what if mounts down", "2 p enter", "down up"},
			{"what if next mark", "2 p enter", "n N"},
			{"what if peers down", "2 p enter 3", "down up"},
		} {
			b.Run(host.name+"/"+strings.ReplaceAll(bench.name, " ", "-"), func(b *testing.B) {
				d := explore(b, s, Options{}, 200, 60)
				d.press(bench.before)
				keys := strings.Fields(bench.keys)
				b.ResetTimer()
				for i := range b.N {
					// Without what commands do: that happens beside the event loop.
					d.m.Update(key(keys[i%len(keys)]))
					d.m.View()
				}
			})
		}
	}
}

// Taking a new snapshot happens in the event loop too; preparing it does not.
func BenchmarkSnapshot(b *testing.B) {
	s := many(1000, 122)
	d := explore(b, s, Options{}, 200, 60)
	host := d.m.host
	b.Run("take", func(b *testing.B) {
		for range b.N {
			d.seq++
			d.m.Update(SnapshotLoadedMsg{Seq: d.seq, Host: host})
			d.m.View()
		}
	})
}

// What if is worked out beside the event loop; showing it is not.
func BenchmarkWhatIf(b *testing.B) {
	d := explore(b, many(1000, 122), Options{}, 200, 60)
	h := d.m.live
	p, err := d.m.predictor()(h, nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "x", Target: "/"}, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("work out", func(b *testing.B) {
		for range b.N {
			screen.NewWhatIf(h, p)
		}
	})
	thought := screen.NewWhatIf(h, p)
	b.Run("show", func(b *testing.B) {
		for range b.N {
			d.m.display(thought)
			d.m.View()
			d.m.display(h)
			d.m.View()
		}
	})
}

// Preparing a snapshot happens beside the event loop; the explorer spends at most a
// quarter of the time on it.
func BenchmarkPrepare(b *testing.B) {
	s := many(1000, 122)
	b.ReportAllocs()
	for range b.N {
		screen.NewHost(s, 0, 1000, 1000)
	}
}

// A key must be answered within a frame, and a burst taken within three, also when the
// record is full.
func BenchmarkEvents(b *testing.B) {
	full := func(b *testing.B) *driver {
		d := watching(b, Options{}, 200, 60).press("4")
		for i := range 5 {
			d.send(SnapshotLoadedMsg{Seq: i + 1, Batch: screen.NewBatch(busy(i*20_000, 20_000))})
		}
		return d
	}
	for _, bench := range []struct{ name, before, keys string }{
		{"down", "g", "down up"},
		{"end", "g", "G g"},
		{"open and close", "g", "enter enter"},
		{"open all", "g", "z z"},
		{"filter", "/", "5 backspace / 5 backspace"},
		{"freeze", "g", "f f"},
	} {
		b.Run(strings.ReplaceAll(bench.name, " ", "-"), func(b *testing.B) {
			d := full(b).press(bench.before)
			keys := strings.Fields(bench.keys)
			b.ResetTimer()
			for i := range b.N {
				d.m.Update(key(keys[i%len(keys)]))
				d.m.View()
			}
		})
	}
	b.Run("take 20,000", func(b *testing.B) {
		d := full(b)
		for i := range b.N {
			b.StopTimer()
			batch := screen.NewBatch(busy((5+i)*20_000, 20_000))
			b.StartTimer()
			d.m.Update(SnapshotLoadedMsg{Seq: 10 + i, Batch: batch})
			d.m.View()
		}
	})
	b.Run("make ready 20,000", func(b *testing.B) {
		happened := busy(0, 20_000)
		for range b.N {
			screen.NewBatch(happened)
		}
	})
}

// busy are many events: every hundredth ten milliseconds after the one before, so that
// there are rows and bursts.
func busy(from, n int) screen.Happened {
	s := scene()
	t := s.Taken
	m := mount(9000, 500, "/var/lib/something", "tmpfs", "x", "shared:9")
	events := make([]nsctl.Event, n)
	for i := range events {
		at := from + i
		pid := at // half of them rows of their own
		if at%2000 < 1000 {
			pid = at / 1000
		}
		events[i] = nsctl.Event{
			Seq: at + 1, Op: at + 1, Origin: true, Kind: nsctl.EventMount, NS: dbNS, Mount: &m,
			Time: t.Add(time.Duration(at) * time.Millisecond), Actor: &nsctl.Actor{PID: pid},
		}
	}
	return screen.Happened{Before: s, After: s, Events: events}
}
