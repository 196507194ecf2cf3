package change_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mntscope/nsctl"
)

// undoBoard counts what was applied and taken back.
type undoBoard struct {
	mu                      sync.Mutex
	started                 time.Time
	sequences, whole, stuck int
	careful                 int // sequences of operations that can all be taken back
	applied, restored       int
	kinds, lossy, open      map[string]int
}

func newUndoBoard() *undoBoard {
	return &undoBoard{kinds: map[string]int{}, lossy: map[string]int{}, open: map[string]int{}, started: time.Now()}
}

func (b *undoBoard) count(what map[string]int, kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	what[kind]++
}

func (b *undoBoard) stick() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stuck++
}

func (b *undoBoard) restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.restored++
}

func (b *undoBoard) ended(whole, careful bool, applied int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequences++
	b.applied += applied
	if whole {
		b.whole++
	}
	if careful {
		b.careful++
	}
}

func (b *undoBoard) String() string {
	line := fmt.Sprintf("%d sequences in %.1f s, %d of them came back as they were, %d went no further after a loss; %d operations were taken back, %d of them completely; %d sequences are of operations that lose nothing\napplied:",
		b.sequences, time.Since(b.started).Seconds(), b.whole, b.stuck, b.applied, b.restored, b.careful)
	for _, part := range []struct {
		title  string
		counts map[string]int
	}{{"", b.kinds}, {"\nwith losses:", b.lossy}, {"\nnot certain, because of locks, and other than predicted:", b.open}} {
		line += part.title
		for _, kind := range slices.Sorted(maps.Keys(part.counts)) {
			line += fmt.Sprintf(" %s %d,", kind, part.counts[kind])
		}
	}
	return strings.TrimSuffix(line, ",")
}

// missing gives the kinds of operations that were never applied.
func (b *undoBoard) missing() (list []string) {
	kinds := []string{
		"mount", "mount --beneath", "--bind", "--bind --beneath", "--rbind", "--rbind --beneath", "--bind from", "--move", "--move --beneath",
		"umount", "umount -l", "pivot_root", "rejoin", "rejoin --slave",
	}
	for _, to := range []string{"shared", "slave", "private", "unbindable"} {
		kinds = append(kinds, "--make-"+to, "--make-r"+to)
	}
	for _, kind := range kinds {
		if b.kinds[kind] == 0 {
			list = append(list, kind)
		}
	}
	return list
}

// kindOf names the kind of an operation without its paths.
func kindOf(op nsctl.Op) (kind string) {
	words := strings.Fields(op.String())
	switch op.Kind {
	case nsctl.OpMount:
		kind = "mount"
	case nsctl.OpBind:
		kind = "--bind"
		if op.Recursive {
			kind = "--rbind"
		}
		if op.FromNS != "" {
			kind += " from"
		}
	case nsctl.OpMove:
		kind = "--move"
	case nsctl.OpMake:
		return words[1]
	case nsctl.OpUmount:
		kind = "umount"
		if op.Lazy {
			kind += " -l"
		}
	default:
		kind = words[0]
		if op.Slave {
			kind += " --slave"
		}
	}
	if op.Beneath {
		kind += " --beneath"
	}
	return kind
}
