package discover

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// identifier finds out who a namespace belongs to, from its first process. No
// single source is relied on: cgroup paths, the container's monitor process, the
// records of the container managers, and the environment each tell only some.
type identifier struct {
	// records is where the managers keep theirs: "/" outside tests.
	records string
	ownRoot sys.FileID
}

// first is what is read of a namespace's process with the lowest pid.
type first struct {
	nsctl.Process
	cgroups []string
	root    sys.FileID // its root directory
}

// identify gives the kind and a name for a namespace with processes.
func (id identifier) identify(p first) owner {
	o := ownerFromCgroups(p.cgroups)
	// One in a namespace that is a mere copy has the observer's root directory. One in a
	// container has another, and so has a kernel thread with a namespace of its own.
	if p.root != id.ownRoot {
		stat := readProcStat(p.PID)
		if stat.kernelThread {
			return owner{kind: nsctl.KindKernel, name: p.Comm}
		}
		o.container = id.container(p.PID, stat.parent, o.container)
	}
	if o.container != nil {
		o.kind, o.name = nsctl.KindContainer, containerName(o.container)
	}
	if o.kind == "" {
		o.kind = nsctl.KindOther
	}
	if o.name == "" {
		o.name = p.Comm
	}
	return o
}

// container adds what others than the cgroups tell about the container of a process.
func (id identifier) container(pid, parent int, fromCgroups *nsctl.Container) *nsctl.Container {
	c := fromCgroups
	if monitored := containerFromMonitor(parent); monitored != nil && (c == nil || c.ID == monitored.ID) {
		if c == nil {
			c = monitored
		}
		c.Name = monitored.Name
	}
	if c == nil {
		c = containerFromEnvironment(pid)
	}
	if c != nil && c.Name == "" {
		id.lookUp(c)
	}
	return c
}

func readProcStat(pid int) procStat {
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return procStat{}
	}
	defer dir.Close()
	stat, err := dir.ReadFile("stat", nil)
	if err != nil {
		return procStat{}
	}
	return parseProcStat(stat)
}

// containerFromMonitor recognises the process that stands between a container
// and its manager, by its arguments: conmon (podman, cri-o), containerd's shim
// and lxc's monitor.
func containerFromMonitor(pid int) *nsctl.Container {
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return nil
	}
	defer dir.Close()
	comm, err := dir.ReadFile("comm", nil)
	if err != nil {
		return nil
	}
	name := strings.TrimSuffix(string(comm), "\n")
	if name != "conmon" && name != "lxc-start" && name != "systemd-nspawn" && !strings.HasPrefix(name, "containerd-shi") {
		return nil
	}
	raw, err := dir.ReadFile("cmdline", nil)
	if err != nil {
		return nil
	}
	return containerFromArguments(name, strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00"))
}

func containerFromArguments(monitor string, args []string) *nsctl.Container {
	option := func(names ...string) string {
		for i, arg := range args {
			for _, name := range names {
				if arg == name && i+1 < len(args) {
					return validText(args[i+1])
				}
				if value, ok := strings.CutPrefix(arg, name+"="); ok {
					return validText(value)
				}
			}
		}
		return ""
	}
	switch {
	case monitor == "conmon":
		c := &nsctl.Container{Manager: "podman", ID: option("-c", "--cid"), Name: option("-n", "--name")}
		if strings.HasPrefix(c.Name, "k8s_") {
			c.Manager, c.Name = "cri-o", podContainerName(c.Name)
		}
		if isContainerID(c.ID) {
			return c
		}
	case strings.HasPrefix(monitor, "containerd-shi"):
		c := &nsctl.Container{Manager: "containerd", ID: option("-id")}
		if option("-namespace") == "moby" {
			c.Manager = "docker"
		}
		if c.ID != "" {
			return c
		}
	case monitor == "systemd-nspawn":
		if machine := option("-M", "--machine"); machine != "" {
			return named(monitor, machine)
		}
		if directory := option("-D", "--directory"); directory != "" {
			return named(monitor, path.Base(directory))
		}
	case monitor == "lxc-start":
		// It rewrites its arguments: "[lxc monitor] /var/lib/lxc NAME".
		if words := strings.Fields(strings.Join(args, " ")); len(words) == 4 && words[0] == "[lxc" {
			return named("lxc", words[3])
		}
		if name := option("-n", "--name"); name != "" {
			return named("lxc", name)
		}
	}
	return nil
}

