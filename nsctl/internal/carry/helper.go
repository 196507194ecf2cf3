package carry

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"mntscope/nsctl/internal/sys"
)

// helperEnv makes a program a [Helper] that was started again in a user namespace.
const helperEnv = "MNTSCOPE_HELPER"

// AsHelper gives, if this process was started to be a helper, all that its main function is
// to do: to serve until its starter closes the connection, or ends. It gives the exit status.
func AsHelper() (run func() (status int), ok bool) {
	return func() int {
		// The kernel called it by the number of a descriptor.
		_ = os.WriteFile("/proc/self/comm", []byte("mntscope-helper"), 0)
		if err := serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "mntscope-helper:", err)
			return 1
		}
		return 0
	}, os.Getenv(helperEnv) != ""
}

// serve takes jobs, one after the other, and does them. It returns when there are no more.
func serve(in io.Reader, out io.Writer) error {
	jobs, reports := gob.NewDecoder(in), gob.NewEncoder(out)
	for {
		var j Job
		if err := jobs.Decode(&j); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := reports.Encode(j.Do()); err != nil {
			return err
		}
	}
}

// Helper is a process in another user namespace, in which it is root, that does jobs there:
// this same program, started again, because a Go program cannot enter one. It ends with
// Close, or when this process ends.
type Helper struct {
	mu      sync.Mutex
	process *os.Process
	in, out *os.File
	jobs    *gob.Encoder
	reports *gob.Decoder
}

// StartHelper starts a helper in a user namespace that the caller administers.
func StartHelper(userNS sys.NamespaceFile) (*Helper, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	defer theirOut.Close()
	process, err := sys.NamespaceProgram{
		UserNS: userNS, Path: "/proc/self/exe", Args: []string{"mntscope-helper"}, Env: helperEnviron(),
		Stdin: int(theirIn.Fd()), Stdout: int(theirOut.Fd()),
	}.Start()
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	return &Helper{process: process, in: in, out: out, jobs: gob.NewEncoder(in), reports: gob.NewDecoder(out)}, nil
}

// helperEnviron leaves out all that was meant for this process, but for what the runtime
// and its race detector are told.
func helperEnviron() []string {
	env := []string{helperEnv + "=1"}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "GO") {
			env = append(env, variable)
		}
	}
	return env
}

// Do gives the helper a job and waits for it.
func (h *Helper) Do(j Job) (Report, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var r Report
	err := h.jobs.Encode(j)
	if err == nil {
		err = h.reports.Decode(&r)
	}
	if err != nil {
		return r, fmt.Errorf("the helper process %d does not answer: %w", h.process.Pid, err)
	}
	return r, nil
}

// Kill ends a helper that does not answer, also while it does a job.
func (h *Helper) Kill() {
	_ = h.process.Kill() // fails only if it has ended
}

// Close ends the helper and waits for it.
func (h *Helper) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := errors.Join(h.in.Close(), h.out.Close())
	_, waitErr := h.process.Wait()
	return errors.Join(err, waitErr)
}
