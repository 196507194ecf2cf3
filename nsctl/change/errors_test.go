package change_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// Errors name the operation, the namespace, the path, the error number, and what to do.
func TestErrors(t *testing.T) {
	host := nstest.Host(t)
	n := bare(t, host)
	n.Must(t, nstest.Tmpfs("/a"), nstest.Tmpfs("/a/in"), nstest.Tmpfs("/b"), nstest.Touch("/b/f"), nstest.Tmpfs("/u"), nstest.Make("unbindable", "/u"),
		nstest.Tmpfs("/s"), nstest.Make("shared", "/s"), nstest.Tmpfs("/s/in"))
	n.Open(t, "/b/f")
	s := newScene(t, change.Options{}, n)
	for _, tc := range []struct {
		name, op string
		want     []string
		errno    error
	}{
		{"not a mount point", "mount --make-shared /f", []string{"EINVAL", "/f is not a mount point", "bind it on itself first: mount --bind /f /f"}, nil},
		{"something is mounted in it", "umount /a", []string{"EBUSY", "/a/in is mounted in it", "umount -l"}, nil},
		{"a file is open", "umount /b", []string{"umount /b in mnt:[", "EBUSY", "it is in use by ", "(pid ", "fd ", "/b/f", "umount -l", "mntscope holders"}, syscall.EBUSY},
		{"an unbindable source", "mount --bind /u /a", []string{"EINVAL", "/u is on an unbindable mount", "mount --make-private on its mount point makes it bindable"}, nil},
		{"out of a shared mount", "mount --move /s/in /a", []string{"EINVAL", "/s", "shared"}, nil},
		{"an unknown option", "mount -t tmpfs -o nonsense=1 x /f/..", []string{"ENOTDIR"}, nil},
		{"what the filesystem says", "mount -t tmpfs -o nonsense=1 x /", []string{"EINVAL", "Unknown parameter 'nonsense'); mount(8), or the page of the filesystem, lists its options"}, syscall.EINVAL},
		{"no such filesystem", "mount -t nonsense x /a", []string{"nonsense"}, nil},
		{"nothing there", "umount /none", []string{"ENOENT", "/none does not exist in that namespace"}, nil},
		{"a namespace", "unshare --mount", []string{"a namespace lives only as long as something is in it", "mntscope sandbox new"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := canonical(s.now(t))
			_, err := s.Apply(t.Context(), s.plan(t, "n0", tc.op))
			if err == nil {
				t.Fatal("it was done")
			}
			for _, word := range append(tc.want, tc.op, fmt.Sprint(n.NS())) {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %q: %v", word, err)
				}
			}
			if tc.errno != nil && !errors.Is(err, tc.errno) {
				t.Errorf("the error is not %v: %v", tc.errno, err)
			}
			if is := canonical(s.now(t)); is != before {
				t.Errorf("something was changed:\n%s", different(before, is))
			}
		})
	}
}

// A mount that another one covers is refused, with the way to reach it.
func TestHidden(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a"))
	s := newScene(t, change.Options{}, n)
	p := s.plan(t, "n0", "mount --make-shared /a")
	hidden := p.Prediction.Effects[0].Mount.MntID
	n.Must(t, nstest.Tmpfs("/a"))
	p, err := s.Plan(t.Context(), change.Request{Op: p.Op, NS: "n0", Mount: hidden})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Apply(t.Context(), p)
	var is *change.Hidden
	if !errors.As(err, &is) || !strings.Contains(err.Error(), "is hidden: no path leads to it") || !strings.Contains(err.Error(), "umount /a") {
		t.Errorf("the error is %v", err)
	}
	for _, m := range n.Mounts(t) {
		if m.Propagation.Shared != 0 {
			t.Errorf("%s was changed", m.Mountpoint)
		}
	}
}

// The ways that older kernels take do the same.
func TestClassic(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Touch("/file"), nstest.Bind("/file", "/file"))
	s := newScene(t, change.Options{Classic: true}, n)
	s.apply(t, "n0", "mount -t tmpfs -o ro,nosuid,noatime,mode=700 x /a")
	s.apply(t, "n0", "mount --make-rshared /")
	s.apply(t, "n0", "mount --make-slave /a")
	s.apply(t, "n0", "mount --make-unbindable /file")
}

// What must be agreed to by its name.
func TestDanger(t *testing.T) {
	n := nstest.Host(t).Clone(t, nstest.Propagation("rprivate"))
	n.Must(t, nstest.Mkdir("/mnt/a/old"), nstest.Tmpfs("/mnt/b"), nstest.Rbind("/proc", "/proc")) // the other one is locked for who is not root
	s := newScene(t, change.Options{}, n)
	for op, want := range map[string]string{
		"umount -l /proc":                   "/proc",
		"umount -l /":                       "/",
		"umount /":                          "/",
		"mount -t tmpfs x /proc":            "/proc",
		"mount -t tmpfs x /":                "/",
		"mount --move /proc /mnt/a":         "/mnt/a",
		"mount -t proc x /proc":             "",
		"mount --bind /proc /mnt/a":         "",
		"umount /mnt/b":                     "",
		"mount --make-rshared /":            "",
		"mount -t tmpfs x /mnt/a":           "",
		"pivot_root /mnt/b /mnt/b":          "/mnt/b",
		"mount --rbind / /":                 "",
		"mount --rbind /mnt/a /proc/sys":    "",
		"mount --beneath -t tmpfs x /mnt/b": "",
		"mount --move /mnt/b /mnt/a":        "",
		"mount --bind /mnt/a /":             "/",
		"mount --bind /mnt/a /mnt/a":        "",
	} {
		danger, is := s.plan(t, "n0", op).Danger("")
		if is != (want != "") || danger.Name != want {
			t.Errorf("%s: %+v, want %q", op, danger, want)
		}
	}
}

// A path that leads to a file server which does not answer holds nobody up for long.
func TestDeadServer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("/dev/fuse is root's")
	}
	host := nstest.Host(t)
	fd := host.Open(t, "/dev/fuse")
	host.Must(t, nstest.Mkdir("/mnt/dead"), nstest.Mount("dead", "/mnt/dead", "fuse", 0, "fd="+strconv.Itoa(fd)+",rootmode=40000,user_id=0,group_id=0"))
	s := newScene(t, change.Options{}, host)
	start := time.Now()
	p := s.plan(t, "n0", "mount -t tmpfs x /mnt/dead/x")
	if p.Blocked == nil || !strings.Contains(p.Blocked.Error(), "does not answer") {
		t.Errorf("it is blocked by %v", p.Blocked)
	}
	if took := time.Since(start); took > 4*change.Patience {
		t.Errorf("it took %v", took)
	}
	// The mount itself can be taken away without asking the server.
	s.apply(t, "n0", "umount -l /mnt/dead")
}
