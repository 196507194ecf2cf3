package discover

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestHoldersInNamespacesWithoutProcess(t *testing.T) {
	for _, kind := range []string{"descriptor", "bind"} {
		t.Run(kind, func(t *testing.T) {
			host := nstest.Host(t)
			host.Must(t, nstest.Make("rprivate", "/"))
			testedFS(t, host)
			dev := devAt(t, host, "/mnt/fs")
			var kept nstest.Held
			if kind == "bind" {
				kept = host.HoldByBind(t, "/mnt/ns/held", nstest.Propagation("rprivate"))
			} else {
				kept = host.HoldByFD(t, nstest.Propagation("rprivate"))
			}
			host.Must(t, nstest.Umount("/mnt/fs"))
			h := heldDev(t, dev)
			if len(h.Mounts) != 1 || h.Mounts[0].NS != kept.NS || h.Mounts[0].PID != 0 {
				t.Fatalf("mounts: %+v; gaps: %+v", h.Mounts, h.Gaps)
			}
			if !slices.Contains(h.Mounts[0].HeldBy, kept.Holder) {
				t.Errorf("the namespace is held by %+v, want %+v", h.Mounts[0].HeldBy, kept.Holder)
			}
			released(t, h, dev)
		})
	}
}

// released runs the commands, and checks that nothing holds the filesystem any more.
func released(t *testing.T, h *nsctl.FilesystemHolders, dev nsctl.Dev) {
	t.Helper()
	for _, step := range h.Release {
		if len(step.Command) == 0 {
			t.Errorf("no command, but %q", step.Text)
			continue
		}
		line := nsctl.SafeShellLine(step.Command)
		out, err := exec.CommandContext(t.Context(), "bash", "-c", line).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v %s", line, err, out)
		}
	}
	wantReleased(t, dev)
}

// wantReleased checks that nothing holds the filesystem any more. Its number may belong to
// another one by now, of somebody who uses the same machine.
func wantReleased(t *testing.T, dev nsctl.Dev) {
	t.Helper()
	var now *nsctl.FilesystemHolders
	for range 50 { // a signal takes a moment
		now = heldDev(t, dev)
		ours := slices.ContainsFunc(now.Mounts, func(m nsctl.MountHolder) bool { return m.Mount.Source == fsSource() })
		if !ours && (len(now.Mounts) > 0 || !now.Held()) {
			return
		}
	}
	t.Errorf("still held by %+v", now)
}

// The commands work, in their order, and only as many as it takes.
func TestReleaseCommandsWork(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/"+filepath.Base(awkward)))
	testedFS(t, host)
	host.Must(t, nstest.Mkdir("/mnt/fs/in"),
		nstest.Tmpfs("/mnt/fs/in"), nstest.Tmpfs("/mnt/fs/in/it"), nstest.Bind("/mnt/fs", "/mnt/"+filepath.Base(awkward)))
	peer, slave, private := host.Clone(t), host.Clone(t, nstest.Propagation("rslave")), host.Clone(t, nstest.Propagation("rprivate"))
	private.Must(t, nstest.Tmpfs("/mnt/fs"), nstest.Tmpfs("/mnt/fs/more")) // over the one that is meant
	rooted := host.Clone(t, nstest.Propagation("rprivate"))
	rooted.Must(t, nstest.Mkdir("/mnt/fs/old"), nstest.Pivot("/mnt/fs", "/mnt/fs/old"))
	user := peer.Fork(t)
	user.Must(t, nstest.Chdir("/mnt/fs"))
	slave.Open(t, "/mnt/fs")
	dev := devAt(t, host, "/mnt/fs")

	h := heldDev(t, dev)
	var umounts int
	for _, step := range h.Release {
		if slices.Contains(step.Command, "umount") {
			umounts++
		}
	}
	if umounts > 12 { // 5 in the host, as many in private, and what is on top there
		t.Errorf("%d umounts: %+v", umounts, h.Release)
	}
	released(t, h, dev)
}
