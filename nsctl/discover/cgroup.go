package discover

import (
	"strconv"
	"strings"

	"mntscope/nsctl"
)

// cgroupPaths are the paths of a process in the cgroup hierarchies, the most
// telling first (cgroups(7), /proc/PID/cgroup).
func cgroupPaths(file string) []string {
	var unified, systemd, others []string
	for line := range strings.Lines(file) {
		hierarchy, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok2 := strings.Cut(rest, ":")
		switch {
		case !ok || !ok2:
		case hierarchy == "0":
			unified = append(unified, path)
		case controllers == "name=systemd":
			systemd = append(systemd, path)
		default:
			others = append(others, path)
		}
	}
	return append(append(unified, systemd...), others...)
}

// owner is what a cgroup path tells about the process in it.
type owner struct {
	kind      nsctl.Kind // "" if nothing
	name      string
	container *nsctl.Container
}

// ownerFromCgroups takes the first path that tells something: on a hybrid host the
// unified hierarchy may be empty.
func ownerFromCgroups(paths []string) owner {
	var best owner
	for _, path := range paths {
		o := ownerFromCgroup(path)
		if o.kind == nsctl.KindContainer {
			return o
		}
		if best.kind == "" {
			best = o
		}
	}
	return best
}

// ownerFromCgroup reads the names that container managers and systemd give to
// cgroups. The innermost counts: a container in a container is the inner one. A
// container that may make cgroups can name itself so; nothing but its name
// depends on it.
func ownerFromCgroup(path string) owner {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(segments) - 1; i >= 0; i-- {
		if c := containerFromSegment(segments[:i+1]); c != nil {
			return owner{nsctl.KindContainer, containerName(c), c}
		}
	}
	for i := len(segments) - 1; i >= 0; i-- {
		if name := unitName(segments[i]); name != "" {
			return owner{kind: nsctl.KindService, name: name}
		}
	}
	return owner{}
}

// The cgroup names of containers, in both of the forms in which they occur:
// "docker-ID.scope" with systemd, "docker/ID" without.
var idPrefixes = [...]struct{ prefix, manager string }{
	{"docker-", "docker"},
	{"libpod-payload-", "podman"},
	{"libpod-", "podman"},
	{"cri-containerd-", "containerd"},
	{"crio-", "cri-o"},
	{"nerdctl-", "containerd"},
}

var idParents = map[string]string{
	"docker":        "docker",
	"libpod_parent": "podman",
	"buildkit":      "buildkit",
	"default":       "containerd", // containerd's namespaces
	"moby":          "docker",
	"k8s.io":        "containerd",
}

// containerFromSegment looks at the last of the segments; those before it tell
// who made it.
func containerFromSegment(segments []string) *nsctl.Container {
	last := strings.TrimSuffix(segments[len(segments)-1], ".scope")
	parent := ""
	if len(segments) > 1 {
		parent = segments[len(segments)-2]
	}
	pod := false
	for _, s := range segments[:len(segments)-1] {
		pod = pod || strings.HasPrefix(s, "kubepods")
	}
	for _, p := range idPrefixes {
		if id, ok := strings.CutPrefix(last, p.prefix); ok && isContainerID(id) {
			return &nsctl.Container{Manager: managerOrPod(p.manager, pod), ID: id}
		}
	}
	switch {
	case isContainerID(last) && (pod || idParents[parent] != ""):
		return &nsctl.Container{Manager: managerOrPod(idParents[parent], pod), ID: last}
	case strings.HasPrefix(last, "lxc.payload."):
		return named("lxc", strings.TrimPrefix(last, "lxc.payload."))
	case parent == "lxc" || parent == "lxc.payload":
		return named("lxc", last)
	case strings.HasPrefix(last, "systemd-nspawn@") && strings.HasSuffix(last, ".service"):
		return named("systemd-nspawn", unescapeUnit(strings.TrimSuffix(strings.TrimPrefix(last, "systemd-nspawn@"), ".service")))
	case parent == "machine.slice" && strings.HasPrefix(last, "machine-"):
		return named("systemd-machined", unescapeUnit(strings.TrimPrefix(last, "machine-")))
	}
	return nil
}

func managerOrPod(manager string, pod bool) string {
	if pod {
		return "kubernetes"
	}
	return manager
}

func named(manager, name string) *nsctl.Container {
	return &nsctl.Container{Manager: manager, ID: validText(name), Name: validText(name)}
}

// isContainerID reports whether s is a 256-bit number in hexadecimal, as all
// managers with ids use.
func isContainerID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// containerName is the name that a person would use: the given one, or else the
// short form of the id.
func containerName(c *nsctl.Container) string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID[:min(len(c.ID), 12)]
}

// unitName gives the name of a service, a snap or a flatpak from the name of a
// systemd unit (systemd.unit(5), and the XDG convention for application units).
func unitName(unit string) string {
	switch {
	case strings.HasPrefix(unit, "snap."):
		// snap.NAME.APP.service, snap.NAME.APP-UUID.scope
		name, _, _ := strings.Cut(strings.TrimPrefix(unit, "snap."), ".")
		return "snap " + unescapeUnit(name)
	case strings.HasPrefix(unit, "app-flatpak-") && strings.HasSuffix(unit, ".scope"):
		// app-flatpak-APPID-NUMBER.scope
		name := strings.TrimSuffix(strings.TrimPrefix(unit, "app-flatpak-"), ".scope")
		if cut := strings.LastIndexByte(name, '-'); cut > 0 {
			name = name[:cut]
		}
		return "flatpak " + unescapeUnit(name)
	case strings.HasPrefix(unit, "user@"): // the user's own manager, not a service
		return ""
	case strings.HasSuffix(unit, ".service"):
		return unescapeUnit(unit)
	}
	return ""
}

// unescapeUnit takes back systemd's escapes, such as \x2d for a dash (systemd-escape(1)).
func unescapeUnit(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		code, err := strconv.ParseUint(after[:min(len(after), 2)], 16, 8)
		if err != nil || len(after) < 2 {
			b.WriteString(`\x`)
			s = after
			continue
		}
		b.WriteByte(byte(code))
		s = after[2:]
	}
}

// validText makes a text valid UTF-8, as the texts in nsctl.Container are.
func validText(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
