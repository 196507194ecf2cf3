package discover

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"mntscope/nsctl"
)

func TestContainerFromArguments(t *testing.T) {
	for _, tc := range []struct {
		name, monitor string
		args          []string
		want          *nsctl.Container
	}{
		{"podman", "conmon", []string{"/usr/bin/conmon", "--api-version", "1", "-c", id64, "-u", id64, "-n", "web", "--exit-command-arg", "-n"}, &nsctl.Container{Manager: "podman", ID: id64, Name: "web"}},
		{"cri-o", "conmon", []string{"/usr/bin/conmon", "-c", id64, "-n", "k8s_app_web-7d_shop_0a1b_3"}, &nsctl.Container{Manager: "cri-o", ID: id64, Name: "shop/web-7d/app"}},
		{"conmon without an id", "conmon", []string{"conmon", "-c"}, nil},
		{"conmon with an id that is a path", "conmon", []string{"conmon", "-c", "../../etc", "-n", "x"}, nil},
		{"docker's shim", "containerd-shim", []string{"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", id64, "-address", "x"}, &nsctl.Container{Manager: "docker", ID: id64}},
		{"containerd's shim", "containerd-shi", []string{"/usr/bin/containerd-shim-runc-v2", "-namespace", "default", "-id", "web"}, &nsctl.Container{Manager: "containerd", ID: "web"}},
		{"nspawn with a name", "systemd-nspawn", []string{"systemd-nspawn", "--machine=box", "-b"}, &nsctl.Container{Manager: "systemd-nspawn", ID: "box", Name: "box"}},
		{"nspawn with a directory", "systemd-nspawn", []string{"systemd-nspawn", "-D", "/srv/box"}, &nsctl.Container{Manager: "systemd-nspawn", ID: "box", Name: "box"}},
		{"lxc's monitor", "lxc-start", []string{"[lxc monitor] /var/lib/lxc web"}, &nsctl.Container{Manager: "lxc", ID: "web", Name: "web"}},
		{"lxc in the foreground", "lxc-start", []string{"lxc-start", "-F", "-n", "web"}, &nsctl.Container{Manager: "lxc", ID: "web", Name: "web"}},
		{"no arguments", "conmon", []string{""}, nil},
		{"a shell", "bash", []string{"bash", "-c", id64}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := containerFromArguments(tc.monitor, tc.args); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestLookUp(t *testing.T) {
	for _, tc := range []struct{ name, path, record, want string }{
		{"docker", "var/lib/docker/containers/" + id64 + "/config.v2.json", `{"ID":"x","Name":"/web"}`, "web"},
		{"kubernetes with containerd", "run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id64 + "/config.json",
			`{"annotations":{"io.kubernetes.cri.sandbox-namespace":"shop","io.kubernetes.cri.sandbox-name":"web-7d","io.kubernetes.cri.container-name":"app"}}`, "shop/web-7d/app"},
		{"the pause container of a pod", "run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id64 + "/config.json",
			`{"annotations":{"io.kubernetes.cri.sandbox-namespace":"shop","io.kubernetes.cri.sandbox-name":"web-7d"}}`, "shop/web-7d"},
		{"kubernetes with cri-o", "run/containers/storage/overlay-containers/" + id64 + "/userdata/config.json",
			`{"annotations":{"io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.name":"web-7d","io.kubernetes.container.name":"app"}}`, "shop/web-7d/app"},
		{"a name that is no string", "var/lib/docker/containers/" + id64 + "/config.v2.json", `{"Name":7}`, ""},
		{"a damaged record", "var/lib/docker/containers/" + id64 + "/config.v2.json", `{"Name":"/w`, ""},
		{"no record", "elsewhere", ``, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			file := filepath.Join(root, tc.path)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(tc.record), 0o600); err != nil {
				t.Fatal(err)
			}
			c := &nsctl.Container{Manager: "x", ID: id64}
			identifier{records: root}.lookUp(c)
			if c.Name != tc.want {
				t.Errorf("got %q, want %q", c.Name, tc.want)
			}
		})
	}
}

func TestParseProcStat(t *testing.T) {
	for _, tc := range []struct {
		name, stat string
		want       procStat
	}{
		{"a process", "4711 (bash) S 4700 4711 4711 34816 4712 4194304 1 2 3", procStat{parent: 4700}},
		{"a kernel thread", "25 (kdevtmpfs) S 2 0 0 0 -1 2129984 0 0", procStat{parent: 2, kernelThread: true}},
		{"a command like the fields after it", "7 (a) S 1 1 1 1 1 2097152) R 5 1 1 0 -1 4194304 0", procStat{parent: 5}},
		{"cut short", "7 (a) S 1", procStat{}},
		{"nothing", "", procStat{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := parseProcStat([]byte(tc.stat)); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
