package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// printed gives an outcome as it is printed.
func printed(t *testing.T, o *nsctl.Outcome, s screen) string {
	t.Helper()
	var b strings.Builder
	if err := writeOutcome(&b, o, graph.New(host()), s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everything has each kind of effect, in the second namespace before the first.
func everything() *nsctl.Outcome {
	effect := func(kind nsctl.EffectKind, space int, id, parent nsctl.MountID, point string, p nsctl.Propagation) nsctl.Effect {
		ns := host().Namespaces
		e := nsctl.Effect{Kind: kind, Space: space, Rule: "rule: of " + string(kind)}
		if space < len(ns) {
			e.NS = ns[space].NS
		}
		e.Mount = nsctl.Mount{MntID: id, ParentID: parent, Mountpoint: point, Propagation: p}
		return e
	}
	const first, second nsctl.GroupID = 1_000_000, 1_000_001
	copied := effect(nsctl.EffectMount, 1, -2, 97, "/mnt\x1b", nsctl.Propagation{Shared: second, Master: first})
	copied.Via = &nsctl.Via{Group: 1, MntID: 97}
	moved := effect(nsctl.EffectMove, 0, 31, -1, "/new", nsctl.Propagation{Shared: first})
	moved.Was = &nsctl.Was{Mountpoint: "/data", ParentID: 28}
	reparented := effect(nsctl.EffectMove, 0, 30, -1, "/data", nsctl.Propagation{})
	reparented.Was = &nsctl.Was{Mountpoint: "/data", ParentID: 28}
	changed := effect(nsctl.EffectPropagation, 0, 27, 26, "/proc", nsctl.Propagation{Master: 1, Unbindable: true})
	changed.Was = &nsctl.Was{Propagation: nsctl.Propagation{Shared: 5, Master: 1}}
	return &nsctl.Outcome{
		Op: `mount --bind '/a\b' /mnt`, NS: 4026531832, OK: true,
		Effects: []nsctl.Effect{
			copied,
			effect(nsctl.EffectMount, 0, -1, 26, "/mnt", nsctl.Propagation{Shared: first}),
			effect(nsctl.EffectMount, 0, -3, -1, "/mnt/in", nsctl.Propagation{}),
			moved, reparented, changed,
			effect(nsctl.EffectUmount, 1, 98, 97, "/gone", nsctl.Propagation{Master: 7}),
			effect(nsctl.EffectRemount, 1, 97, 96, "/", nsctl.Propagation{Master: 1}),
			effect(nsctl.EffectMount, 3, -4, 0, "/", nsctl.Propagation{Unbindable: true}),
		},
		NotReached: []nsctl.NotReached{
			{NS: 4026531832, Space: 0, MntID: 28, Mountpoint: "/data\x1b", Reason: nsctl.NotReachedPrivate, Text: "it is private"},
			{NS: 4026532001, Space: 1, MntID: 98, Mountpoint: "/x", Reason: nsctl.NotReachedRoot, Text: "another part"},
			{NS: 0, Space: 2, MntID: 99, Mountpoint: "/y", Reason: nsctl.NotReachedPrivate, Text: "it is private"},
		},
		Uncertain: []string{"\x1b[31mone", "two"},
	}
}

func TestOutcomeForPeople(t *testing.T) {
	want := `mount --bind '/a\b' /mnt in systemd mnt:[4026531832]:
✓ should succeed: 4 mounts appear, 1 mount vanishes, 2 mounts move, 2 mounts change, in 3 namespaces

WHERE                ID  PROPAGATION                                                         THROUGH   WHY
initial systemd mnt:[4026531832]
├─+ /mnt            new  shared:new1 (shared)                                                          rule: of mount
│ ├─+ /mnt/in       new  private                                                                       rule: of mount
│ ├─> /data → /new   31  private → shared:new1 (shared)                                                rule: of move
│ └─> /data          30  private                                                                       rule: of move
└─~ /proc            27  shared:5 master:1 (shared and slave) → master:1 unbindable (slave)            rule: of propagation
container web mnt:[4026532001]
└─~ /                97  master:1 (slave)                                                              rule: of remount
  ├─+ /mnt\x1b      new  shared:new2 master:new1 (shared and slave)                          shared:1  rule
  └─- /gone          98  master:7 (slave)                                                              rule: of umount
a new namespace
└─+ /               new  unbindable                                                                    rule: of mount

NOT REACHED          NS  NAME     ID
it is private
├─/data\x1b  4026531832  systemd  28
└─/y                  ?  -        99
another part
└─/x         4026532001  web      98

Not certain:
- \x1b[31mone
- two
`
	if got := printed(t, everything(), screen{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOutcomeInASCII(t *testing.T) {
	got := printed(t, everything(), screen{ascii: true})
	if i := strings.IndexFunc(got, func(r rune) bool { return r > '~' }); i >= 0 {
		t.Errorf("not ASCII: %q", got[i:])
	}
	for _, line := range []string{"should succeed: 4 mounts", "| |-> /data -> /new   31  private -> shared:new1 (shared)"} {
		if !strings.Contains(got, "\n"+line) {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, tc := range []struct {
		name string
		o    nsctl.Outcome
		s    screen
		want string
	}{
		{"nothing happens", nsctl.Outcome{Op: "mount --make-private /", OK: true}, screen{}, "✓ will succeed: nothing changes\n"},
		{"refused", nsctl.Outcome{Op: "umount /a", Errno: "EINVAL", Reason: "/a is \x1b not"}, screen{}, "✗ will fail with EINVAL: /a is \\x1b not\n"},
		{"not certain", nsctl.Outcome{Errno: "EBUSY", Reason: "r", Uncertain: []string{"u"}}, screen{}, "✗ should fail with EBUSY: r\n"},
		{"on a terminal", nsctl.Outcome{OK: true}, screen{styled: true, width: 80}, "\x1b[1m✓ will succeed\x1b[m: nothing changes\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, got, _ := strings.Cut(printed(t, &tc.o, tc.s), "\n")
			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestPrintableCommand(t *testing.T) {
	for line, want := range map[string]string{
		`umount '/a\b'\''c'`:   `umount '/a\b'\''c'`,
		"umount '/a\n\x1b\\'":  `umount '/a\n\x1b\\'`,
		"umount '/\u202e\xff'": `umount '/\u202e\xff'`,
	} {
		if got := printableCommand(line); got != want {
			t.Errorf("%q is shown as %s, want %s", line, got, want)
		}
	}
}

// A thousand namespaces with a thousand mounts each do not scroll the answer away.
func TestLargeOutcomesAreSummedUp(t *testing.T) {
	s := &nsctl.Snapshot{Namespaces: make([]nsctl.Namespace, 1000)}
	o := &nsctl.Outcome{OK: true, NS: 18}
	for space := range s.Namespaces {
		s.Namespaces[space].NS = nsctl.NSNumber(space + 1)
		for i := range 1000 {
			id := nsctl.MountID(-1 - space*1000 - i)
			o.Effects = append(o.Effects, nsctl.Effect{
				Kind: nsctl.EffectMount, Space: space, NS: nsctl.NSNumber(space + 1), Mount: nsctl.Mount{MntID: id, Mountpoint: "/a"},
			})
		}
		o.NotReached = append(o.NotReached, nsctl.NotReached{Space: space, NS: 7, MntID: 5, Mountpoint: "/a", Text: "t"})
		o.Uncertain = append(o.Uncertain, fmt.Sprint("u", space))
	}
	var b strings.Builder
	if err := writeOutcome(&b, o, graph.New(s), screen{width: 60}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	if n := strings.Count(got, "\n"); n > 400 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{
		"1000000 mounts appear, in 1000 namespaces\n", "WHY\n mnt:[18]\n", "\n  and 976 more mounts\n", "\nand 988 more namespaces; --json lists all\n",
		"\n└─and 992 more mounts; --json lists all\n", "\n- u7\n- and 992 more such things; --json lists all\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %.3000s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		if ansi.StringWidth(strings.TrimSuffix(line, "\n")) > 60 && !strings.HasPrefix(line, "✓") {
			t.Errorf("a line of the tables is too wide: %q", line)
		}
	}
}

// Mounts that are each in the other, as only a forged snapshot has them, do not keep it busy.
func TestForgedOutcomesEnd(t *testing.T) {
	o := &nsctl.Outcome{OK: true}
	for _, ids := range [][2]nsctl.MountID{{5, 5}, {6, 7}, {7, 6}} {
		o.Effects = append(o.Effects, nsctl.Effect{Kind: nsctl.EffectMount, Mount: nsctl.Mount{MntID: ids[0], ParentID: ids[1], Mountpoint: "/loop"}})
	}
	if got := printed(t, o, screen{}); !strings.Contains(got, "/loop") {
		t.Errorf("got %s", got)
	}
}
