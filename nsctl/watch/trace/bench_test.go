package trace_test

import (
	"slices"
	"testing"
	"time"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

// BenchmarkRead is what a record costs its reader.
func BenchmarkRead(b *testing.B) {
	tracer := open(b, trace.Options{BufferKB: 4096})
	host := nstest.Host(b)
	var ops []nstest.Op
	for range 5000 {
		ops = append(ops, nstest.Make("private", "/mnt"))
	}
	records := 0
	for b.Loop() {
		b.StopTimer()
		host.Must(b, ops...)
		b.StartTimer()
		drain(b, tracer, func(trace.Record) { records++ })
	}
	b.ReportMetric(float64(b.Elapsed())/float64(records), "ns/record")
}

// BenchmarkLatency is from the return of mount(2), for a change that nothing else tells of,
// to its record.
func BenchmarkLatency(b *testing.B) {
	tracer := open(b, trace.Options{})
	host := nstest.Host(b)
	poller, err := sys.NewPoller()
	if err == nil {
		err = poller.Add(tracer.File(), sys.Readable, 1)
	}
	if err != nil {
		b.Fatal(err)
	}
	defer poller.Close()
	var late []time.Duration
	for b.Loop() {
		asked := make(chan error)
		go func() { asked <- host.Do(nstest.Make("private", "/mnt")) }()
		for told := false; !told; {
			err := poller.Wait(sys.Forever, func(uint64) {
				drain(b, tracer, func(r trace.Record) {
					if r.TGID == host.PID() && r.Exit {
						told = true
						late = append(late, sys.Monotonic()-r.Time)
					}
				})
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		if err := <-asked; err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(late)
	b.ReportMetric(float64(late[len(late)/2])/1000, "median-us")
	b.ReportMetric(float64(late[len(late)*99/100])/1000, "p99-us")
}

// BenchmarkOpen is what it takes to begin and to end.
func BenchmarkOpen(b *testing.B) {
	open(b, trace.Options{}) // skips where it cannot run
	for b.Loop() {
		tracer, err := trace.Open(trace.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := tracer.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSystemCall is what tracing adds to a system call of somebody else.
func BenchmarkSystemCall(b *testing.B) {
	call := func(b *testing.B) {
		for b.Loop() {
			sys.ThreadID()
		}
	}
	b.Run("not traced", call)
	b.Run("traced", func(b *testing.B) {
		open(b, trace.Options{})
		call(b)
	})
}
