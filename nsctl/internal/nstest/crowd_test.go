package nstest_test

import (
	"fmt"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestStandardScenes(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 1,400 namespaces")
	}
	for _, tc := range []struct {
		name       string
		make       func(testing.TB) []int
		namespaces int
		types      map[nsctl.PropagationType]int // of how many namespaces
	}{
		{"wide", nstest.Wide, nstest.WideNamespaces, map[nsctl.PropagationType]int{
			nsctl.Private: nstest.WideNamespaces,
		}},
		{"slave-heavy", nstest.SlaveHeavy, nstest.SlaveHeavyNamespaces, map[nsctl.PropagationType]int{
			nsctl.Shared: nstest.SlaveHeavyNamespaces / 2, nsctl.Slave: nstest.SlaveHeavyNamespaces / 2,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			namespaces := map[nsctl.NSNumber]bool{}
			types := map[nsctl.PropagationType]int{}
			for _, pid := range tc.make(t) {
				ns, err := nstest.NumberOf(fmt.Sprintf("/proc/%d/ns/mnt", pid))
				if err != nil {
					t.Fatal(err)
				}
				namespaces[ns] = true
				mounts, err := nstest.ReadMountinfo(fmt.Sprintf("/proc/%d/mountinfo", pid))
				if err != nil {
					t.Fatal(err)
				}
				if len(mounts) < nstest.SceneMounts {
					t.Fatalf("%v has %d mounts", ns, len(mounts))
				}
				kind := mounts[0].Propagation.Type()
				for _, m := range mounts {
					if m.Propagation.Type() != kind {
						t.Fatalf("%v has a %v and a %v mount", ns, kind, m.Propagation.Type())
					}
				}
				types[kind]++
			}
			if len(namespaces) != tc.namespaces {
				t.Errorf("%d namespaces, want %d", len(namespaces), tc.namespaces)
			}
			for kind, want := range tc.types {
				if types[kind] != want {
					t.Errorf("%d namespaces are %v, want %d", types[kind], kind, want)
				}
			}
		})
	}
}
