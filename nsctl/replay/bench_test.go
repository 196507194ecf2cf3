package replay_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/replay"
)

// wide is a recording of so many events on a host of 1,000 namespaces with 122 mounts each.
// Each operation mounts or unmounts something, in as many namespaces as there are receivers.
func wide(events, receivers int) []nsctl.Event {
	const namespaces, each = 1000, 122
	s := &nsctl.Snapshot{Format: nsctl.Format, Version: nsctl.Version}
	id := nsctl.MountID(1000)
	make1 := func(parent nsctl.MountID, path string) nsctl.Mount {
		id++
		return nsctl.Mount{
			ID: 1<<31 + nsctl.UniqueID(id), MntID: id, ParentID: parent, Root: "/", Mountpoint: path, Propagation: nsctl.Propagation{Shared: 7},
			FSType: "tmpfs", Source: "tmpfs", Options: "rw,relatime", SuperOptions: "rw",
		}
	}
	for i := range namespaces {
		ns := nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: nsctl.NSNumber(4026532000 + i), NSID: nsctl.NSID(i + 1)}}
		ns.Mounts = []nsctl.Mount{make1(1, "/")}
		for j := 1; j < each; j++ {
			ns.Mounts = append(ns.Mounts, make1(ns.Mounts[0].MntID, fmt.Sprintf("/var/lib/containers/storage/%d/%03d", j%7, j)))
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	list := []nsctl.Event{{Kind: nsctl.EventReady, Snapshot: s}}
	for op := 1; len(list) <= events; op++ {
		first := op / 2 * receivers
		made := list[max(1, len(list)-receivers):]
		for i := range receivers {
			ns := &s.Namespaces[(first+i)%namespaces]
			e := nsctl.Event{Seq: len(list), Kind: nsctl.EventMount, Op: op, Origin: i == 0, NS: ns.NS, NSID: ns.NSID}
			if op%2 == 1 {
				e.Kind, e.Mount = nsctl.EventUmount, nil
			}
			if e.Kind == nsctl.EventMount {
				m := make1(ns.Mounts[0].MntID, fmt.Sprintf("/mnt/%d", op))
				e.Mount = &m
			} else if op == 1 {
				m := ns.Mounts[1]
				e.Mount = &m
			} else {
				e.Mount, e.NS, e.NSID = made[i].Mount, made[i].NS, made[i].NSID
			}
			list = append(list, e)
		}
	}
	return list
}

// BenchmarkSeek jumps through a recording of 100,000 events.
func BenchmarkSeek(b *testing.B) {
	for _, receivers := range []int{1, 20, 1000} {
		b.Run(fmt.Sprintf("receivers=%d", receivers), func(b *testing.B) {
			r, err := replay.New(wide(100_000, receivers))
			if err != nil || r.Stopped() != "" {
				b.Fatal(err, r.Stopped())
			}
			random := rand.New(rand.NewPCG(1, 0))
			var times []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				step := random.IntN(r.Len() + 1)
				start := time.Now()
				if _, err := r.At(step); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1e3, "ms-median")
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1e3, "ms-p95")
		})
	}
}

// BenchmarkStep goes from each step to the next.
func BenchmarkStep(b *testing.B) {
	for _, receivers := range []int{1, 20, 1000} {
		b.Run(fmt.Sprintf("receivers=%d", receivers), func(b *testing.B) {
			r, err := replay.New(wide(100_000, receivers))
			if err != nil {
				b.Fatal(err)
			}
			step := 0
			b.ReportAllocs()
			for b.Loop() {
				step = (step + 1) % (r.Len() + 1)
				if _, err := r.At(step); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen makes a recording of 100,000 events, and tells what it holds besides them.
func BenchmarkOpen(b *testing.B) {
	for _, receivers := range []int{1, 20, 1000} {
		b.Run(fmt.Sprintf("receivers=%d", receivers), func(b *testing.B) {
			events := wide(100_000, receivers)
			before := heap()
			var r *replay.Recording
			for b.Loop() {
				r, _ = replay.New(events)
			}
			b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
			runtime.KeepAlive(r)
			runtime.KeepAlive(events)
		})
	}
}

// BenchmarkRead reads the text of a recording of 100,000 events.
func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	events := wide(100_000, 20)
	for i := range events {
		if err := events[i].Encode(&text); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(text.Len()))
	before := heap()
	var r *replay.Recording
	for b.Loop() {
		r, _ = replay.Read(bytes.NewReader(text.Bytes()))
	}
	b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
	runtime.KeepAlive(r)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
