package keeper

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
)

// take takes a step for a peer, or lists them.
func (k *keeper) take(peer *Conn, t *TakeStep, files []int) error {
	if k.setup.Root == "" {
		return &Failure{Text: "this sandbox has the host's tree as it was copied, and no root of its own to go to; make one with --root"}
	}
	k.tree.mu.Lock()
	defer k.tree.mu.Unlock()
	steps := k.plan()
	if t.List {
		return peer.Send(Message{Steps: steps})
	}
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Name == t.Step || t.Step == "" && !s.Taken })
	switch {
	case i < 0 && t.Step == "":
		return &Failure{Text: "all steps have been taken"}
	case i < 0 && t.Step == StepProc: // in nobody's plan, and worth seeing fail
		steps, i = []Step{k.step(StepProc)}, 0
	case i < 0:
		return &Failure{Text: "there is no step " + quoted(t.Step)}
	}
	step := steps[i]
	mapped := sys.Dir(-1)
	if len(files) > 0 {
		mapped = sys.Dir(files[0])
	}
	m := Message{}
	if err := k.do(step.Name, mapped); err != nil {
		m.Failure = asFailure(err)
		m.Failure.Op = step.Command
	} else {
		step.Taken, k.tree.taken[step.Name] = true, true
	}
	m.Steps = []Step{step}
	return peer.Send(m)
}

// do takes a step. Nothing that is mounted or unmounted may have an effect outside of the
// sandbox; see guard.
func (k *keeper) do(step string, mapped sys.Dir) error {
	switch step {
	case StepPrivate:
		for _, point := range k.connectedMounts() {
			if err := k.change(nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: point}, carry.Nothing()); err != nil {
				return err
			}
		}
		return nil
	case StepBind:
		return k.bind(mapped)
	case StepEnter:
		return k.tree.enter()
	case StepMkdir:
		return k.tree.mkdir()
	case StepPivot:
		return k.pivot()
	case StepPath:
		k.tree.path = newPath
		return nil
	case StepCut:
		return k.change(nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Recursive: true, Target: "/" + oldRoot}, carry.Nothing())
	case StepDetach:
		return k.guardedUmount(nsctl.Op{Kind: nsctl.OpUmount, Lazy: true, Target: "/" + oldRoot})
	case StepProc:
		return k.guarded(nsctl.Op{Kind: nsctl.OpMount, FSType: "proc", Source: "proc", Target: "/proc"}, carry.Nothing())
	}
	return nil
}

// change does an operation on mounts, with paths that begin at the keeper's root.
func (k *keeper) change(op nsctl.Op, held carry.Held) error {
	return k.done(carry.Job{Op: op, In: carry.Space{Own: true}}, held)
}

func (k *keeper) done(j carry.Job, held carry.Held) error {
	if f := j.DoInside(k.tree.proc, held).Failure; f != nil {
		return f
	}
	return nil
}

// bind is mount --bind of the root on itself; or puts a mount there that was made elsewhere.
func (k *keeper) bind(mapped sys.Dir) error {
	t := &k.tree
	if t.taken[StepPivot] {
		return sys.ErrNotFound() // the path led there from the old root
	}
	var mount sys.Dir
	var err error
	if mapped >= 0 {
		mount, err = mapped.OpenDir(".") // which stays open
	} else {
		mount, err = t.top().OpenTree("", sys.OpenTreeClone)
	}
	if err != nil {
		return err
	}
	op := nsctl.Op{Kind: nsctl.OpBind, Source: k.setup.Root, Target: k.setup.Root}
	if err := k.guarded(op, carry.Held{Source: -1, Target: t.top(), Tree: mount}); err != nil {
		mount.Close()
		return err
	}
	if t.bound >= 0 {
		t.bound.Close()
	}
	t.bound = mount
	return nil
}

// pivot is pivot_root . old_root, in the directory that was entered, or else the root.
func (k *keeper) pivot() error {
	dir := k.tree.entered
	if dir < 0 {
		root, err := sys.OpenDir("/")
		if err != nil {
			return err
		}
		defer root.Close()
		dir = root
	}
	old, err := dir.OpenDir(oldRoot)
	if err != nil {
		return err
	}
	defer old.Close()
	return k.change(nsctl.Op{Kind: nsctl.OpPivotRoot, Source: ".", Target: oldRoot}, carry.Held{Source: dir, Target: old, Tree: -1})
}

// enter is cd.
func (t *tree) enter() error {
	if t.taken[StepPivot] {
		return sys.ErrNotFound()
	}
	dir, err := t.top().OpenDir(".")
	if err != nil {
		return err
	}
	if t.entered >= 0 {
		t.entered.Close()
	}
	t.entered = dir
	return nil
}

// mkdir makes the place for the old root, where the sandbox has been entered: elsewhere it
// would be in the host's own root directory.
func (t *tree) mkdir() error {
	if t.entered < 0 {
		return &Failure{Text: "the root has not been entered, so this would make a directory in the root of the host; take the step \"enter\" first"}
	}
	err := t.entered.MakeDir(oldRoot)
	if sys.Exists(err) {
		return nil // it came with the root, or was left by an earlier sandbox
	}
	t.made = t.made || err == nil
	return err
}

// tidy removes the directory for the old root, if it was made here: it may be in a directory of
// the user's. The namespace is about to end, and what is mounted on it with that.
func (k *keeper) tidy() {
	t := &k.tree
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.made || t.entered.RemoveDir(oldRoot) == nil {
		return
	}
	if t.taken[StepPivot] && k.do(StepDetach, -1) == nil {
		_ = t.entered.RemoveDir(oldRoot) // something is in it now
	}
}

func asFailure(err error) *Failure {
	if f, ok := err.(*Failure); ok {
		return f
	}
	return failure("", err)
}
