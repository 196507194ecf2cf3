package predict_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

const twoHosts = `
	ns host owner:4026531837
	10 1 / / shared:1
	11 10 2!/ /data shared:2
	12 10 2!/ /copy
	13 10 3!/ /disk unbindable
	ns less owner:4026539999
	20 2 / / master:1
	21 20 2!/ /data master:2
	22 20 2!/other /other shared:4 master:2
	23 20 2!/ /loose shared:5
`

func ask(t *testing.T, s *nsctl.Snapshot, by predict.Caller, line string) *predict.Prediction {
	t.Helper()
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		t.Fatal(err)
	}
	p, err := predict.New(graph.New(s)).Predict(op, by)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outcomeText writes an outcome down in lines.
func outcomeText(p *predict.Prediction) string {
	lines := []string{"ok"}
	if !p.OK {
		lines = []string{p.Errno + " " + p.Reason}
	}
	for _, e := range p.Effects {
		line := fmt.Sprintf("%s %v:%d in %d at %s", e.Kind, e.NS, e.Mount.MntID, e.Mount.ParentID, e.Mount.Mountpoint)
		if tags := e.Mount.Propagation.String(); tags != "" {
			line += " " + tags
		}
		if e.Origin {
			line += " origin"
		}
		if e.Via != nil {
			line += fmt.Sprintf(" via %d in %d", e.Via.Group, e.Via.MntID)
		}
		lines = append(lines, line)
	}
	for _, n := range p.NotReached {
		lines = append(lines, fmt.Sprintf("not %v:%d %s %s", n.NS, n.MntID, n.Mountpoint, n.Reason))
	}
	for _, u := range p.Uncertain {
		lines = append(lines, "? "+u)
	}
	return strings.Join(lines, "\n")
}

