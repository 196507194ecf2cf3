package keeper

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mntscope/nsctl/internal/sys"
)

// Exit statuses of a program that could not be run, as env(1) and the shells have them.
const (
	StatusCannotRun = 126
	StatusNotFound  = 127
)

// exec runs a program for a peer, and tells how it ended.
func (k *keeper) exec(peer *Conn, e *Exec, files []int) error {
	want := 3
	if e.Restore {
		want++
	}
	if len(files) != want {
		return &Failure{Text: "a program needs standard input, output and error"}
	}
	restore := func() {}
	if e.Restore {
		if saved, err := sys.TerminalSettingsOf(files[3]); err == nil { // else there are none to put back
			k.restoring.Add(1)
			defer k.restoring.Done()
			restore = func() { sys.RestoreTerminal(files[3], saved) } // unless the peer did, as he does if he can
		}
	}
	child, refused := k.program(e)
	if refused != nil {
		return peer.Send(refused)
	}
	child.Files = files[:3]
	pid, ended, err := k.children.start(child)
	if err != nil {
		return peer.Send(Message{Failure: failure(child.Argv[0], err), Status: statusOf(err)})
	}
	sys.CloseAll(files[:3]) // so that a terminal is hung up, and a pipe ends, with the program
	copy(files, []int{-1, -1, -1})
	gone := make(chan struct{})
	restored := false // to be read when he has gone
	go func() {
		defer close(gone)
		for {
			var m Message
			more, err := peer.Receive(&m)
			if err != nil {
				return
			}
			sys.CloseAll(more)
			restored = restored || m.Restored
			if m.Signal > 0 {
				k.children.signal(pid, m.Signal)
			}
		}
	}()
	err = peer.Send(Message{Started: true})
	select {
	case how := <-ended:
		err = errors.Join(err, peer.Send(Message{Ended: &how}))
		if <-gone; !restored {
			restore()
		}
	case <-gone:
		restore()
		k.hangUp(pid, ended)
	}
	return err
}

// grace is how long programs have after SIGHUP before they are killed.
const grace = time.Second

// hangUp ends a program whose peer has gone, and what it left in its session.
func (k *keeper) hangUp(pid int, ended <-chan sys.Ended) {
	k.children.signal(pid, sys.SignalHangUp)
	select {
	case <-ended:
	case <-time.After(grace):
	}
	killSession(pid)
}

// program makes a process of a request.
func (k *keeper) program(e *Exec) (sys.Child, *Message) {
	child := sys.Child{Argv: texts(e.Argv), Env: k.environment(texts(e.Env)), Session: true, Terminal: e.Terminal}
	if len(child.Argv) == 0 {
		child.Argv = []string{shell(child.Env)}
	}
	for _, text := range slices.Concat(child.Argv, child.Env, []string{string(e.Dir)}) {
		if strings.ContainsRune(text, 0) {
			return child, &Message{Failure: &Failure{Text: "a NUL in the command line or the environment"}, Status: StatusCannotRun}
		}
	}
	child.Dir = k.directory(string(e.Dir))
	found, err := lookUp(child.Argv[0], valueOf(child.Env, "PATH"))
	if err != nil {
		return child, &Message{Failure: failure(child.Argv[0], err), Status: statusOf(err)}
	}
	child.Path = found
	return child, nil
}

// directory is where a program runs: where it was asked to, as far as that is there, and the
// root that is being made was not entered.
func (k *keeper) directory(asked string) string {
	k.tree.mu.Lock()
	defer k.tree.mu.Unlock()
	if k.tree.entered >= 0 {
		return fmt.Sprintf("self/fd/%d", k.tree.entered) // of the child, before it is another program
	}
	if strings.HasPrefix(asked, "/") && sys.IsDirectory(asked) {
		return asked
	}
	return "/"
}

// environment adds what tells a program, and so a shell's prompt, where it is.
func (k *keeper) environment(env []string) []string {
	k.tree.mu.Lock()
	defer k.tree.mu.Unlock()
	if k.tree.path != "" {
		env = with(env, "PATH", k.tree.path)
	}
	return with(env, "MNTSCOPE_SANDBOX", k.setup.Sandbox)
}

// shell is the user's own, if it is there.
func shell(env []string) string {
	if own := valueOf(env, "SHELL"); strings.HasPrefix(own, "/") && sys.MayRun(own) == nil {
		return own
	}
	return "/bin/sh"
}

// lookUp finds a program as the shell does, in the keeper's own root.
func lookUp(name, searched string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil // execve(2) will tell
	}
	err := sys.ErrNotFound()
	for _, dir := range strings.Split(searched, ":") {
		if !strings.HasPrefix(dir, "/") {
			continue // the working directory of the keeper is nobody's
		}
		found := path.Join(dir, name)
		reason := sys.MayRun(found)
		if reason == nil {
			return found, nil
		}
		if sys.IsThere(found) {
			err = reason
		}
	}
	return "", err
}

func statusOf(err error) int {
	if sys.NotFound(err) {
		return StatusNotFound
	}
	return StatusCannotRun
}

func texts(all [][]byte) []string {
	strs := make([]string, len(all))
	for i, b := range all {
		strs[i] = string(b)
	}
	return strs
}

func valueOf(env []string, name string) string {
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// with gives an environment in which a variable has a value.
func with(env []string, name, value string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(variable string) bool { return strings.HasPrefix(variable, name+"=") })
	return append(env, name+"="+value)
}