// podContainerName turns k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT into NAMESPACE/POD/CONTAINER.
func podContainerName(name string) string {
	parts := strings.Split(name, "_")
	if len(parts) != 6 {
		return name
	}
	return parts[3] + "/" + parts[2] + "/" + parts[1]
}

// containerFromEnvironment goes by the variable that container managers set for the
// first process (systemd's container interface). It says no more than that it is one.
func containerFromEnvironment(pid int) *nsctl.Container {
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return nil
	}
	defer dir.Close()
	environ, err := dir.ReadFile("environ", nil)
	if err != nil {
		return nil
	}
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		if manager, ok := bytes.CutPrefix(variable, []byte("container=")); ok && len(manager) > 0 && len(manager) < 32 {
			return &nsctl.Container{Manager: validText(string(manager))}
		}
	}
	return nil
}

// lookUp asks the records of the container managers for the name that belongs to
// an id. Only root can read most of them; without, the id has to do.
func (id identifier) lookUp(c *nsctl.Container) {
	if !isContainerID(c.ID) { // it becomes part of a path
		return
	}
	for _, record := range []struct {
		path string
		name func(record map[string]json.RawMessage) string
	}{
		{"var/lib/docker/containers/" + c.ID + "/config.v2.json", dockerName},
		{"run/containerd/io.containerd.runtime.v2.task/k8s.io/" + c.ID + "/config.json", containerdPodName},
		{"run/containers/storage/overlay-containers/" + c.ID + "/userdata/config.json", crioPodName},
	} {
		if c.Name = validText(record.name(readRecord(path.Join(id.records, record.path)))); c.Name != "" {
			return
		}
	}
}

// readRecord reads a JSON object; nil if it cannot be read.
func readRecord(name string) map[string]json.RawMessage {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var record map[string]json.RawMessage
	const limit = 4 << 20
	if json.NewDecoder(io.LimitReader(f, limit)).Decode(&record) != nil {
		return nil
	}
	return record
}

func dockerName(record map[string]json.RawMessage) string {
	var name string
	_ = json.Unmarshal(record["Name"], &name) // what is no string is no name
	return strings.TrimPrefix(name, "/")
}

func containerdPodName(record map[string]json.RawMessage) string {
	return annotatedName(record, "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.container-name")
}

func crioPodName(record map[string]json.RawMessage) string {
	return annotatedName(record, "io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.container.name")
}

func annotatedName(record map[string]json.RawMessage, keys ...string) string {
	var annotations map[string]string
	_ = json.Unmarshal(record["annotations"], &annotations) // as above
	var parts []string
	for _, key := range keys {
		if value := annotations[key]; value != "" {
			parts = append(parts, value)
		}
	}
	return strings.Join(parts, "/")
}

// procStat is what is used of /proc/PID/stat (proc_pid_stat(5)).
type procStat struct {
	parent       int
	kernelThread bool
	started      uint64 // clock ticks after boot; 0 if unknown
}

// parseProcStat reads the fields after the command, which stands in parentheses
// and may hold parentheses and spaces itself.
func parseProcStat(text []byte) procStat {
	end := bytes.LastIndexByte(text, ')')
	if end < 0 {
		return procStat{}
	}
	fields := bytes.Fields(text[end+1:]) // state ppid pgrp session tty_nr tpgid flags ...
	if len(fields) < 7 {
		return procStat{}
	}
	const kernelThread = 0x200000 // PF_KTHREAD in include/linux/sched.h
	parent, _ := strconv.Atoi(string(fields[1]))
	flags, _ := strconv.ParseUint(string(fields[6]), 10, 32)
	stat := procStat{parent: parent, kernelThread: flags&kernelThread != 0}
	if len(fields) > 19 {
		stat.started, _ = strconv.ParseUint(string(fields[19]), 10, 64)
	}
	return stat
}