func TestPredict(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"who is not reached, and why", "mount -t tmpfs new /data/x", `
			ok
			mount mnt:[1]:-1 in 11 at /data/x shared:1000000 origin
			mount mnt:[2]:-2 in 21 at /data/x master:1000000 via 2 in 21
			not mnt:[2]:22 /other root-does-not-contain
			not mnt:[1]:12 /copy private
			not mnt:[2]:23 /loose other-group`},
		{"a place that the root of a slave contains", "mount -t tmpfs new /data/other/x", `
			ok
			mount mnt:[1]:-1 in 11 at /data/other/x shared:1000000 origin
			mount mnt:[2]:-2 in 21 at /data/other/x master:1000000 via 2 in 21
			mount mnt:[2]:-3 in 22 at /other/x shared:1000001 master:1000000 via 2 in 22
			not mnt:[1]:12 /copy private
			not mnt:[2]:23 /loose other-group`},
		{"relative to the working directory", "mount -t tmpfs new x", `
			ok
			mount mnt:[1]:-1 in 12 at /copy/x origin
			not mnt:[1]:11 /data other-group
			not mnt:[2]:21 /data other-group
			not mnt:[2]:23 /loose other-group`},
		{"bind of an unbindable mount", "mount --bind /disk /copy/x", `
			EINVAL /disk is on an unbindable mount; mount --make-private on its mount point makes it bindable`},
		{"not a mount point", "mount --make-slave /data/x", `
			EINVAL /data/x is not a mount point; bind it on itself first: mount --bind /data/x /data/x`},
		{"umount of the root", "umount /", `
			ok
			remount mnt:[1]:10 in 1 at / shared:1 origin
			remount mnt:[2]:20 in 2 at / master:1
			? EBUSY if a file on it is open for writing`},
		{"a filesystem of the snapshot again", "mount -t ext4 disk3 /copy/x", `
			ok
			mount mnt:[1]:-1 in 12 at /copy/x origin
			not mnt:[1]:11 /data other-group
			not mnt:[2]:21 /data other-group
			not mnt:[2]:23 /loose other-group
			? whether this kernel has ext4, and what it says to disk3, is not predicted`},
		{"a namespace that nobody knows", "rejoin /copy --to nobody:/data", `
			ENOENT no such mount namespace: nobody`},
		{"join the group of a mount in another namespace", "rejoin /copy --to 2:/loose", `
			ok
			propagation mnt:[1]:12 in 10 at /copy shared:5 origin via 5 in 23`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := sketch(t, twoHosts)
			for i := range s.Namespaces {
				for j := range s.Namespaces[i].Mounts {
					s.Namespaces[i].Mounts[j].SuperOptions = "rw,discard"
				}
			}
			got := outcomeText(ask(t, s, predict.Caller{Cwd: "/copy"}, test.line))
			if want := unindented(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func unindented(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestRemountChangesTheFilesystem(t *testing.T) {
	s := sketch(t, twoHosts)
	s.Namespaces[0].Mounts[0].SuperOptions = "rw,discard"
	p := ask(t, s, predict.Caller{}, "umount /")
	if len(p.Effects) != 1 || p.Effects[0].Mount.SuperOptions != "ro,discard" || p.After().Namespaces[0].Mounts[0].SuperOptions != "ro,discard" {
		t.Errorf("got %+v", p.Effects)
	}
	if s.Namespaces[0].Mounts[0].SuperOptions != "rw,discard" {
		t.Error("the snapshot itself was changed")
	}
}

// What a snapshot does not show is said, and the mount is named so that somebody can ask.
func TestLocksThatAreNotKnown(t *testing.T) {
	s := sketch(t, twoHosts)
	p := ask(t, s, predict.Caller{NS: 1}, "umount /data")
	if p.Errno != "EINVAL" || len(p.Locks) != 1 || p.Locks[0] != (graph.Ref{NS: 1, Mount: 1}) || !strings.Contains(p.Uncertain[0], "/data in less may be locked") {
		t.Errorf("unknown: got %s, locks %v", outcomeText(p), p.Locks)
	}
	s.Namespaces[1].Mounts[1].Locked = nsctl.Unlocked
	if p := ask(t, s, predict.Caller{NS: 1}, "umount /data"); !p.OK || len(p.Locks) != 0 {
		t.Errorf("unlocked: got %s, locks %v", outcomeText(p), p.Locks)
	}
	s.Namespaces[1].Mounts[1].Locked = nsctl.Locked
	if p := ask(t, s, predict.Caller{NS: 1}, "umount /data"); p.OK || len(p.Uncertain) != 0 {
		t.Errorf("locked: got %s", outcomeText(p))
	}
}

// A mount is no copy of one that was made later.
func TestOriginalsAreNotTakenForLocked(t *testing.T) {
	s := sketch(t, twoHosts)
	for i := range s.Namespaces[0].Mounts { // two of them show the same directory
		s.Namespaces[0].Mounts[i].ID = 1<<31 + 1
	}
	s.Namespaces[1].Mounts[1].ID = 1 << 31
	if p := ask(t, s, predict.Caller{NS: 1}, "umount /data"); !p.OK || len(p.Locks) != 0 {
		t.Errorf("the older one: got %s, locks %v", outcomeText(p), p.Locks)
	}
	s.Namespaces[1].Mounts[1].ID = 1<<31 + 2
	if p := ask(t, s, predict.Caller{NS: 1}, "umount /data"); p.OK || len(p.Locks) != 1 {
		t.Errorf("the later one: got %s, locks %v", outcomeText(p), p.Locks)
	}
}

func TestFilesystemsInALessPrivilegedNamespace(t *testing.T) {
	s := sketch(t, twoHosts)
	for fstype, want := range map[string]string{"tmpfs": "", "ext4": "EPERM", "devtmpfs": "EPERM", "proc": ""} {
		p := ask(t, s, predict.Caller{NS: 1}, "mount -t "+fstype+" x /loose/x")
		if p.Errno != want {
			t.Errorf("%s: got %s", fstype, outcomeText(p))
		}
		if revealing := strings.Contains(outcomeText(p), "mount too revealing"); revealing != (fstype == "proc") {
			t.Errorf("%s: says that it may be too revealing: %v", fstype, revealing)
		}
	}
}

// Look is asked about a path once, and what it says counts.
func TestLook(t *testing.T) {
	asked := map[string]int{}
	look := func(ns int, path string) nsctl.Seen {
		asked[fmt.Sprint(ns, path)]++
		switch path {
		case "/link":
			return nsctl.Seen{Path: "/data/x", Kind: nsctl.Directory}
		case "/file":
			return nsctl.Seen{Path: path, Kind: nsctl.NotDirectory}
		case "/data":
			return nsctl.Seen{Path: path, Kind: nsctl.Directory}
		}
		return nsctl.Seen{Errno: "ENOENT"}
	}
	s := sketch(t, twoHosts)
	by := predict.Caller{Look: look}
	if p := ask(t, s, by, "mount -t tmpfs x /link"); !p.OK || p.Effects[0].Mount.Mountpoint != "/data/x" {
		t.Errorf("through a symbolic link: %s", outcomeText(p))
	}
	if p := ask(t, s, by, "mount -t tmpfs x /nowhere"); p.Errno != "ENOENT" || !strings.Contains(p.Reason, "/nowhere does not exist") {
		t.Errorf("a path that does not exist: %s", outcomeText(p))
	}
	if p := ask(t, s, by, "mount -t tmpfs x /file"); p.Errno != "ENOTDIR" {
		t.Errorf("a file: %s", outcomeText(p))
	}
	if p := ask(t, s, by, "mount --bind /data /file"); p.Errno != "ENOTDIR" {
		t.Errorf("a directory on a file: %s", outcomeText(p))
	}
	if p := ask(t, s, by, "mount --bind /link /link"); !p.OK || asked["0/link"] != 2 {
		t.Errorf("%s; asked %v", outcomeText(p), asked)
	}
}

func TestPathsAreWrittenSafely(t *testing.T) {
	s := sketch(t, twoHosts)
	op := nsctl.Op{Kind: nsctl.OpUmount, Target: "/\x1b[31m"}
	p, err := predict.New(graph.New(s)).Predict(op, predict.Caller{})
	if err != nil || strings.Contains(p.Reason, "\x1b") || !strings.Contains(p.Reason, `\x1b`) {
		t.Errorf("got %q, %v", p.Reason, err)
	}
}

func TestNothingCanBeLookedUp(t *testing.T) {
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{NamespaceInfo: nsctl.NamespaceInfo{NS: 7}}}}
	_, err := predict.New(graph.New(s)).Predict(nsctl.Op{Kind: nsctl.OpUmount, Target: "/a"}, predict.Caller{})
	if err == nil || !strings.Contains(err.Error(), "mnt:[7]") {
		t.Errorf("got %v", err)
	}
}

// The releases differ in few things.
func TestKernels(t *testing.T) {
	for _, test := range []struct {
		kernel, line string
		ns           int
		want         string
	}{
		{"6.16.3", "unshare --mount --propagation unchanged", 0, "unbindable"},
		{"6.17.0", "unshare --mount --propagation unchanged", 0, ""},
		{"6.18.44-fc", "unshare --mount --propagation unchanged", 0, ""},
		{"7.0", "unshare --mount --propagation unchanged", 0, "unbindable"},
	} {
		s := sketch(t, twoHosts)
		s.Host.Kernel = test.kernel
		after := ask(t, s, predict.Caller{NS: test.ns}, test.line).After()
		if got := after.Namespaces[2].Mounts[3].Propagation.String(); got != test.want {
			t.Errorf("%s: after %s the unbindable mount is %q", test.kernel, test.line, got)
		}
	}
	for kernel, want := range map[string]bool{"6.18": true, "7.0": false} {
		s := sketch(t, twoHosts)
		s.Host.Kernel = kernel
		if p := ask(t, s, predict.Caller{}, "rejoin /disk --to host:/disk"); strings.Contains(p.Reason, "unbindable; mount") == want {
			t.Errorf("%s: an unbindable mount: %s", kernel, outcomeText(p))
		}
	}
}
