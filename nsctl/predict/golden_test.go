package predict_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
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

func (c *golden) run(t *testing.T) {
	h := newScene(t)
	for _, step := range c.steps[:len(c.steps)-1] {
		h.step(t, step)
	}
	name, line, _ := strings.Cut(c.steps[len(c.steps)-1], "> ")
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		t.Fatal(err)
	}
	before := h.snapshot(t)
	h.askLocks(t, before)
	host := predict.New(graph.New(before))
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
func (h *scene) step(t *testing.T, line string) {
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
