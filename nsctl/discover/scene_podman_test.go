package discover

import (
	"fmt"
	"reflect"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// Containers without a cgroup of their own are known by what podman left of
// itself: the process that watches over them.
func TestPodmanContainers(t *testing.T) {
	podman := nstest.NewPodman(t)
	podman.Host.Must(t, nstest.Tmpfs("/mnt/volume"))
	containers := []nstest.Container{
		podman.Run(t, "scene-web", "--volume=/mnt/volume:/data:rslave"),
		podman.Run(t, "scene-db", "--volume=/mnt/volume:/data:rshared"),
	}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			for _, c := range containers {
				number, err := nstest.NumberOf(fmt.Sprintf("/proc/%d/ns/mnt", c.PID))
				if err != nil {
					t.Fatal(err)
				}
				mounts, err := nstest.ReadMountinfo(fmt.Sprintf("/proc/%d/mountinfo", c.PID))
				if err != nil {
					t.Fatal(err)
				}
				ns := compare(t, s, number, mounts)
				wantProcesses(t, ns, c.PID)
				want := &nsctl.Container{Manager: "podman", ID: c.ID, Name: c.Name}
				if ns.Kind != nsctl.KindContainer || ns.Name != c.Name || !reflect.DeepEqual(ns.Container, want) {
					t.Errorf("it is a %s called %q, of %+v; want %+v", ns.Kind, ns.Name, ns.Container, want)
				}
				findBy(t, s, number, c.Name, c.ID, c.ID[:12])
			}
		})
	}
}

// findBy looks a namespace up by each of its names.
func findBy(t *testing.T, s *nsctl.Snapshot, want nsctl.NSNumber, names ...string) {
	t.Helper()
	var infos []nsctl.NamespaceInfo
	for _, ns := range s.Namespaces {
		infos = append(infos, ns.NamespaceInfo)
	}
	for _, name := range names {
		i, err := Find(infos, name)
		if err != nil || infos[i].NS != want {
			t.Errorf("%q leads to number %d of the namespaces, %v; want %v", name, i, err, want)
		}
	}
}
