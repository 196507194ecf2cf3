package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/sandbox/keeper"
)

// Step is one step from the copy of the host's tree to a root file system of its own.
type Step = keeper.Step

// Taken is what a step did.
type Taken struct {
	Step
	OK bool `json:"ok"`
	// Errno is the name of the error number where the kernel refused. It is empty if the step was
	// not tried, because it would have changed something outside of the sandbox.
	Errno  string `json:"errno,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Before and After are the mounts of the sandbox, as its processes see them.
	Before []nsctl.Mount `json:"before"`
	After  []nsctl.Mount `json:"after"`
}

// Steps lists the steps to a sandbox's root, in their order.
func (s *Store) Steps(name string) ([]Step, error) {
	m, err := s.askForStep(name, keeper.TakeStep{List: true})
	return m.Steps, err
}

// Step takes a step of a sandbox: the one that is named, also out of order, or the next. An
// error says that it could not be asked for; what failed is Taken.
func (s *Store) Step(name, step string) (*Taken, error) {
	i, err := s.Find(name)
	if err != nil {
		return nil, err
	}
	if i.State == Stale {
		return nil, keeperEnded(name)
	}
	var files []int
	if i.IDMapped && (step == keeper.StepBind || step == "") {
		mount, err := i.mappedRoot()
		if err != nil {
			return nil, err
		}
		defer mount.Close()
		files = []int{int(mount)}
	}
	t := &Taken{}
	if t.Before, err = i.mounts(); err != nil {
		return nil, err
	}
	m, err := s.askForStep(name, keeper.TakeStep{Step: step}, files...)
	if err != nil {
		return nil, err
	}
	if len(m.Steps) == 0 {
		if m.Failure != nil {
			return nil, fmt.Errorf("in sandbox %s: %w", name, m.Failure)
		}
		return nil, errors.New("an answer that was not expected")
	}
	t.Step, t.OK = m.Steps[0], m.Failure == nil
	if m.Failure != nil {
		t.Errno = m.Failure.Errno
		t.Reason = i.whyNot(t, m.Failure)
	}
	t.After, err = i.mounts()
	return t, err
}

func (s *Store) askForStep(name string, step keeper.TakeStep, files ...int) (m keeper.Message, err error) {
	conn, err := s.dial(name)
	if err != nil {
		return m, err
	}
	defer conn.Close()
	if err = conn.Send(keeper.Request{Step: &step}, files...); err == nil {
		_, err = conn.Receive(&m)
	}
	if err != nil {
		return m, fmt.Errorf("cannot ask the keeper of sandbox %s: %w", nsctl.Printable(name), err)
	}
	if m.Failure != nil && step.List {
		return m, fmt.Errorf("in sandbox %s: %w", name, m.Failure)
	}
	return m, nil
}

// firstSteps takes the steps that a new sandbox is wanted with.
func (b *Sandbox) firstSteps(ctx context.Context, count int) error {
	steps, err := b.store.Steps(b.Name)
	if err != nil {
		return err
	}
	if count == AllSteps || count > len(steps) {
		count = len(steps)
	}
	for _, step := range steps[:count] {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		t, err := b.store.Step(b.Name, step.Name)
		if err != nil {
			return err
		}
		if !t.OK {
			return t.Err()
		}
	}
	return nil
}

// Err is the error of a step that failed; nil if it did not.
func (t *Taken) Err() error {
	switch {
	case t.OK:
		return nil
	case t.Errno == "":
		return fmt.Errorf("%s: %s", t.Command, t.Reason)
	}
	return fmt.Errorf("%s: %s: %s", t.Command, t.Errno, t.Reason)
}

// mounts reads the mounts that the processes of the sandbox see.
func (i *Info) mounts() ([]nsctl.Mount, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/mountinfo", i.PID))
	if err != nil {
		return nil, fmt.Errorf("the mounts of sandbox %s: %w", i.Name, reason(err))
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return discover.ParseMountinfo(text)
}

// whyNot says why the kernel refused a step.
func (i *Info) whyNot(t *Taken, f *keeper.Failure) string {
	if f.Errno == "" {
		return f.Text
	}
	if why := predicted(i, t, f.Errno); why != "" {
		return why
	}
	if why := commonly(t.Name, f.Errno); why != "" {
		return why
	}
	return f.Text
}

// predicted gives the reason of the model of the kernel, if it expects the same error.
func predicted(i *Info, t *Taken, errno string) string {
	var op nsctl.Op
	switch t.Name {
	case keeper.StepBind:
		op = nsctl.Op{Kind: nsctl.OpBind, Source: i.Root, Target: i.Root}
	case keeper.StepPivot:
		op = nsctl.Op{Kind: nsctl.OpPivotRoot, Source: i.Root, Target: i.Root + "/old_root"}
	case keeper.StepDetach:
		op = nsctl.Op{Kind: nsctl.OpUmount, Target: "/old_root", Lazy: true}
	default:
		return ""
	}
	snapshot := &nsctl.Snapshot{Observer: nsctl.Observer{NS: i.NS}, Namespaces: []nsctl.Namespace{{
		NamespaceInfo: nsctl.NamespaceInfo{NS: i.NS, NSID: i.NSID, OwnerUserNS: i.OwnerUserNS}, Mounts: t.Before,
	}}}
	p, err := predict.New(graph.New(snapshot)).Predict(op, predict.Caller{})
	if err != nil || p.OK || p.Errno != errno {
		return ""
	}
	return p.Reason
}

// commonly gives the usual reason of an error.
func commonly(step, errno string) string {
	switch step + " " + errno {
	case keeper.StepProc + " EPERM":
		return "a user namespace may mount proc only for a pid namespace of its own (make the sandbox with --pid), and only while another proc is mounted of which nothing is covered"
	case keeper.StepProc + " ENOENT":
		return "the root has no directory /proc; make one: mkdir /proc"
	case keeper.StepDetach + " EINVAL":
		return "/old_root is not a mount point, or is locked: it came from another user namespace"
	case keeper.StepCut + " EINVAL":
		return "/old_root is not a mount point: the roots were not exchanged yet, or the old one has gone already"
	case keeper.StepDetach + " ENOENT", keeper.StepCut + " ENOENT":
		return "there is no /old_root: the roots were not exchanged yet"
	case keeper.StepMkdir + " EACCES":
		return "the root is not a directory that you may write to; take one of your own, or let its owner make old_root in it: one that is there already is used"
	case keeper.StepMkdir + " EROFS":
		return "the root is on a read-only filesystem; take one that can be written to, or a tarball, or one in which there is a directory old_root already"
	case keeper.StepPivot + " ENOENT":
		return "there is no directory for the old root where this was done: take the steps \"enter\" and \"mkdir\" first"
	case keeper.StepPivot + " EINVAL":
		return "the working directory is not the root of a mount of the sandbox's own: take the step \"bind\" first, and then \"enter\""
	case keeper.StepPivot + " EBUSY":
		return "the working directory is on the mount of the root itself: take the step \"bind\" first, and then \"enter\""
	}
	return ""
}
