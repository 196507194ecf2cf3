package nstest

import (
	"encoding/gob"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"mntscope/nsctl/internal/sys"
)

// agentEnv names the environment variable that makes a test binary an agent; its
// value is the address where the test listens.
const agentEnv = "MNTSCOPE_NSTEST_AGENT"

// request is what a test asks of an agent: exactly one of the fields after Thread.
// It travels as gob, which keeps strings that are not UTF-8 intact.
type request struct {
	Thread    int // which of the agent's threads does it: 0, or from a NewThread
	Ops       []Op
	Start     *start
	Open      string   // path of a file to hold open
	Run       []string // command line
	NewThread bool     // in a copy of the thread's mount namespace
	Probe     []string // paths of mounts: which are locked
	EndThread bool
	EndLeader bool // end the thread whose id is the process's
}

type reply struct {
	Numbers []int  // process ids, thread id, descriptor, or for each path 1 if it is locked, else 0
	Output  []byte // of Run
	// Ended is when the last of Ops had been taken, by CLOCK_MONOTONIC.
	Ended   time.Duration
	Failure *failure
}

// failure is an error on its way to the test.
type failure struct {
	Op    string
	Text  string
	Errno syscall.Errno
}

type agent struct {
	leader  *worker         // on the thread whose id is the process's
	threads map[int]*worker // by thread id; 0 is the first, which shares all with the process
	stay    *os.File        // standard input of processes that only live
	held    []*os.File
	home    home
}

// runAgent lives until the test closes the connection.
func runAgent(address string) error {
	leader := newLeader() // before the others, so that none of them gets its thread
	at, err := openHome()
	if err != nil {
		return fmt.Errorf("nstest agent: %w", err)
	}
	conn, err := net.Dial("unix", address) // the test goes on, so all must be in its place
	if err != nil {
		return fmt.Errorf("nstest agent: %w", err)
	}
	// A name for those who look at the machine; the kernel would call it "exe".
	_ = os.WriteFile("/proc/self/comm", []byte("nstest-agent"), 0)
	stay, keep, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("nstest agent: %w", err)
	}
	a := &agent{
		leader:  leader,
		threads: map[int]*worker{0: newWorker()},
		stay:    stay,
		held:    []*os.File{keep},
		home:    at,
	}
	in, out := gob.NewDecoder(conn), gob.NewEncoder(conn)
	requests := make(chan request)
	go func() {
		for {
			var r request
			if in.Decode(&r) != nil {
				os.Exit(0) // the test is done with this agent, or is no more
			}
			requests <- r
		}
	}()
	for r := range requests {
		if err := out.Encode(a.serve(r)); err != nil {
			return fmt.Errorf("nstest agent: %w", err)
		}
	}
	return nil
}

func (a *agent) serve(r request) (answer reply) {
	w := a.threads[r.Thread]
	if w == nil {
		return reply{Failure: &failure{Text: fmt.Sprintf("there is no thread %d", r.Thread)}}
	}
	switch {
	case r.NewThread:
		next := newWorker()
		next.do(func() { answer.fail(a.home.enter(w.tid, sys.UnshareMounts)) })
		answer.Numbers = []int{next.tid}
		a.threads[next.tid] = next
	case r.EndThread:
		delete(a.threads, r.Thread)
		answer.fail(w.endThread())
	case r.EndLeader:
		answer.fail(a.leader.endThread())
	default:
		w.do(func() { answer = a.work(r) })
	}
	return answer
}

// work is done on the thread that was asked for.
func (a *agent) work(r request) (answer reply) {
	switch {
	case r.Start != nil && r.Start.Agent != "" && (r.Thread != 0 || a.home.far):
		pid, err := a.home.start(*r.Start)
		answer.Numbers = []int{pid}
		answer.fail(err)
	case r.Start != nil:
		pids, err := r.Start.run(true, a.stay)
		answer.Numbers = pids
		answer.fail(err)
	case r.Open != "":
		f, err := os.Open(r.Open)
		answer.fail(err)
		if err == nil {
			a.held = append(a.held, f)
			answer.Numbers = []int{int(f.Fd())}
		}
	case len(r.Probe) > 0:
		for _, path := range r.Probe {
			locked, err := sys.MountLocked(path)
			if err != nil {
				answer.fail(fmt.Errorf("is %s locked: %w", path, err))
				break
			}
			state := 0
			if locked {
				state = 1
			}
			answer.Numbers = append(answer.Numbers, state)
		}
	case len(r.Run) > 0:
		cmd := exec.Command(r.Run[0], r.Run[1:]...) //nolint:gosec // the test says what
		// The worker keeps its thread as long as the agent lives, so this means the agent.
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		output, err := cmd.CombinedOutput()
		answer.Output = output
		answer.fail(err)
	default:
		for _, op := range r.Ops {
			if err := op.do(); err != nil {
				answer.fail(err)
				answer.Failure.Op = op.String()
				break
			}
		}
		answer.Ended = sys.Monotonic()
	}
	return answer
}

func (r *reply) fail(err error) {
	if err == nil {
		return
	}
	r.Failure = &failure{Text: err.Error()}
	errors.As(err, &r.Failure.Errno)
}
