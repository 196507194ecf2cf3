package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// RunElsewhere runs the user's shell on a terminal in a live mount namespace of a snapshot, whoever
// made it, as nsenter(1) with --mount does. In the caller's own namespace that takes no
// privileges; see [discover.Inside] for others. It gives the exit status, like
// [Store.Run].
func RunElsewhere(ctx context.Context, g *graph.Graph, ns int, p Program) (status int, err error) {
	t, err := openTerminal(p.In, p.Out)
	if err != nil {
		return StatusFailed, err
	}
	defer t.close()
	pid := 0
	start := func() (err error) {
		slave := int(t.slave.Fd())
		shell, err := shellOf(p.Env)
		if err != nil {
			return err
		}
		child := sys.Child{Path: shell, Argv: []string{shell}, Env: p.Env, Dir: p.Dir, Files: []int{slave, slave, slave}, Session: true, Terminal: true}
		pid, err = child.Start()
		return err
	}
	if own := g.Snapshot().Observer.NS; own != 0 && own == g.Namespace(ns).NS {
		err = start()
	} else {
		p.Dir = "" // that is its root
		err = discover.Inside(g, ns, start)
	}
	if err != nil {
		return StatusFailed, err
	}
	child, err := os.FindProcess(pid) // which is ours, and not reaped yet
	if err != nil {
		return StatusFailed, err
	}
	stop := context.AfterFunc(ctx, func() { _ = child.Kill() }) // it may have ended; its terminal ends with it
	defer stop()
	if err := t.begin(); err != nil {
		return StatusFailed, errors.Join(err, child.Kill())
	}
	ended, err := child.Wait()
	if err != nil {
		return StatusFailed, err
	}
	t.finish()
	if status = ended.ExitCode(); status < 0 {
		return StatusFailed, fmt.Errorf("the shell was ended by a %s", ended)
	}
	return status, context.Cause(ctx)
}

// shellOf is the user's own shell, if it is there; else what is there in any case.
func shellOf(env []string) (string, error) {
	for _, variable := range env {
		if own, ok := strings.CutPrefix(variable, "SHELL="); ok && strings.HasPrefix(own, "/") && sys.MayRun(own) == nil {
			return own, nil
		}
	}
	const always = "/bin/sh"
	if err := sys.MayRun(always); err != nil {
		return "", fmt.Errorf("there is no shell: %w; the namespace has not the files of this host", err)
	}
	return always, nil
}
