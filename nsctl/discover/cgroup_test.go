package discover

import (
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
)

var id64 = strings.Repeat("0123456789abcdef", 4)

func TestOwnerFromCgroup(t *testing.T) {
	container := func(manager, id, name string) owner {
		c := &nsctl.Container{Manager: manager, ID: id, Name: name}
		return owner{nsctl.KindContainer, containerName(c), c}
	}
	service := func(name string) owner { return owner{kind: nsctl.KindService, name: name} }
	for _, tc := range []struct {
		name, path string
		want       owner
	}{
		{"root", "/", owner{}},
		{"docker with systemd", "/system.slice/docker-" + id64 + ".scope", container("docker", id64, "")},
		{"docker without systemd", "/docker/" + id64, container("docker", id64, "")},
		{"docker with an init system inside", "/docker/" + id64 + "/init.scope", container("docker", id64, "")},
		{"podman with systemd", "/machine.slice/libpod-" + id64 + ".scope/container", container("podman", id64, "")},
		{"podman of a user", "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id64 + ".scope", container("podman", id64, "")},
		{"podman without systemd", "/libpod_parent/libpod-" + id64, container("podman", id64, "")},
		{"podman, split cgroups", "/system.slice/web.service/libpod-payload-" + id64, container("podman", id64, "")},
		{"podman's monitor is no container", "/machine.slice/libpod-conmon-" + id64 + ".scope", owner{}},
		{"containerd of nerdctl", "/system.slice/nerdctl-" + id64 + ".scope", container("containerd", id64, "")},
		{"containerd by itself", "/default/" + id64, container("containerd", id64, "")},
		{"kubernetes, containerd, systemd", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b_2c.slice/cri-containerd-" + id64 + ".scope", container("kubernetes", id64, "")},
		{"kubernetes, cri-o, systemd", "/kubepods.slice/kubepods-pod0a1b.slice/crio-" + id64 + ".scope", container("kubernetes", id64, "")},
		{"kubernetes without systemd", "/kubepods/besteffort/pod0a1b-2c3d/" + id64, container("kubernetes", id64, "")},
		{"kubernetes in docker: the inner one counts", "/docker/" + strings.Repeat("f", 64) + "/kubelet/kubepods/pod1/" + id64, container("kubernetes", id64, "")},
		{"cri-o alone", "/system.slice/crio-" + id64 + ".scope", container("cri-o", id64, "")},
		{"lxc 4", "/lxc.payload.web", container("lxc", "web", "web")},
		{"lxc 3", "/lxc/web", container("lxc", "web", "web")},
		{"lxc's monitor is no container", "/lxc.monitor.web", owner{}},
		{"nspawn as a service", "/machine.slice/systemd-nspawn@my\\x2dbox.service/payload", container("systemd-nspawn", "my-box", "my-box")},
		{"machined", "/machine.slice/machine-my\\x2dbox.scope", container("systemd-machined", "my-box", "my-box")},
		{"systemd service", "/system.slice/systemd-udevd.service/udev", service("systemd-udevd.service")},
		{"template service", "/system.slice/system-getty.slice/getty@tty1.service", service("getty@tty1.service")},
		{"user manager is no service", "/user.slice/user-1000.slice/user@1000.service/init.scope", owner{}},
		{"service of a user", "/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service", service("dbus.service")},
		{"session", "/user.slice/user-0.slice/session-1.scope", owner{}},
		{"snap application", "/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-1b2c.scope", service("snap firefox")},
		{"snap service", "/system.slice/snap.lxd.daemon.service", service("snap lxd")},
		{"flatpak", "/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.mozilla.firefox-12345.scope", service("flatpak org.mozilla.firefox")},
		{"flatpak with a dash in its name", "/app.slice/app-flatpak-org.a\\x2db.C-9.scope", service("flatpak org.a-b.C")},
		{"an id that is too short", "/docker/0123456789ab", owner{}},
		{"an id in capitals", "/docker/" + strings.ToUpper(id64), owner{}},
		{"an id in nobody's directory", "/foo/" + id64, owner{}},
		{"a broken escape", "/machine.slice/machine-a\\xzz\\x.scope", container("systemd-machined", `a\xzz\x`, `a\xzz\x`)},
		{"seen from another cgroup namespace", "/../../docker/" + id64, container("docker", id64, "")},
		{"empty", "", owner{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ownerFromCgroup(tc.path); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v %+v, want %+v %+v", got, got.container, tc.want, tc.want.container)
			}
		})
	}
}

func TestOwnerFromCgroupsPrefersContainers(t *testing.T) {
	paths := cgroupPaths("4:memory:/docker/" + id64 + "\n1:name=systemd:/system.slice/docker.service\n0::/\n")
	if want := []string{"/", "/system.slice/docker.service", "/docker/" + id64}; !reflect.DeepEqual(paths, want) {
		t.Fatalf("paths are %q, want %q", paths, want)
	}
	if got := ownerFromCgroups(paths); got.kind != nsctl.KindContainer {
		t.Errorf("got %+v, want the container", got)
	}
	if got := ownerFromCgroups(paths[:2]); got.name != "docker.service" {
		t.Errorf("got %+v, want the service", got)
	}
}

func TestCgroupPathsOfAwkwardNames(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		want       []string
	}{
		{"a colon in the path", "0::/a:b\n", []string{"/a:b"}},
		{"a removed cgroup", "0::/a (deleted)\n", []string{"/a (deleted)"}},
		{"no newline at the end", "0::/a", []string{"/a"}},
		{"not of this form", "hello\n0:/a\n", nil},
		{"empty", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cgroupPaths(tc.file); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzOwnerFromCgroup(f *testing.F) {
	f.Add("/kubepods/pod1/" + id64)
	f.Add("/machine.slice/machine-a\\x2d\\x.scope")
	f.Fuzz(func(t *testing.T, path string) {
		o := ownerFromCgroup(path)
		if (o.container != nil) != (o.kind == nsctl.KindContainer) {
			t.Errorf("%q gives %+v", path, o)
		}
	})
}
