package nstest_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestPodman(t *testing.T) {
	podman := nstest.NewPodman(t)
	podman.Host.Must(t, nstest.Tmpfs("/mnt/volume"))
	c := podman.Run(t, "scene-1", "--volume=/mnt/volume:/data:rslave")
	if len(c.ID) != 64 || strings.Trim(c.ID, "0123456789abcdef") != "" {
		t.Errorf("the container's id is %q", c.ID)
	}
	mounts, err := nstest.ReadMountinfo(fmt.Sprintf("/proc/%d/mountinfo", c.PID))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mounts {
		if m.Mountpoint == "/data" {
			if m.Propagation.Type() != nsctl.Slave {
				t.Errorf("the volume is %v", m.Propagation)
			}
			return
		}
	}
	t.Errorf("the volume is not mounted: %v", mounts)
}
