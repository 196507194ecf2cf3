package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mntscope/nsctl"
)

// changing is a scene for the commands that change it, with a journal of its own.
type changing struct {
	*room
	env []string
}

func newChanging(t *testing.T) *changing {
	t.Helper()
	return &changing{newRoom(t), []string{"XDG_STATE_HOME=" + t.TempDir()}}
}

// outside prepares a run of the program by somebody outside the room.
func (c *changing) outside(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t, args...)
	cmd.Env = append(cmd.Env, c.env...)
	return cmd
}

// applied runs apply, which must do what it predicts.
func (c *changing) applied(t *testing.T, ns, line string) nsctl.Applied {
	t.Helper()
	words, err := nsctl.ShellWords(line)
	if err != nil {
		t.Fatal(err)
	}
	r := finished(t, c.outside(t, append([]string{"apply", "--yes", "--json", "--ns", ns, "--"}, words...)...))
	var a nsctl.Applied
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatalf("%s: %v\n%s%s", line, err, r.out, r.err)
	}
	if r.status != exitDone || !a.OK || len(a.Surprises) > 0 || a.Error != "" {
		t.Errorf("%s: exit status %d, %s%s, surprises %+v", line, r.status, a.Error, r.err, a.Surprises)
	}
	return a
}

// inside runs the program in the room's shell.
func (c *changing) inside(t *testing.T, args string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return c.Do(t, fmt.Sprintf("env %s=1 %s %s %s %s", beProgram, quickRace, c.env[0], nsctl.ShellQuote(self), args))
}

// typeOf gives the propagation type of what is mounted at a path of the room, as the
// kernel's table says.
func (r *room) typeOf(t *testing.T, path string) string {
	t.Helper()
	return r.Propagation(t, path).Type().String()
}

// transitions is what becomes of a mount: the table of mount_namespaces(7) and of
// Documentation/filesystems/sharedsubtree.rst.
var transitions = []struct {
	name  string
	setup string // in the room, of the mount at /mnt/m
	from  string
	to    map[string]string
}{
	{"private", "true", "private",
		map[string]string{"shared": "shared", "slave": "private", "private": "private", "unbindable": "unbindable"}},
	{"shared", "mount --make-shared /mnt/m", "shared",
		map[string]string{"shared": "shared", "slave": "private", "private": "private", "unbindable": "unbindable"}},
	{"shared with a peer", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer", "shared",
		map[string]string{"shared": "shared", "slave": "slave", "private": "private", "unbindable": "unbindable"}},
	{"slave", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer && mount --make-slave /mnt/m", "slave",
		map[string]string{"shared": "shared and slave", "slave": "slave", "private": "private", "unbindable": "unbindable"}},
	{"shared and slave", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer && mount --make-slave /mnt/m && mount --make-shared /mnt/m", "shared and slave",
		map[string]string{"shared": "shared and slave", "slave": "slave", "private": "private", "unbindable": "unbindable"}},
	{"shared and slave with a peer", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer && mount --make-slave /mnt/m && mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/third", "shared and slave",
		map[string]string{"shared": "shared and slave", "slave": "slave", "private": "private", "unbindable": "unbindable"}},
	{"unbindable", "mount --make-unbindable /mnt/m", "unbindable",
		map[string]string{"shared": "shared", "slave": "unbindable", "private": "private", "unbindable": "unbindable"}},
}

// Every transition, done from outside the namespace and from inside, is what the table says
// and what was predicted, and is taken back.
func TestApplyTransitions(t *testing.T) {
	for _, from := range []string{"outside", "inside", "outside, of a namespace with another owner"} {
		t.Run(from, func(t *testing.T) {
			c := newChanging(t)
			c.Do(t, "mount --make-private /mnt && mkdir /mnt/m /mnt/peer /mnt/third")
			if strings.Contains(from, "another owner") {
				c.room = c.less(t)
				c.Do(t, "mount -t tmpfs scratch /mnt && mkdir /mnt/m /mnt/peer /mnt/third")
			}
			for _, row := range transitions {
				for to, want := range row.to {
					c.Do(t, "mount -t tmpfs m /mnt/m && "+row.setup)
					if is := c.typeOf(t, "/mnt/m"); is != row.from {
						t.Fatalf("%s: the mount is %s", row.name, is)
					}
					if from == "inside" {
						c.inside(t, "apply --yes -- mount --make-"+to+" /mnt/m")
					} else {
						c.applied(t, strconv.Itoa(c.PID), "mount --make-"+to+" /mnt/m")
					}
					if is := c.typeOf(t, "/mnt/m"); is != want {
						t.Errorf("%s made %s is %s, want %s", row.name, to, is, want)
					}
					if r := finished(t, c.outside(t, "undo", "--yes")); r.status != exitDone || !strings.Contains(r.out, "all is as it was before") {
						t.Errorf("%s made %s, taken back: exit status %d\n%s%s", row.name, to, r.status, r.out, r.err)
					}
					if is := c.typeOf(t, "/mnt/m"); is != row.from {
						t.Errorf("%s made %s and taken back is %s", row.name, to, is)
					}
					c.Do(t, "for d in third peer m; do mountpoint -q /mnt/$d && umount /mnt/$d; done; true")
				}
			}
		})
	}
}

// less makes a copy of the room in a user namespace of its own.
func (r *room) less(t *testing.T) *room {
	t.Helper()
	args := []string{"-t", strconv.Itoa(r.PID), "-m"}
	if os.Geteuid() != 0 {
		args = append(args, "-U", "--preserve-credentials")
	}
	return open(t, exec.CommandContext(t.Context(), "nsenter", append(args, "unshare", "-Urm", "--propagation", "private", "/bin/sh")...))
}

// Many processes change one mount at once, and write one journal: each does what it has
// predicted or nothing, and all that was done can be taken back.
func TestManyAtOnce(t *testing.T) {
	c := newChanging(t)
	c.Do(t, "mkdir -p /mnt/a && mount -t tmpfs a /mnt/a && mount --make-private /mnt/a")
	ns := strconv.Itoa(c.PID)
	var mu sync.Mutex
	var workers sync.WaitGroup
	done, refused := 0, 0
	for i := range 3 {
		workers.Go(func() {
			for j := range 6 {
				how := []string{"--make-shared", "--make-private"}[(i+j)%2]
				r := finished(t, c.outside(t, "apply", "--yes", "--ns", ns, "--", "mount", how, "/mnt/a"))
				mu.Lock()
				switch {
				case r.status == exitDone:
					done++
				case strings.Contains(r.err, "nothing was done"):
					refused++
				default:
					t.Errorf("exit status %d: %s", r.status, r.err)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	t.Logf("done %d times, refused %d times", done, refused)
	for range done {
		if r := finished(t, c.outside(t, "undo", "--yes")); r.status != exitDone {
			t.Fatalf("undo: exit status %d: %s", r.status, r.err)
		}
	}
	c.outsideFails(t, "there is nothing to take back", "undo", "--yes")
	if is := c.typeOf(t, "/mnt/a"); is != "private" {
		t.Errorf("/mnt/a is %s", is)
	}
}

func (c *changing) outsideFails(t *testing.T, words string, args ...string) {
	t.Helper()
	if r := finished(t, c.outside(t, args...)); r.status == exitDone || !strings.Contains(r.err, words) {
		t.Errorf("%v: exit status %d: %s", args, r.status, r.err)
	}
}
