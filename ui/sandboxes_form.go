package ui

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

func (f *forming) fields(outer []string) []kit.Field {
	inside := []kit.Option{{Label: "the host", Help: "its namespaces are copies of this program's"}}
	for _, name := range outer {
		inside = append(inside, kit.Option{Label: nsctl.Printable(name), Help: "its namespaces are copies of that sandbox's, and it ends with it"})
	}
	var types []kit.Option
	for _, p := range sandbox.Propagations() {
		types = append(types, kit.Option{Label: p, Help: screen.PropagationText(sandbox.Propagation(p))})
	}
	return []kit.Field{
		fieldName: {Name: "name", Typing: "any: s1, s2, ..", Help: "It can be given wherever a command takes a namespace. Enter makes the sandbox."},
		fieldRoot: {Name: "root", Options: []kit.Option{
			rootHost:    {Label: "the host's", Help: "the tree as it is copied"},
			rootBuiltin: {Label: "built in", Help: "a small root that this program has in it: a shell, ls, mount and the like"},
			rootPath:    {Label: "a path", Help: "a directory, or a tarball that is unpacked"},
		}},
		fieldPath: {Name: "  its path", Typing: "a directory, .tar, .tar.gz, .tar.xz or .tar.zst", Help: "Tab completes it. A directory is used where it is and stays; a tarball is unpacked into a place that is removed with the sandbox."},
		fieldSteps: {Name: "  the steps", Options: []kit.Option{
			{Label: "one by one", Help: "s takes the next one, each with its command and what it does to the mounts"},
			{Label: "all at once", Help: "it begins with the root as its own"},
		}},
		fieldPropagation: {Name: "propagation", Options: types},
		fieldNamespaces: {Name: "own", Switches: true, Help: "Which other namespaces it gets; space switches.", Options: []kit.Option{
			kindUser:   {Label: "user", Help: "users of its own: root inside, and nobody outside"},
			kindPID:    {Label: "pid", Help: "processes of its own, which a new /proc shows"},
			kindUTS:    {Label: "uts", Help: "a host name of its own"},
			kindIPC:    {Label: "ipc", Help: "System V and POSIX queues of its own"},
			kindNet:    {Label: "net", Help: "a network of its own, with nothing in it"},
			kindCgroup: {Label: "cgroup", Help: "a root of cgroups of its own"},
		}},
		fieldInside: {Name: "made in", Options: inside},
		fieldKeep: {Name: "lives", Options: []kit.Option{
			{Label: "with this program", Help: "it ends when you leave"},
			{Label: "until removed", Help: "it stays, also after you leave, until you remove it"},
		}},
	}
}

// follow makes the fields agree with each other.
func (f *forming) follow() {
	root := f.Fields[fieldRoot].At
	f.Fields[fieldPath].Hidden = root != rootPath
	f.Fields[fieldSteps].Hidden = root == rootHost
	kinds := f.Fields[fieldNamespaces].Options
	if !f.toldPID { // the last step mounts a /proc
		kinds[kindPID].On = root != rootHost
	}
	user := &kinds[kindUser]
	switch forced := !f.privileged && f.Fields[fieldInside].At == 0; {
	case forced:
		user.On, user.Why = true, "an ordinary user needs one for a mount namespace"
	case user.Why != "":
		user.On, user.Why = false, ""
	}
}

// wanted is what is described.
func (f *forming) wanted() NewSandbox {
	var w NewSandbox
	at := func(field int) int { return f.Fields[field].At }
	on := func(kind int) bool { return f.Fields[fieldNamespaces].Options[kind].On }
	w.Name = strings.TrimSpace(f.Fields[fieldName].Input.Value())
	w.Propagation = sandbox.Propagation(sandbox.Propagations()[at(fieldPropagation)])
	w.UserNS, w.PID, w.UTS, w.IPC, w.Net, w.Cgroup = on(kindUser), on(kindPID), on(kindUTS), on(kindIPC), on(kindNet), on(kindCgroup)
	w.Keep = at(fieldKeep) == 1
	if i := at(fieldInside); i > 0 {
		w.In = f.Fields[fieldInside].Options[i].Label
	}
	switch at(fieldRoot) {
	case rootBuiltin:
		w.RootFrom = BuiltinRoot
	case rootPath:
		w.RootFrom = f.Fields[fieldPath].Input.Value()
	}
	if w.RootFrom != "" && at(fieldSteps) == 1 {
		w.Steps = sandbox.AllSteps
	}
	return w
}
