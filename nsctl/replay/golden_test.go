package replay_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/replay"
)

// The recording in testdata is small enough to be checked by hand: classroom.txt says what
// it leads to.
func TestClassroom(t *testing.T) {
	file, err := os.Open("testdata/classroom.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := replay.Read(file)
	if err != nil || r.Stopped() != "" {
		t.Fatal(err, r.Stopped())
	}
	var got []string
	names := map[nsctl.NSNumber]string{}
	for n := 0; n <= r.Len(); n++ {
		s, err := r.At(n)
		if err != nil {
			t.Fatal(err)
		}
		head := "0 begin"
		if n > 0 {
			e := r.Step(n).Origin()
			by := "nobody known"
			if e.Actor != nil {
				by = e.Actor.Comm
			}
			head = fmt.Sprintf("%d %s in %s by %s", n, e.Kind, names[e.NS], by)
		}
		got = append(got, head)
		for _, ns := range s.Namespaces {
			names[ns.NS] = ns.Name
			for _, m := range ns.Mounts {
				got = append(got, strings.TrimRight(fmt.Sprintf("\t%-6s %-7s %s", ns.Name, m.Mountpoint, m.Propagation), " "))
			}
		}
	}
	text, err := os.ReadFile("testdata/classroom.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, cases, _ := strings.Cut(string(text), "\n\n")
	want := strings.Split(strings.TrimSpace(cases), "\n")
	for i := range want {
		want[i], _, _ = strings.Cut(want[i], ": ") // what follows is for people
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
