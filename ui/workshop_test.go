package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
)

// workbench has sandboxes on paper.
type workbench struct {
	list    []sandbox.Info
	steps   map[string][]sandbox.Step
	root    bool
	fails   error // what the next thing fails with
	wanted  []NewSandbox
	removed []string
	shells  []Where
	paths   []string
	asked   int // for the list
}

func (w *workbench) List(context.Context) ([]sandbox.Info, error) {
	w.asked++
	return slices.Clone(w.list), nil
}

func (w *workbench) Steps(_ context.Context, name string) ([]sandbox.Step, error) {
	return slices.Clone(w.steps[name]), nil
}

func (w *workbench) Privileged() bool { return w.root }

func (w *workbench) fail() error {
	err := w.fails
	w.fails = nil
	return err
}

func (w *workbench) Make(_ context.Context, wanted NewSandbox, progress func(string)) (*sandbox.Info, error) {
	w.wanted = append(w.wanted, wanted)
	progress("unpacking")
	if err := w.fail(); err != nil {
		return nil, err
	}
	if wanted.Name == "" {
		wanted.Name = "s7"
	}
	i := sandbox.Info{Name: wanted.Name, State: sandbox.Running, NS: 4026532907, NSID: 107, In: wanted.In, Kept: wanted.Keep, Propagation: wanted.Propagation, Namespaces: []string{"mnt"}, PID: 907}
	if wanted.RootFrom != "" {
		i.Root = wanted.RootFrom
		w.steps[i.Name] = stepsTo(wanted.RootFrom)
	}
	w.list = append(w.list, i)
	return &i, nil
}

func (w *workbench) Step(_ context.Context, name, step string) (*sandbox.Taken, error) {
	if err := w.fail(); err != nil {
		return nil, err
	}
	before := hostMounts()[:4]
	after := append(slices.Clone(before), mount(900, 26, "/srv/alpine", "ext4", "/dev/vda1", ""))
	for i := range w.steps[name] {
		s := &w.steps[name][i]
		if s.Name != step {
			continue
		}
		t := &sandbox.Taken{Step: *s, OK: true, Before: before, After: before}
		switch step {
		case "bind":
			t.After = after
		case "pivot":
			if !w.steps[name][0].Taken {
				t.OK, t.Errno, t.Reason = false, "EINVAL", "/srv/alpine is not a mount point"
				return t, nil
			}
			t.Before, t.After = after, slices.Clone(after)
			for j := range t.After {
				t.After[j].Mountpoint = "/old_root" + strings.TrimSuffix(t.After[j].Mountpoint, "/")
			}
			t.After[4].Mountpoint, t.After[4].ParentID, t.After[0].ParentID = "/", 1, 900
		}
		s.Taken, t.Taken = true, true
		return t, nil
	}
	return nil, fmt.Errorf("there is no step %s", step)
}

func (w *workbench) Remove(_ context.Context, name string) error {
	if err := w.fail(); err != nil {
		return err
	}
	w.removed = append(w.removed, name)
	w.list = slices.DeleteFunc(w.list, func(i sandbox.Info) bool { return i.Name == name || i.In == name })
	return nil
}

func (w *workbench) RemoveStale(context.Context) (names []string, err error) {
	w.list = slices.DeleteFunc(w.list, func(i sandbox.Info) bool {
		if i.State == sandbox.Stale {
			names = append(names, i.Name)
		}
		return i.State == sandbox.Stale
	})
	return names, w.fail()
}

func (w *workbench) Shell(_ context.Context, where Where) (int, error) {
	w.shells = append(w.shells, where)
	return 0, w.fail()
}

func (w *workbench) Paths(context.Context, string) []string { return w.paths }

func stepsTo(root string) []sandbox.Step {
	return []sandbox.Step{
		{Name: "bind", Title: "bind the root on itself", Why: "pivot_root takes a mount point as the new root, and a plain directory is none.", Command: "mount --bind " + root + " " + root},
		{Name: "enter", Title: "enter it", Why: "The working directory has to be on the new mount.", Command: "cd " + root},
		{Name: "pivot", Title: "exchange the roots", Why: "The new root becomes the root of the namespace.", Command: "pivot_root . old_root"},
		{Name: "path", Title: "look for programs where the new root has them", Why: "The PATH is still that of the host.", Command: "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	}
}

// boxed is a host with sandboxes of every kind.
func boxed() (*nsctl.Snapshot, *workbench) {
	s := scene()
	uid := uint32(0)
	add := func(number nsctl.NSNumber, id nsctl.NSID, pid int, name string) {
		s.Namespaces = append(s.Namespaces, nsctl.Namespace{
			NamespaceInfo: nsctl.NamespaceInfo{NS: number, NSID: id, Kind: nsctl.KindSandbox, Name: name, OwnerUserNS: 4026531837, OwnerUID: &uid, ProcessCount: 2,
				Processes: []nsctl.Process{{PID: pid, Comm: "mntscope-keeper"}, {PID: pid + 1, Comm: "sh"}}, HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: pid}}},
			Mounts: copies(hostMounts()[:6], nsctl.GroupID(1000*int(id)), nsctl.GroupID(100*int(id)), true),
		})
	}
	add(4026532901, 101, 901, "chain")
	add(4026532902, 102, 902, "inner")
	add(4026532903, 103, 903, "s10")
	add(4026532904, 104, 904, "s9")
	add(4026532909, 109, 909, "bobs")
	made := time.Date(2026, 11, 23, 16, 40, 12, 0, time.UTC)
	w := &workbench{root: true, steps: map[string][]sandbox.Step{"s9": stepsTo("/srv/alpine")}, list: []sandbox.Info{
		{Name: "chain", State: sandbox.Running, Kept: true, Made: made, Propagation: sandbox.Slave, Namespaces: []string{"mnt", "user", "pid"}, Map: sandbox.MapAuto, NS: 4026532901, NSID: 101, PID: 901},
		{Name: "inner", State: sandbox.Running, In: "chain", Made: made, Propagation: sandbox.Shared, Namespaces: []string{"mnt"}, NS: 4026532902, NSID: 102, PID: 902},
		{Name: "s10", State: sandbox.Running, Made: made, Propagation: sandbox.Unchanged, Namespaces: []string{"mnt"}, NS: 4026532903, NSID: 103, PID: 903},
		{Name: "s9", State: sandbox.Running, Made: made, Propagation: sandbox.Private, Namespaces: []string{"mnt", "pid"}, NS: 4026532904, NSID: 104, PID: 904, Root: "/srv/alpine"},
		{Name: "wreck", State: sandbox.Stale, Made: made, Propagation: sandbox.Private, Namespaces: []string{"mnt"}, NS: 4026532908, NSID: 108, PID: 908},
	}}
	return s, w
}

// atWork is a driver on the screen of sandboxes.
func atWork(t testing.TB, o Options, w, h int) (*driver, *workbench) {
	t.Helper()
	was := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = was })
	s, bench := boxed()
	o.Sandboxes, o.Workshop, o.Live = bench, bench, true
	return explore(t, s, o, w, h).press("5"), bench
}
