package discover

import (
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// observeEnv says where TestObserve leaves what it sees.
const observeEnv = "MNTSCOPE_DISCOVER_OBSERVE"

// The reader may itself live where little can be seen: what it can see is right,
// and what it cannot is told.
func TestObserversElsewhere(t *testing.T) {
	for _, tc := range []struct {
		name   string
		root   bool // only root can play it
		clone  []nstest.Option
		fork   []nstest.Option
		jail   bool
		others bool // the host's namespace is seen, too
	}{
		{name: "in another namespace", clone: []nstest.Option{nstest.Propagation("rslave")}, others: true},
		{name: "in a user namespace", clone: []nstest.Option{nstest.User()}},
		{name: "as another user", root: true, fork: []nstest.Option{nstest.As(65534)}},
		{name: "in a chroot", root: true, jail: true, others: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.root && os.Geteuid() != 0 {
				t.Skip("only root can play this observer")
			}
			host := nstest.Host(t)
			host.Must(t, nstest.Mkdir("/mnt/open"), nstest.Mkdir("/mnt/jail"),
				nstest.Mount("anybody's", "/mnt/open", "tmpfs", 0, "mode=777"))
			n := host.Clone(t, tc.clone...)
			if tc.fork != nil {
				n = n.Fork(t, tc.fork...)
			}
			if tc.jail {
				n.Must(t, nstest.Rbind("/", "/mnt/jail"))
			}
			whole := n.Mounts(t)
			if tc.jail {
				n.Must(t, nstest.Chroot("/mnt/jail"))
			}
			s := observe(t, n)
			compareMounts(t, namespaceOf(t, s, n.NS()).Mounts, whole)
			if s.Observer.NS != n.NS() {
				t.Errorf("the observer is %+v, in %v", s.Observer, n.NS())
			}
			if tc.others {
				compare(t, s, host.NS(), host.Mounts(t))
			} else if len(s.Gaps) == 0 {
				t.Error("it is told that nothing is missing")
			}
		})
	}
}

// observe lets another copy of this test binary read the host, in the place of n.
func observe(t *testing.T, n *nstest.NS) *nsctl.Snapshot {
	t.Helper()
	const file = "/mnt/open/snapshot"
	out, err := n.Run("env", observeEnv+"="+file, n.Proc("exe"), "-test.run=^TestObserve$")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(n.Path(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := nsctl.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestObserve(t *testing.T) {
	file := os.Getenv(observeEnv)
	if file == "" {
		t.Skip("it is run by TestObserversElsewhere")
	}
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err == nil {
		err = s.Encode(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
