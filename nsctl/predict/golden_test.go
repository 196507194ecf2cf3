package predict_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/predict"
)

var updateGolden = flag.Bool("update-golden", false, "write what the kernel says into the golden cases")

// The cases in testdata/golden are what the manual pages and the kernel's documentation
// say, and what was found surprising. Each is told in the words of the commands:
//
//	# title
//	host: mount -t tmpfs t /mnt/a           done beforehand, in the namespace host;
//	                                        directories are made as they are needed
//	c = host: unshare --mount --propagation unchanged     makes the namespace c
//	host> mount --make-slave /mnt/a         the operation that is predicted
//	EINVAL                                  the error, or what is below /mnt then:
//	host /mnt/a shared:A master:B           groups are lettered as they come
//
// Each is run in the kernel, and the same is asked of the model, which sees the host as
// it is before the operation.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, cases := readGolden(t, string(text))
		for i := range cases {
			t.Run(filepath.Base(file)+"/"+cases[i].title, func(t *testing.T) { cases[i].run(t) })
		}
		if *updateGolden {
			writeGolden(t, file, head, cases)
		}
	}
}

// golden is one case.
type golden struct {
	title string
	steps []string // up to the operation, which is the last
	want  []string
}

func readGolden(t *testing.T, text string) (head string, cases []golden) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		title, isTitle := strings.CutPrefix(line, "# ")
		switch {
		case isTitle:
			cases = append(cases, golden{title: title})
		case len(cases) == 0:
			head += line + "\n"
		case line == "":
		default:
			c := &cases[len(cases)-1]
			if last := len(c.steps) - 1; last >= 0 && isQuestion(c.steps[last]) {
				c.want = append(c.want, line)
			} else {
				c.steps = append(c.steps, line)
			}
		}
	}
	return head, cases
}

func isQuestion(line string) bool {
	name, _, ok := strings.Cut(line, "> ")
	return ok && !strings.ContainsAny(name, " :=")
}

