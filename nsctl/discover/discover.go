package discover

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// Update is one state of the host, delivered while it is read or followed.
type Update struct {
	Snapshot *nsctl.Snapshot // never nil; immutable
	// Read and Total count namespaces: how many of those found so far have their
	// mounts in Snapshot. They are equal in the last Update of a scan.
	Read, Total int
}

// Options change where a Scanner looks. The zero value is right for a host.
type Options struct {
	// Records is the directory below which container managers keep their records, in
	// place of "/".
	Records string
}

// Scanner reads the host. It keeps between scans what makes the next one cheaper.
// Snapshot, Read, Listing and Follow may be used by one goroutine at a time, and Describe
// by another one beside it.
type Scanner struct {
	records  string
	features *features
	costs    costs
	workers  *pool
	stuck    stuckProcesses
	rescan   chan struct{} // holds one wish
	every    time.Duration // at most so often partial results are delivered
}

// New makes a Scanner for the running kernel.
func New(o Options) *Scanner {
	return &Scanner{
		records: cmp.Or(o.Records, "/"), features: probeFeatures(), workers: newPool(),
		rescan: make(chan struct{}, 1), every: 100 * time.Millisecond,
	}
}

// Snapshot reads the whole host. What could not be read is among its gaps; an error
// means that nothing could be.
func (s *Scanner) Snapshot(ctx context.Context) (*nsctl.Snapshot, error) {
	return s.snapshot(ctx, nil)
}

// Read does what Snapshot does, and meanwhile calls deliver with what has been read so
// far. deliver is called from several goroutines, but never twice at once, and must not
// wait.
func (s *Scanner) Read(ctx context.Context, deliver func(Update)) (*nsctl.Snapshot, error) {
	return s.snapshot(ctx, deliver)
}

// Listing reads every namespace, with its mounts only counted, which takes half the time.
func (s *Scanner) Listing(ctx context.Context) (*nsctl.Listing, error) {
	run := s.newScan()
	run.counting = true
	if err := run.run(ctx); err != nil {
		return nil, err
	}
	l := &nsctl.Listing{Namespaces: []nsctl.NamespaceSummary{}, Gaps: run.gaps}
	for _, f := range run.namespaces.all() {
		l.Namespaces = append(l.Namespaces, nsctl.NamespaceSummary{NamespaceInfo: f.info, MountCount: len(f.table.ids)})
		l.Gaps = append(l.Gaps, f.gaps...)
	}
	return l, nil
}

func (s *Scanner) newScan() *scan {
	ownRoot, _ := sys.PathID("/") // a path that is always there
	return &scan{
		identifier: identifier{s.records, ownRoot}, features: s.features, costs: &s.costs, workers: s.workers, stuck: &s.stuck,
		gaps: standingGaps(),
	}
}

// snapshot reads the whole host, and gives partial results to deliver if that is not nil.
func (s *Scanner) snapshot(ctx context.Context, deliver func(Update)) (*nsctl.Snapshot, error) {
	head := describeHost()
	finish := func(namespaces []nsctl.Namespace) *nsctl.Snapshot {
		snapshot := head
		snapshot.Taken = time.Now().UTC()
		snapshot.Namespaces = namespaces
		return &snapshot
	}
	run := s.newScan()
	if deliver != nil {
		run.progress = &progress{deliver: deliver, every: s.every, finish: finish}
	}
	if err := run.run(ctx); err != nil {
		return nil, err
	}
	all := run.namespaces.all()
	namespaces := make([]nsctl.Namespace, len(all))
	gaps := run.gaps
	var withoutPropagateFrom []int
	for i, f := range all {
		namespaces[i] = f.namespace()
		gaps = append(gaps, f.gaps...)
		if !f.table.fromMountinfo {
			withoutPropagateFrom = append(withoutPropagateFrom, i)
			if deliver != nil { // what was delivered stays as it is
				namespaces[i].Mounts = slices.Clone(namespaces[i].Mounts)
			}
		}
	}
	snapshot := finish(namespaces)
	snapshot.Gaps = gaps
	for _, r := range graph.PropagateFrom(snapshot, withoutPropagateFrom) {
		askPropagateFrom(&snapshot.Namespaces[r.NS], r.Mount)
	}
	return snapshot, nil
}

// askPropagateFrom asks the kernel for what the graph cannot tell, as the masters in between are
// in namespaces that may not be read. There are few such mounts.
func askPropagateFrom(ns *nsctl.Namespace, mount int) {
	m := &ns.Mounts[mount]
	var buf sys.StatBuffer
	stat, err := sys.StatMount(uint64(ns.NSID), uint64(m.ID), sys.StatMountBasic|sys.StatPropagateFrom, &buf)
	if err == nil && nsctl.GroupID(stat.PropagateFrom()) != m.Propagation.Master {
		m.Propagation.PropagateFrom = nsctl.GroupID(stat.PropagateFrom())
	}
}

// describeHost gives a snapshot with everything but namespaces.
func describeHost() nsctl.Snapshot {
	name, release := sys.HostNames()
	head := nsctl.Snapshot{
		Format: nsctl.Format, Version: nsctl.Version,
		Host:     nsctl.Host{Name: name, Kernel: release},
		Observer: nsctl.Observer{PID: os.Getpid(), UID: os.Geteuid()},
		Gaps:     []nsctl.Gap{},
	}
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		return head
	}
	defer proc.Close()
	if id, err := proc.ReadFile("sys/kernel/random/boot_id", nil); err == nil {
		head.Host.BootID = strings.TrimSpace(string(id))
	}
	if most, err := proc.ReadFile("sys/fs/mount-max", nil); err == nil { // proc_sys_fs(5)
		head.Host.MountMax, _ = strconv.Atoi(strings.TrimSpace(string(most))) // 0 if unknown
	}
	head.Observer.NS, _ = readNSLink(proc, "self/ns/mnt") // 0 if unknown
	return head
}
