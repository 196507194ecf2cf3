package predict_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/predict"
)

// wide is a host of many namespaces with 122 mounts each. The mounts of one number are
// one peer group over all namespaces if shared is set, else private.
func wide(namespaces int, shared bool) *nsctl.Snapshot {
	const each = 122
	s := &nsctl.Snapshot{}
	id := nsctl.MountID(1000)
	for i := range namespaces {
		ns := nsctl.Namespace{}
		ns.NS, ns.OwnerUserNS = nsctl.NSNumber(4026531841+i), 4026531837
		root := id
		for j := range each {
			m := nsctl.Mount{
				MntID: id, ParentID: root, Dev: nsctl.Dev{Minor: uint32(j + 1)}, Root: "/",
				Mountpoint: fmt.Sprintf("/var/lib/containers/storage/%d/%03d", j%7, j),
				FSType:     "tmpfs", Source: "tmpfs", Options: "rw,relatime", SuperOptions: "rw",
			}
			if shared {
				m.Propagation.Shared = nsctl.GroupID(j + 1)
			}
			if j == 0 {
				m.ParentID, m.Mountpoint = 1, "/"
			}
			ns.Mounts = append(ns.Mounts, m)
			id++
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	return s
}

func BenchmarkNew(b *testing.B) {
	for _, shared := range []bool{false, true} {
		b.Run(fmt.Sprintf("1000x122/shared=%v", shared), func(b *testing.B) {
			g := graph.New(wide(1000, shared))
			b.ReportAllocs()
			for b.Loop() {
				predict.New(g)
			}
		})
	}
}

// The index costs less than reading the host did, in the same run.
func BenchmarkIndexAgainstReading(b *testing.B) {
	nstest.Wide(b)
	reader := discover.New(discover.Options{})
	var reading, indexing []time.Duration
	for b.Loop() {
		start := time.Now()
		s, err := reader.Snapshot(b.Context())
		read := time.Now()
		if err != nil {
			b.Fatal(err)
		}
		predict.New(graph.New(s))
		reading, indexing = append(reading, read.Sub(start)), append(indexing, time.Since(read))
	}
	b.ReportMetric(median(indexing)/median(reading), "index/reading")
	b.ReportMetric(median(indexing)*1e3, "ms-index")
	b.ReportMetric(median(reading)*1e3, "ms-reading")
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return times[len(times)/2].Seconds()
}

func BenchmarkPredict(b *testing.B) {
	host := predict.New(graph.New(wide(1000, true)))
	private := predict.New(graph.New(wide(1000, false)))
	for _, bench := range []struct {
		op   string
		host *predict.Host
	}{
		{"mount -t tmpfs new /srv", host},
		{"mount -t tmpfs new /var/lib/containers/storage/1/001", host},
		{"mount --bind /var/lib/containers/storage/1/001 /srv", host},
		{"umount /var/lib/containers/storage/1/001", host},
		{"mount --make-private /var/lib/containers/storage/1/001", host},
		{"unshare --mount", host},
		{"mount -t tmpfs new /srv", private},
		{"umount /var/lib/containers/storage/1/001", private},
	} {
		name := bench.op
		if bench.host == private {
			name += " (private)"
		}
		b.Run(name, func(b *testing.B) {
			op, err := nsctl.ParseOpLine(bench.op)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p, err := bench.host.Predict(op, predict.Caller{})
				if err != nil || !p.OK {
					b.Fatal(err, p)
				}
			}
		})
	}
}