func writeGolden(t *testing.T, file, head string, cases []golden) {
	t.Helper()
	b := head
	for _, c := range cases {
		b += "# " + c.title + "\n" + strings.Join(append(slices.Clone(c.steps), c.want...), "\n") + "\n\n"
	}
	if err := os.WriteFile(file, []byte(strings.TrimSuffix(b, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goldenHost is the namespaces of a case.
type goldenHost struct {
	names  []string
	spaces map[string]*nstest.NS
}

func (c *golden) run(t *testing.T) {
	h := &goldenHost{[]string{"host"}, map[string]*nstest.NS{"host": nstest.Host(t)}}
	for _, step := range c.steps[:len(c.steps)-1] {
		h.step(t, step)
	}
	name, line, _ := strings.Cut(c.steps[len(c.steps)-1], "> ")
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		t.Fatal(err)
	}
	host := predict.New(graph.New(h.snapshot(t)))
	p, err := host.Predict(op, predict.Caller{NS: slices.Index(h.names, name), Look: h.look})
	if err != nil {
		t.Fatal(err)
	}
	model := []string{p.Errno}
	if p.OK {
		after := p.After()
		names := h.names
		if len(after.Namespaces) > len(names) {
			names = append(slices.Clone(names), "new")
		}
		model = describe(after, names)
	}
	kernel := []string{h.do(t, name, "new", op)}
	if kernel[0] == "" {
		kernel = describe(h.snapshot(t), h.names)
	}
	if *updateGolden {
		c.want = kernel
	}
	compareLines(t, "the kernel", kernel, c.want)
	compareLines(t, "the model", model, c.want)
}

func compareLines(t *testing.T, who string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s says\n\t%s\nexpected\n\t%s", who, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// step does what comes before the question.
func (h *goldenHost) step(t *testing.T, line string) {
	t.Helper()
	made, rest, makes := strings.Cut(line, " = ")
	if !makes {
		rest = line
	}
	name, command, ok := strings.Cut(rest, ": ")
	ns := h.spaces[name]
	if !ok || ns == nil {
		t.Fatalf("%q is no step", line)
	}
	switch words := strings.Fields(command); words[0] {
	case "mkdir":
		ns.Must(t, nstest.Mkdir(words[1]))
		return
	case "touch":
		ns.Must(t, nstest.Touch(words[1]))
		return
	}
	op, err := nsctl.ParseOpLine(command)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ns.Path(op.Target)); err != nil && op.Target != "" {
		ns.Must(t, nstest.Mkdir(op.Target))
	}
	if errno := h.do(t, name, made, op); errno != "" {
		t.Fatalf("%s: %s", line, errno)
	}
}

// do does an operation for real, and gives the name of the error number.
func (h *goldenHost) do(t *testing.T, name, made string, op nsctl.Op) string {
	t.Helper()
	ns := h.spaces[name]
	recursive := uint64(0)
	if op.Recursive {
		recursive = sys.MountRecursive
	}
	var steps []nstest.Op
	switch op.Kind {
	case nsctl.OpMount:
		steps = []nstest.Op{nstest.Mount(op.Source, op.Target, op.FSType, 0, "")}
	case nsctl.OpBind:
		steps = []nstest.Op{nstest.Mount(op.Source, op.Target, "", sys.MountBind|recursive, "")}
	case nsctl.OpMove:
		steps = []nstest.Op{nstest.Move(op.Source, op.Target)}
		if op.Beneath {
			steps = []nstest.Op{nstest.MoveMount(op.Source, op.Target, sys.MoveMountBeneath)}
		}
	case nsctl.OpMake:
		how := op.Type.String()
		if op.Recursive {
			how = "r" + how
		}
		steps = []nstest.Op{nstest.Make(how, op.Target)}
	case nsctl.OpUmount:
		steps = []nstest.Op{nstest.Umount(op.Target)}
		if op.Lazy {
			steps = []nstest.Op{nstest.Detach(op.Target)}
		}
	case nsctl.OpPivotRoot:
		steps = []nstest.Op{nstest.Pivot(op.Source, op.Target)}
	case nsctl.OpRejoin:
		err := h.spaces["host"].Do(nstest.MoveMount(h.spaces[op.ToNS].Path(op.To), ns.Path(op.Target), sys.MoveMountSetGroup))
		if err != nil || !op.Slave {
			return errnoName(t, err)
		}
		steps = []nstest.Op{nstest.Make("slave", op.Target)}
	case nsctl.OpUnshare:
		var options []nstest.Option
		if op.User {
			options = append(options, nstest.User())
		}
		if op.Then != nsctl.ThenUnchanged {
			options = append(options, nstest.Propagation("r"+op.Then.String()))
		}
		h.names = append(h.names, made)
		h.spaces[made] = ns.Clone(t, options...)
	}
	return errnoName(t, ns.Do(steps...))
}

func errnoName(t *testing.T, err error) string {
	t.Helper()
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return sys.ErrnoName(errno)
	case err != nil:
		t.Fatal(err)
	}
	return ""
}

// snapshot reads every namespace, with its owner, and which of its mounts are locked.
func (h *goldenHost) snapshot(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	s := &nsctl.Snapshot{Host: nsctl.Host{Kernel: kernelRelease(t)}}
	for _, name := range h.names {
		n := nsctl.Namespace{Mounts: h.spaces[name].Mounts(t)}
		n.NS, n.Name = h.spaces[name].NS(), name
		n.OwnerUserNS = ownerOf(t, h.spaces[name])
		for i, by := range graph.HiddenBy(n.Mounts) {
			if m := &n.Mounts[i]; by == 0 && strings.HasPrefix(m.Mountpoint, nstest.Scratch+"/") {
				m.Locked = lockState(t, h.spaces[name], m.Mountpoint)
			}
		}
		s.Namespaces = append(s.Namespaces, n)
	}
	return s
}

// lockState asks the kernel whether a mount is locked, and changes nothing: umount2 with
// MNT_EXPIRE looks at the lock first, and then gives up because the mount is in use
// (can_umount and do_umount in fs/namespace.c).
func lockState(t *testing.T, ns *nstest.NS, path string) nsctl.LockState {
	t.Helper()
	const oPath = 0o10000000 // O_PATH in open(2)
	fd, err := syscall.Open(ns.Path(path), oPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	switch errno := errnoName(t, ns.Do(nstest.Op{Call: "umount", Args: []string{path}, Flags: sys.UnmountExpire})); errno {
	case "EINVAL":
		return nsctl.Locked
	case "EBUSY":
		return nsctl.Unlocked
	default:
		t.Fatalf("asking whether %s is locked: %s", path, errno)
		return nsctl.LockUnknown
	}
}

func kernelRelease(t *testing.T) string {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(release))
}

// ownerOf gives the user namespace that an agent made its mount namespace in.
func ownerOf(t *testing.T, ns *nstest.NS) nsctl.UserNSNumber {
	t.Helper()
	link, err := os.Readlink(ns.Proc("ns/user"))
	var owner nsctl.UserNSNumber
	if err == nil {
		_, err = fmt.Sscanf(link, "user:[%d]", &owner)
	}
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

func (h *goldenHost) look(ns int, path string) nsctl.Seen {
	info, err := os.Stat(h.spaces[h.names[ns]].Path(path))
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return nsctl.Seen{Errno: sys.ErrnoName(errno)}
	case info.IsDir():
		return nsctl.Seen{Path: path, Kind: nsctl.Directory}
	}
	return nsctl.Seen{Path: path, Kind: nsctl.NotDirectory}
}

// describe writes down what is below /mnt in every namespace: the root of a mount if that
// is not the filesystem's, and how it takes part in propagation.
func describe(s *nsctl.Snapshot, names []string) []string {
	letters := map[nsctl.GroupID]string{}
	letter := func(tag string, id nsctl.GroupID) string {
		if id == 0 {
			return ""
		}
		if letters[id] == "" {
			letters[id] = string(rune('A' + len(letters)))
		}
		return " " + tag + ":" + letters[id]
	}
	lines := []string{}
	for i, name := range names {
		g := graph.New(s)
		var below []graph.Ref
		inScratch := map[graph.Ref]bool{} // the machine itself may have mounts there, covered by the scene's
		for r := range g.Walk(i) {
			parent, _ := g.Parent(r)
			if inScratch[parent] {
				below = append(below, r)
			}
			inScratch[r] = inScratch[parent] || g.Mount(r).Mountpoint == nstest.Scratch
		}
		slices.SortStableFunc(below, func(a, b graph.Ref) int { // of a stack, the lower one stands before
			return strings.Compare(g.Mount(a).Mountpoint, g.Mount(b).Mountpoint)
		})
		for _, r := range below {
			m := g.Mount(r)
			line := name + " " + m.Mountpoint
			if m.Root != "/" {
				line += "[" + m.Root + "]"
			}
			p := letter("shared", m.Propagation.Shared) + letter("master", m.Propagation.Master) + letter("propagate_from", m.Propagation.PropagateFrom)
			if m.Propagation.Unbindable {
				p += " unbindable"
			}
			if p == "" {
				p = " private"
			}
			lines = append(lines, line+p)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "nothing")
	}
	return lines
}
