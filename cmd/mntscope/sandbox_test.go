package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// box runs the program with sandboxes of the test's own, which end with it.
type box struct{ state string }

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{state: t.TempDir()}
	t.Cleanup(func() {
		names, err := os.ReadDir(filepath.Join(b.state, "mntscope", "sandboxes"))
		if err != nil {
			t.Error(err)
		}
		for _, name := range names {
			cmd := b.program(t, "sandbox", "rm", name.Name())
			cmd = &exec.Cmd{Path: cmd.Path, Args: cmd.Args, Env: cmd.Env} // the test's context has ended
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", name.Name(), err, out)
			}
		}
	})
	return b
}

func (b *box) program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t, args...)
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+b.state)
	return cmd
}

func (b *box) run(t *testing.T, args ...string) result {
	t.Helper()
	return finished(t, b.program(t, args...))
}

// must runs the program, which has to end well, and gives what it prints.
func (b *box) must(t *testing.T, args ...string) string {
	t.Helper()
	r := b.run(t, args...)
	if r.status != exitDone || r.err != "" {
		t.Fatalf("%v: exit status %d, %s%s", args, r.status, r.out, r.err)
	}
	return r.out
}

func TestSandboxesOfTheCommandLine(t *testing.T) {
	b := newBox(t)
	if got := b.must(t, "sandbox", "new", "demo", "--keep"); got != "demo\n" {
		t.Errorf("new prints %q", got)
	}
	if got := b.must(t, "sandbox", "new", "--keep", "-n", "3", "--in", "demo", "--propagation", "slave"); got != "s1\ns2\ns3\n" {
		t.Errorf("three at once print %q", got)
	}
	var listed struct {
		Sandboxes []struct {
			Name, State, In, Propagation string
			NS                           int64
			Kept                         bool
		}
	}
	if err := json.Unmarshal([]byte(b.must(t, "sandbox", "ls", "--json")), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed.Sandboxes) != 4 || listed.Sandboxes[0].Name != "demo" || listed.Sandboxes[3].In != "demo" ||
		listed.Sandboxes[3].State != "running" || listed.Sandboxes[3].Propagation != "slave" || !listed.Sandboxes[3].Kept {
		t.Errorf("listed are %+v", listed)
	}
	// Its name is good wherever a namespace is named.
	b.must(t, "sandbox", "exec", "demo", "--", "mount", "-t", "tmpfs", "found", "/mnt")
	if got := b.run(t, "mounts", "demo").out; !strings.Contains(got, "found") {
		t.Errorf("its mounts are\n%s", got)
	}
	if got := b.run(t, "ns").out; !regexp.MustCompile(`sandbox +demo `).MatchString(got) {
		t.Errorf("the namespaces are\n%s", got)
	}
	if got := b.run(t, "predict", "--ns", "demo", "--", "umount", "/mnt"); got.status != exitDone {
		t.Errorf("a prediction in it: %+v", got)
	}
	b.must(t, "sandbox", "rm", "demo", "s1", "s2", "s3")
	if got := b.must(t, "sandbox", "ls", "--json"); got != `{"sandboxes":[]}`+"\n" {
		t.Errorf("left are %s", got)
	}
	if left, err := os.ReadDir(filepath.Join(b.state, "mntscope", "sandboxes")); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestSandboxThatIsNotKept(t *testing.T) {
	b := newBox(t)
	for _, tc := range []struct {
		command string
		status  int
		out     string
	}{
		{"true", 0, ""},
		{"exit 9", 9, ""},
		{"echo $MNTSCOPE_SANDBOX; kill -TERM $$", 143, "only\n"},
	} {
		r := b.run(t, "sandbox", "new", "only", "--", "sh", "-c", tc.command)
		if r.status != tc.status || r.out != tc.out || r.err != "" {
			t.Errorf("%s: %+v", tc.command, r)
		}
		if got := b.must(t, "sandbox", "ls", "--json"); got != `{"sandboxes":[]}`+"\n" {
			t.Errorf("%s: left are %s", tc.command, got)
		}
	}
	// Without a command it is a shell, which reads what it is to do.
	cmd := b.program(t, "sandbox", "new")
	cmd.Stdin = strings.NewReader("readlink /proc/self/ns/mnt\nexit 4\n")
	r := finished(t, cmd)
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil || r.status != 4 || !strings.HasPrefix(r.out, "mnt:[") || strings.TrimSpace(r.out) == own {
		t.Errorf("the shell: %+v, %v", r, err)
	}
	b.run(t, "sandbox", "exec", "gone", "--", "true").wantFailure(t, exitFailed, "there is no sandbox called gone")
}

func TestSandboxFailures(t *testing.T) {
	b := newBox(t)
	b.must(t, "sandbox", "new", "demo", "--keep")
	for _, tc := range []struct {
		args   string
		status int
		want   string
	}{
		{"bogus", exitUsage, `unknown command "bogus"`},
		{"new a b", exitUsage, `unexpected argument "b"`},
		{"new 4711", exitUsage, "names another namespace"},
		{"new demo --keep", exitFailed, "there is a sandbox called demo already"},
		{"new --propagation sideways", exitUsage, "unknown propagation"},
		{"new --map everybody", exitUsage, "unknown map"},
		{"new --keep -- true", exitUsage, "sandbox exec"},
		{"new -n 2", exitUsage, "--keep"},
		{"new -n 0 --keep", exitUsage, "no number of sandboxes"},
		{"new --user-ns --no-user-ns", exitUsage, "exclude each other"},
		{"new --steps 2", exitUsage, "--root"},
		{"new --keep --root /no/such/dir", exitFailed, "no such file or directory"},
		{"new --keep --in nobody", exitFailed, "there is no sandbox called nobody"},
		{"sh", exitUsage, "no sandbox was named"},
		{"exec demo true", exitUsage, `behind "--"`},
		{"exec demo -- no-such-program", 127, "no-such-program: no such file or directory"},
		{"exec demo -- /tmp", 126, "permission denied"},
		{"step demo", exitFailed, "no root of its own"},
		{"rm", exitUsage, "--stale"},
		{"rm demo --stale", exitUsage, "--stale"},
		{"rm nobody", exitFailed, "there is no sandbox called nobody"},
		{"rm ../demo", exitFailed, "there is no sandbox"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			b.run(t, append([]string{"sandbox"}, strings.Split(tc.args, " ")...)...).wantFailure(t, tc.status, tc.want)
		})
	}
	if got := b.must(t, "sandbox", "rm", "--stale"); got != "" {
		t.Errorf("removed as stale: %q", got)
	}
	var out bytes.Buffer
	cmd := b.program(t, "sandbox", "ls")
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME=", "HOME=")
	cmd.Stdout = &out
	if r := finished(t, cmd); r.status != exitFailed || !strings.Contains(r.err, "set one") {
		t.Errorf("without a home: %+v", r)
	}
}

