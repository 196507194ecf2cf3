package predict_test

import (
	"math/rand/v2"

	"mntscope/nsctl"
)

// step is an operation of a random sequence. Names of namespaces are host, n1, n2 and n3.
type step struct {
	ns    string
	op    nsctl.Op
	files []string // made before, as far as possible: a directory, or a file if it ends in f
}

// places are few, so that mounts meet: some inside others, some with names that only begin
// alike, and some that are files.
var places = []string{
	"/mnt", "/mnt/a", "/mnt/a", "/mnt/a/b", "/mnt/a/b/c", "/mnt/ab", "/mnt/d", "/mnt/d", "/mnt/d/e", "/mnt/d/e/a", "/mnt/f", "/mnt/a/f", "/",
}

// generator makes random sequences, the same ones for the same seed.
type generator struct {
	random *rand.Rand
	names  []string
}

func newGenerator(seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 0)), []string{"host"}}
}

func pick[T any](g *generator, list ...T) T { return list[g.random.IntN(len(list))] }

// sequence gives n steps. In half of the sequences some of the host is private, for much is
// refused in shared mounts.
func (g *generator) sequence(n int) []step {
	steps := make([]step, n)
	for i := range steps {
		steps[i] = g.next()
	}
	if g.random.IntN(2) == 0 {
		steps[0] = step{ns: "host", op: nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: pick(g, "/", "/mnt"), Recursive: true}}
	}
	return steps
}

// next gives the next step. Every step may be refused by the kernel, which is as good.
func (g *generator) next() step {
	s := step{ns: pick(g, g.names...), op: g.op()}
	if s.op.Kind == nsctl.OpUmount && !s.op.Lazy && s.op.Target == "/" {
		return g.next() // it would make the machine's own root filesystem read-only
	}
	if s.op.Kind == nsctl.OpUnshare {
		if len(g.names) == 4 {
			return g.next()
		}
		g.names = append(g.names, [...]string{"n1", "n2", "n3"}[len(g.names)-1])
	}
	for _, file := range []string{s.op.Source, s.op.Target, s.op.To} {
		if len(file) > 4 && file[0] == '/' && g.random.IntN(10) > 0 {
			s.files = append(s.files, file)
		}
	}
	return s
}

func (g *generator) op() nsctl.Op {
	place := func() string { return pick(g, places...) }
	some := func(n int) bool { return g.random.IntN(n) == 0 }
	switch n := g.random.IntN(100); {
	case n < 14:
		return nsctl.Op{Kind: nsctl.OpMount, FSType: pick(g, "tmpfs", "tmpfs", "ramfs"), Source: "new", Target: place(), Beneath: some(6)}
	case n < 32:
		return nsctl.Op{Kind: nsctl.OpBind, Source: place(), Target: place(), Recursive: some(3), Beneath: some(8)}
	case n < 40:
		return nsctl.Op{Kind: nsctl.OpMove, Source: place(), Target: place()}
	case n < 45:
		return nsctl.Op{Kind: nsctl.OpMove, Source: place(), Target: place(), Beneath: true}
	case n < 65:
		types := []nsctl.PropagationType{nsctl.Shared, nsctl.Shared, nsctl.Slave, nsctl.Slave, nsctl.Private, nsctl.Unbindable}
		return nsctl.Op{Kind: nsctl.OpMake, Target: place(), Type: pick(g, types...), Recursive: some(4)}
	case n < 82:
		return nsctl.Op{Kind: nsctl.OpUmount, Target: place(), Lazy: some(4)}
	case n < 85:
		return nsctl.Op{Kind: nsctl.OpPivotRoot, Source: place(), Target: place()}
	case n < 93:
		to := pick(g, "/mnt", "/mnt", "/", place())
		return nsctl.Op{Kind: nsctl.OpRejoin, Target: pick(g, to, to, place()), ToNS: pick(g, g.names...), To: to, Slave: some(2)}
	}
	return nsctl.Op{Kind: nsctl.OpUnshare, User: some(3), Then: nsctl.UnsharePropagation(g.random.IntN(4))}
}

// shell writes a sequence as commands that a person can paste. The first shell is one that
// plays the host.
func shell(steps []step) []string {
	lines := []string{
		"unshare --mount sh    # as root; without, unshare --user --map-root-user --mount sh",
		"mount --make-rshared / && mount -t tmpfs tmpfs /mnt; host=$$",
	}
	for _, s := range steps {
		for _, file := range s.files {
			how := "mkdir -p "
			if file[len(file)-1] == 'f' {
				how = "touch "
			}
			lines = append(lines, "nsenter -t $"+s.ns+" -m -- "+how+file+" 2>/dev/null")
		}
		line := "nsenter -t $" + s.ns + " -m -- " + s.op.String()
		if s.op.Kind == nsctl.OpUnshare {
			line += " sleep 1000 & # its pid is the next of $n1, $n2, $n3"
		}
		lines = append(lines, line)
	}
	return lines
}
