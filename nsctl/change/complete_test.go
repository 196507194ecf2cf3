package change_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
)

// completes gives what a path in the first namespace of a scene can become, as text: mount
// points with a star, then what is common.
func (s *scene) completes(t *testing.T, begun string) string {
	t.Helper()
	c := s.Complete(t.Context(), graph.New(s.now(t)), 0, begun)
	var words []string
	for _, p := range c.Paths {
		if p.MountPoint {
			p.Path += "*"
		}
		words = append(words, p.Path)
	}
	switch {
	case strings.HasPrefix(c.Gap, "only mount points are known"):
		words = append(words, "gap")
	case c.Gap != "":
		words = append(words, "("+c.Gap+")")
	}
	return strings.Join(words, " ") + " = " + c.Common
}

func TestComplete(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a/b"), nstest.Mkdir("/.hidden"), nstest.Mkdir("/a/b/c"), nstest.Touch("/apple"),
		nstest.Symlink("/a", "/a/link"), nstest.Symlink("../../../../../../b", "/a/out"))
	for name, s := range map[string]*scene{
		"as always": newScene(t, change.Options{}, n), "read-only": newScene(t, change.Options{ReadOnly: true}, n),
	} {
		for _, tc := range []struct{ begun, want string }{
			{"/", "/a/ /apple /b/ /f /old/ = /"},
			{"/a", "/a/ /apple = /a"},
			{"/ap", "/apple = /apple"},
			{"/.", "/.hidden/ = /.hidden/"},
			{"/a/b", "/a/b/* = /a/b/"},
			{"/a/b/", "/a/b/c/ = /a/b/c/"},
			{"/a/", "/a/a/ /a/b/* /a/link /a/out = /a/"}, // links in it are not followed
			{"/a/link/b", "/a/link/b/ = /a/link/b/"},     // one on the way is
			{"/a/out/", "/a/out/a/ /a/out/b/ = /a/out/"}, // and leads to nothing that is not inside
			{"a/b/", "a/b/c/ = a/b/c/"},
			{"/zz", " = /zz"},
			{"/f/", "gap = /f/"},
			{"/nothing/", "(there is no /nothing/) = /nothing/"},
		} {
			if got := s.completes(t, tc.begun); got != tc.want {
				t.Errorf("%s: %q becomes %s, want %s", name, tc.begun, got, tc.want)
			}
		}
	}
}

// Where the namespace cannot be entered, mount points are all there is.
func TestCompleteFromOutside(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a/b"))
	s := newScene(t, change.Options{}, n)
	s.spaces[0].info.NS, s.spaces[0].info.NSID = 1, 1 // which is none
	if got := s.completes(t, "/"); got != "/a/ gap = /a/" {
		t.Errorf("got %s", got)
	}
}

// Under a file server that does not answer, nobody waits for long, and the reason is said.
func TestCompleteOnADeadServer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("/dev/fuse is root's")
	}
	host := nstest.Host(t)
	fd := host.Open(t, "/dev/fuse")
	host.Must(t, nstest.Mkdir("/mnt/dead"), nstest.Mount("dead", "/mnt/dead", "fuse", 0, "fd="+strconv.Itoa(fd)+",rootmode=40000,user_id=0,group_id=0"))
	s := newScene(t, change.Options{}, host)
	g := graph.New(s.now(t))
	for _, begun := range []string{"/mnt/dead/", "/mnt/dead/x/y"} {
		start := time.Now()
		c := s.Complete(t.Context(), g, 0, begun)
		if len(c.Paths) > 0 || c.Common != begun || !strings.Contains(c.Gap, "only mount points are known") || !strings.Contains(c.Gap, "does not answer") {
			t.Errorf("%s becomes %+v", begun, c)
		}
		if took := time.Since(start); took > 2*change.Patience {
			t.Errorf("%s took %v", begun, took)
		}
	}
	// Beside it, all is as always.
	if got := s.completes(t, "/mnt/de"); got != "/mnt/dead/* = /mnt/dead/" {
		t.Errorf("beside it, got %s", got)
	}
	// Who does not want to know any more does not wait.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c := s.Complete(ctx, g, 0, "/mnt/dead/"); c.Gap == "" {
		t.Errorf("after the end: %+v", c)
	}
}