func TestSandboxStep(t *testing.T) {
	b := newBox(t)
	root := t.TempDir()
	b.must(t, "sandbox", "new", "demo", "--keep", "--root", root, "--steps", "0")
	if got := b.must(t, "sandbox", "step", "demo", "--list"); !strings.Contains(got, "bind    no     mount --bind "+root+" "+root) {
		t.Errorf("the steps are\n%s", got)
	}
	got := b.must(t, "sandbox", "step", "demo")
	for _, want := range []string{"bind: bind the root on itself\n", "\n# mount --bind " + root, "\n✓ done\n", "\nBEFORE ", "\nAFTER "} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	if !strings.Contains(b.must(t, "sandbox", "step", "demo", "enter"), "The mounts are as they were.") {
		t.Error("enter changes something")
	}
	r := b.run(t, "sandbox", "step", "demo", "pivot")
	if r.status != exitFailed || r.err != "" || !strings.Contains(r.out, `✗ ENOENT: there is no directory for the old root`) {
		t.Errorf("pivot_root: %+v", r)
	}
	var taken struct {
		Step, Command string
		OK            bool
		Before, After []struct {
			Mountpoint string
		}
	}
	if err := json.Unmarshal([]byte(b.must(t, "sandbox", "step", "demo", "mkdir", "--json")), &taken); err != nil {
		t.Fatal(err)
	}
	if taken.Step != "mkdir" || !taken.OK || taken.Command != "mkdir old_root" || len(taken.Before) == 0 || len(taken.After) != len(taken.Before) {
		t.Errorf("as JSON: %+v", taken)
	}
}

// A sandbox can be made in one that has only the built-in root, in which there is no /dev/null.
func TestSandboxInsideABuiltinRoot(t *testing.T) {
	b := newBox(t)
	b.must(t, "sandbox", "new", "outer", "--keep", "--pid", "--root", "builtin")
	if got := b.must(t, "sandbox", "new", "--in", "outer", "--", "pwd"); got != "/\n" {
		t.Errorf("it is in %q", got)
	}
}

// What is empty is no wish for the default: it is a variable that was not set.
func TestSandboxOfEmptyWords(t *testing.T) {
	b := &box{state: t.TempDir()} // in which nothing is made
	if r := b.run(t, "sandbox", "new", "", "--keep"); r.status != exitUsage || !strings.Contains(r.err, "a sandbox cannot be called \"\"") {
		t.Errorf("exit status %d, %s%s", r.status, r.out, r.err)
	}
	for _, flag := range []string{"--root", "--in", "--user"} {
		if r := b.run(t, "sandbox", "new", "--keep", flag, ""); r.status != exitUsage || !strings.Contains(r.err, flag+" is empty") {
			t.Errorf("%s: exit status %d, %s%s", flag, r.status, r.out, r.err)
		}
	}
}
