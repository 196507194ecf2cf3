package trace_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

// leftEnv makes TestLeftBehind a process that is killed while it traces.
const leftEnv = "MNTSCOPE_TRACE_LEFT"

// instances lists those of all watchers.
func instances(t *testing.T) map[string]bool {
	t.Helper()
	tracefs, err := sys.OpenTracefs()
	if err != nil {
		t.Fatal(err)
	}
	defer tracefs.Close()
	dir, err := tracefs.OpenDir("instances")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	names := map[string]bool{}
	if err := dir.Names(func(name []byte) { names[string(name)] = true }); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestInstances(t *testing.T) {
	first, second := open(t, trace.Options{}), open(t, trace.Options{})
	if first.Instance() != fmt.Sprint("mntscope-", os.Getpid()) || first.Instance() == second.Instance() {
		t.Errorf("they are %s and %s", first.Instance(), second.Instance())
	}
	third, err := trace.Open(trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if now := instances(t); !now[first.Instance()] || !now[second.Instance()] || !now[third.Instance()] {
		t.Errorf("there are %v", now)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	if now := instances(t); now[third.Instance()] || !now[first.Instance()] {
		t.Errorf("after one was closed there are %v", now)
	}
}

// Watchers that begin at once do not remove what the others have just made.
func TestOpenTogether(t *testing.T) {
	open(t, trace.Options{}) // skips where it cannot run
	failed := make(chan error)
	const together = 4
	for range together {
		go func() {
			var err error
			for range 8 {
				var tracer *trace.Tracer
				if tracer, err = trace.Open(trace.Options{BufferKB: 64}); err != nil {
					break
				}
				if err = tracer.Close(); err != nil {
					break
				}
			}
			failed <- err
		}()
	}
	for range together {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// What a process that was killed left behind is removed by the next.
func TestLeftBehind(t *testing.T) {
	if os.Getenv(leftEnv) != "" {
		tracer, err := trace.Open(trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(tracer.Instance()) //nolint:forbidigo // for the process that started this one
		select {}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can trace")
	}
	child := exec.Command("/proc/self/exe", "-test.run=^TestLeftBehind$")
	child.Env = append(os.Environ(), leftEnv+"=1")
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	name, readErr := bufio.NewReader(out).ReadString('\n')
	name = strings.TrimSuffix(name, "\n")
	if !instances(t)[name] {
		t.Errorf("%q (%v) is not there while it is used", name, readErr)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	open(t, trace.Options{})
	if instances(t)[name] {
		t.Errorf("%s is still there", name)
	}
}

func TestRefused(t *testing.T) {
	host := nstest.Host(t)
	if sys.AdministersHost() {
		n := host.Clone(t, nstest.User())
		out, err := n.Run(n.Proc("exe"), "-test.run=^TestRefused$", "-test.v")
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	tracer, err := trace.Open(trace.Options{})
	if err == nil {
		_ = tracer.Close()
		t.Fatal("everybody can trace")
	}
	// Who administers no user namespace is stopped one call earlier.
	before, after := "system calls cannot be traced with tracefs: fs", ": operation not permitted: "+
		"it takes CAP_SYS_ADMIN in the first user namespace; run it as root"
	if text := err.Error(); !strings.HasPrefix(text, before) || !strings.HasSuffix(text, after) || !errors.Is(err, syscall.EPERM) {
		t.Errorf("got %v", err)
	}
}
