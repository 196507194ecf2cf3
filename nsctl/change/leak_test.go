package change_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

var operations = flag.Int("operations", 400, "how many operations must leave nothing behind")

// Thousands of operations of all kinds, in two namespaces, one of which belongs to another
// user namespace, with errors and refusals among them: no descriptor, thread, goroutine or
// memory is left of them, no thread in another namespace, and no endless journal.
//
//	go test ./nsctl/change -run TestNothingIsLeft -v -operations 10000
func TestNothingIsLeft(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Make("shared", "/"), nstest.Tmpfs("/a"))
	n.Must(t, populate("/a")...)
	less := n.Clone(t, nstest.User())
	dir := t.TempDir()
	s := newScene(t, change.Options{Journal: dir}, n, less)
	const limit = 1 << 20
	change.LimitJournal(s.Changer, limit)
	lines := []string{ // which leave the namespace as it was
		"mount -t tmpfs x /b/a", "mount --bind /a /b/b", "mount --rbind /b /a/a", "mount --make-rslave /b/a", "umount /a/f",
		"umount -l /a/a", "mount --make-rprivate /", "mount -t tmpfs x /b/b", "mount --move /b/b /b/b/b", "mount --move /b/b /a/b", "umount /a/b", "mount --make-rshared /",
	}
	failed := map[string]int{}
	tried := 0
	round := func(times int) (done int) {
		for ; done < times; tried++ {
			p := s.plan(t, []string{"n0", "n1"}[tried/len(lines)%2], lines[tried%len(lines)])
			r, err := s.Apply(t.Context(), p)
			var unverified *change.Unverified
			switch {
			case errors.As(err, &unverified):
				t.Fatal(err)
			case err == nil && len(r.Surprises) > 0 && !mayBeLocked(r.Plan):
				t.Fatalf("%s: %s, of %d; %q", p.Op, r.Surprises[0].Text, len(r.Surprises), p.Prediction.Uncertain)
			case err == nil:
				done++
			default:
				failed[lines[tried%len(lines)]]++
			}
		}
		return done
	}
	round(200) // what is needed once is there
	before := belongingsNow(t)
	start := time.Now()
	done := round(*operations)
	took := time.Since(start)
	after := belongingsNow(t)
	if len(failed) != 2 || len(s.now(t).Namespaces[0].Mounts) > 20 {
		t.Errorf("other operations than those that should failed, or mounts were left: %v", failed)
	}
	t.Logf("%d operations of %d tried in %.1f s, %v each; %s before, %s after", done, tried, took.Seconds(), (took / time.Duration(done)).Round(time.Microsecond), before, after)
	if after.descriptors > before.descriptors || after.goroutines > before.goroutines || len(after.elsewhere) > 0 {
		t.Errorf("left: %s, before there were %s", after, before)
	}
	if after.threads > before.threads+16 {
		t.Errorf("%d threads, before there were %d", after.threads, before.threads)
	}
	if after.heap > before.heap+16<<20 {
		t.Errorf("%d KiB of memory, before there were %d", after.heap>>10, before.heap>>10)
	}
	info, err := os.Stat(filepath.Join(dir, "journal"))
	if err != nil || info.Size() > limit+64<<10 {
		t.Errorf("the journal: %v %v", info, err)
	}
}

// belongings are what the process has.
type belongings struct {
	descriptors, threads, goroutines int
	heap                             uint64
	elsewhere                        []string // threads in other mount namespaces than the process
}

func (b belongings) String() string {
	text := fmt.Sprintf("%d descriptors, %d threads, %d goroutines, %d KiB", b.descriptors, b.threads, b.goroutines, b.heap>>10)
	if len(b.elsewhere) > 0 {
		text += ", elsewhere " + strings.Join(b.elsewhere, " ")
	}
	return text
}

// belongingsNow counts, once those threads have ended that a job has ended on.
func belongingsNow(t *testing.T) (b belongings) {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b = belongings{descriptors: len(listProc(t, "fd")), goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	home, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 { // a thread ends a moment after its goroutine
		b.elsewhere = nil
		tasks := listProc(t, "task")
		b.threads = len(tasks)
		for _, tid := range tasks {
			if ns, err := os.Readlink(filepath.Join("/proc/self/task", tid, "ns/mnt")); err == nil && ns != home {
				b.elsewhere = append(b.elsewhere, tid)
			}
		}
		if len(b.elsewhere) == 0 {
			break
		}
		runtime.Gosched()
	}
	return b
}

func listProc(t *testing.T, what string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("/proc/self", what))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err == nil {
			names = append(names, e.Name())
		}
	}
	return slices.Clip(names)
}