// The links of /proc that are no paths lead out of the namespace: they are not followed.
func TestCompleteLeadsNotOut(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Mkdir("/mnt/d"), nstest.Symlink(fmt.Sprintf("/proc/%d/root", os.Getpid()), "/mnt/d/out"), nstest.Symlink("/proc/self/cwd", "/mnt/d/cwd"))
	s := newScene(t, change.Options{}, host)
	for _, begun := range []string{"/mnt/d/out/", "/mnt/d/cwd/", fmt.Sprintf("/proc/%d/root/", os.Getpid())} {
		if got := s.completes(t, begun); got != "gap = "+begun {
			t.Errorf("%s becomes %s", begun, got)
		}
	}
}

// Names that would do harm to a terminal, and more of them than anybody reads.
func TestCompleteInAHostileDirectory(t *testing.T) {
	n := bare(t, nstest.Host(t))
	names := []string{"x\x1b[2J\n", "x'\\ \"", "x\xff\xfe", "x\u202egnp", "-x", "x\u00e9", "x\u00e8"}
	for _, name := range names {
		n.Must(t, nstest.Mkdir("/a/b/"+name))
	}
	s := newScene(t, change.Options{Journal: t.TempDir()}, n)
	g := graph.New(s.now(t))
	c := s.Complete(t.Context(), g, 0, "/a/b/")
	if len(c.Paths) != len(names) || c.Common != "/a/b/" {
		t.Fatalf("%+v", c)
	}
	for _, p := range c.Paths { // each can be typed
		line := nsctl.SafeShellLine([]string{"umount", p.Path})
		if op, err := nsctl.ParseOpLine(line); err != nil || op.Target != p.Path || strings.ContainsAny(line, "\x1b\n") {
			t.Errorf("%q is written as %q and read as %q, %v", p.Path, line, op.Target, err)
		}
	}

	const many = 200_000
	dir, err := os.OpenRoot(n.Path("/b/a"))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for i := range many {
		f, err := dir.Create(fmt.Sprintf("f%06d", i))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	c = s.Complete(t.Context(), g, 0, "/b/a/")
	if len(c.Paths) != nsctl.MaxCompletions || !c.More || c.Common != "/b/a/f" || c.Gap != "" {
		t.Errorf("%d paths, more %v, common %q, %s", len(c.Paths), c.More, c.Common, c.Gap)
	}
	for i, p := range c.Paths {
		if want := fmt.Sprintf("/b/a/f%06d", i); p.Path != want {
			t.Fatalf("path %d is %q, want %q", i, p.Path, want)
		}
	}
	if c = s.Complete(t.Context(), g, 0, "/b/a/f09999"); len(c.Paths) != 10 || c.More {
		t.Errorf("%d paths begin with 09999", len(c.Paths))
	}
	inOfMany(t, s)
}

// inOfMany does operations in a directory with very many names, which nobody needs to read.
func inOfMany(t *testing.T, s *scene) {
	t.Helper()
	before := canonical(s.now(t))
	start := time.Now()
	for _, line := range []string{"mount --bind /b/a/f123456 /b/a/f000001", "mount --bind /b/a /b/a", "mount --beneath -t tmpfs x /b/a", "umount /b/a"} {
		s.apply(t, "n0", line)
	}
	if c := s.Complete(t.Context(), graph.New(s.now(t)), 0, "/b/a/"); len(c.Paths) != 0 {
		t.Errorf("the new filesystem has %d names", len(c.Paths))
	}
	for range 4 {
		u, err := s.PlanUndo(t.Context())
		if err != nil || u.Blocked != nil {
			t.Fatal(err, u)
		}
		if _, err := s.ApplyUndo(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if is := canonical(s.now(t)); is != before {
		t.Errorf("it came not back:\n%s", different(before, is))
	}
	if took := time.Since(start); took > 5*time.Second { // 20 ms on a machine of its own
		t.Errorf("that took %v", took)
	}
}
