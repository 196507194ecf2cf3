package nstest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// Podman makes real containers in a [Host] of its own. Its storage, its image and
// all its records are in the host's memory and end with it.
type Podman struct {
	Host *NS
}

// podmanCommand keeps what podman writes below Scratch. It runs where memory, number
// of files and processes may not be set, and where it may not make cgroups: so the
// cgroup of a container does not tell its name.
const podmanCommand = "env HOME=" + Scratch + " podman --root " + Scratch + "/store --runroot " + Scratch + "/run --tmpdir " + Scratch + "/tmp "

// NewPodman makes a host with podman and an image. Without root, or without podman,
// the test is skipped; where it is root and the environment has CI=true it fails.
func NewPodman(t testing.TB) *Podman {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("podman needs root to run in a namespace without the machine's records")
	}
	for _, program := range []string{"podman", "crun", "busybox"} {
		if _, err := exec.LookPath(program); err != nil {
			Unavailable(t, fmt.Sprintf("%v: apt-get install podman crun busybox-static", err))
		}
	}
	host := Host(t)
	// What podman writes elsewhere, whatever it is told: locks, a cache, crun's state.
	host.Must(t, Tmpfs("/run"), Tmpfs("/dev/shm"), Tmpfs("/var"), Mkdir("/var/tmp"))
	// A second cgroup hierarchy confuses crun where the first is of version 1.
	const unified = "/sys/fs/cgroup/unified"
	if slices.ContainsFunc(host.Mounts(t), func(m nsctl.Mount) bool { return m.Mountpoint == unified }) {
		host.Must(t, Umount(unified))
	}
	p := &Podman{host}
	p.shell(t, "mkdir -p rootfs/bin rootfs/data && cp $(command -v busybox) rootfs/bin && ln -s busybox rootfs/bin/sleep && "+
		"tar -C rootfs -c . | "+podmanCommand+"import - localhost/scene")
	return p
}

// Container is a running container.
type Container struct {
	ID   string
	Name string
	PID  int // of its first process
}

// Run starts a container with further options of podman run, such as
// "--volume=/mnt/a:/data:rslave".
func (p *Podman) Run(t testing.TB, name string, options ...string) Container {
	t.Helper()
	// The limits are set because podman's own are higher than a process may have that
	// lacks CAP_SYS_RESOURCE.
	p.shell(t, podmanCommand+"run --detach --name "+name+" --network=none --cgroups=disabled "+
		"--ulimit=nofile=1000:1000 --ulimit=nproc=1000:1000 "+strings.Join(options, " ")+" localhost/scene /bin/sleep 600")
	out := p.shell(t, podmanCommand+"inspect --format '{{.Id}} {{.State.Pid}} {{.State.ConmonPid}}' "+name)
	c := Container{Name: name}
	var monitor int
	if _, err := fmt.Sscan(out, &c.ID, &c.PID, &monitor); err != nil {
		t.Fatalf("podman inspect says %q: %v", out, err)
	}
	t.Cleanup(func() {
		// The monitor first: it would start podman to clean up. Both become children of
		// this process when their parents end.
		for _, pid := range []int{monitor, c.PID} {
			if err := killAndWait(pid); err != nil {
				t.Errorf("ending process %d of container %s: %v", pid, name, err)
			}
		}
	})
	return c
}

// shell runs a command line in Scratch and gives its output.
func (p *Podman) shell(t testing.TB, command string) string {
	t.Helper()
	out, err := p.Host.Run("sh", "-e", "-c", "cd "+Scratch+"; "+command)
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}
