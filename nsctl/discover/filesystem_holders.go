package discover

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/holders"
	"mntscope/nsctl/internal/sys"
)

// patience is how long Holders waits when no process answers.
const patience = 2 * time.Second

// Holders finds what holds a filesystem on the live host, of which the snapshot was taken: its
// mounts in there, and what uses it now. The calling process itself is left out. What
// may not be read is among the gaps of the result; an error means that nothing could be.
func Holders(ctx context.Context, s *nsctl.Snapshot, dev nsctl.Dev) (*nsctl.FilesystemHolders, error) {
	h := holders.InSnapshot(s, dev)
	h.Others = append(h.Others, blockDevices{"/", s}.on(dev)...)
	pids, err := listPIDs()
	if err != nil {
		return nil, err
	}
	pids = slices.DeleteFunc(pids, func(pid int) bool { return pid == os.Getpid() })
	mounts := mountsByID(s, dev)
	newAsker := func() func(int) usage {
		finder := &useFinder{dev: dev, mounts: mounts}
		return func(i int) usage { return finder.ask(pids[i]) }
	}
	refused := map[string][]int{} // by the name of the error
	silent, err := askEach(ctx, newPool().workers, len(pids), patience, newAsker, func(i int, u usage) {
		if u.refused != nil {
			name := sys.ErrnoName(u.refused)
			refused[name] = append(refused[name], pids[i])
		}
		if len(u.holder.Uses) > 0 {
			h.Processes = append(h.Processes, u.holder)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(h.Mounts) > 0 { // which say the same and more
		h.Others = slices.DeleteFunc(h.Others, func(o nsctl.OtherHolder) bool { return o.Kind == nsctl.OtherSuperblock })
	}
	slices.SortFunc(h.Processes, func(a, b nsctl.ProcessHolder) int { return cmp.Compare(a.PID, b.PID) })
	h.Gaps = append(h.Gaps, useGaps(refused, silent, pids)...)
	if h.Held() { // a graph takes longer than all the rest
		h.Release = holders.Release(graph.New(s), h)
	}
	return h, nil
}

// mountsByID says of every mount whether it is one of the filesystem's.
func mountsByID(s *nsctl.Snapshot, dev nsctl.Dev) map[nsctl.MountID]bool {
	n := 0
	for i := range s.Namespaces {
		n += len(s.Namespaces[i].Mounts)
	}
	mounts := make(map[nsctl.MountID]bool, n)
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			m := &s.Namespaces[i].Mounts[j]
			mounts[m.MntID] = m.Dev == dev
		}
	}
	return mounts
}

// useGaps tells of the processes that could not be asked.
func useGaps(refused map[string][]int, silent []int, pids []int) []nsctl.Gap {
	var gaps []nsctl.Gap
	names := make([]string, 0, len(refused))
	for name := range refused {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		asked := refused[name]
		slices.Sort(asked)
		gaps = append(gaps, nsctl.Gap{PID: asked[0], What: "processes", Error: name,
			Message: fmt.Sprintf("what %s use may not be looked at (%s): it takes root, or their user", somePIDs(asked), name)})
	}
	if len(silent) > 0 {
		asked := make([]int, len(silent))
		for i, at := range silent {
			asked[i] = pids[at]
		}
		gaps = append(gaps, nsctl.Gap{PID: asked[0], What: "processes",
			Message: fmt.Sprintf("what %s use could not be looked at: the kernel did not answer, as when a process waits for a dead file server", somePIDs(asked))})
	}
	return gaps
}
