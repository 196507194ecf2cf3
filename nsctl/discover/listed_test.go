package discover

import (
	"errors"
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// listns(2) came with Linux 6.19. What is done with the ids that it gives can be tried
// with ids from elsewhere.
func TestNamespaceOfWhichOnlyTheIDIsKnown(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("reading a namespace by its id takes root")
	}
	host := nstest.Host(t)
	file, err := sys.OpenNamespace(host.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.MountNSInfo()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	s := New(Options{}).newScan()
	s.namespaces = &registry{byNumber: map[nsctl.NSNumber]*found{}}
	defer s.namespaces.closeFiles()
	known := s.namespaces.get(1)
	known.info.NSID = 77
	s.namespaces.addListed([]uint64{77, info.ID})
	all := s.namespaces.all()
	if len(all) != 2 || all[0] != known {
		t.Fatalf("got %d namespaces, want the known one and one more", len(all))
	}
	f := all[1]
	s.readNamespace(f, s.newReader())
	compareMounts(t, f.table.mounts, host.Mounts(t))
	// Linux 6.18 opens it only if the number is known, too.
	if f.info.NS != host.NS() && (f.info.NS != 0 || len(f.gaps) != 1) {
		t.Errorf("number is %v with gaps %v", f.info.NS, f.gaps)
	}
}
