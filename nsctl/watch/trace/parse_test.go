package trace

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// line is a line as the kernel prints it, which counts bytes where Go counts runes.
func line(comm string, tid int, tgid, text string) string {
	comm = strings.Repeat(" ", commWidth-len(comm)) + comm
	return fmt.Sprintf("%s-%-7d (%7s) [003] ..... 12345.000678: %s\n", comm, tid, tgid, text)
}

func TestParse(t *testing.T) {
	at := 12345*time.Second + 678*time.Microsecond
	base := event{tid: 42, tgid: 40, time: at}
	for _, tc := range []struct {
		name, text, comm, call, newName string
		want                            event
	}{
		{name: "the beginning of a call", comm: "mount", call: "mount",
			text: line("mount", 42, "40", "sys_mount(dev_name: 0x5594, dir_name: 0x55, type: 0, flags: 0x44000, data: 0)"),
			want: event{kind: enter, flags: 0x44000}},
		{name: "as older kernels print it", comm: "mount", call: "mount",
			text: line("mount", 42, "40", "sys_mount(dev_name: 5594, dir_name: 55, type: 0, flags: 44000, data: 0)"),
			want: event{kind: enter, flags: 0x44000}},
		{name: "without arguments", comm: "x", call: "sync", text: line("x", 42, "40", "sys_sync()"), want: event{kind: enter}},
		{name: "unshare", comm: "x", call: "unshare", text: line("x", 42, "40", "sys_unshare(unshare_flags: 0x20000)"),
			want: event{kind: enter, flags: 0x20000}},
		{name: "the end", comm: "mount", call: "mount", text: line("mount", 42, "40", "sys_mount -> 0x0"), want: event{kind: exit}},
		{name: "a failure", comm: "mount", call: "mount", text: line("mount", 42, "40", "sys_mount -> 0xffffffffffffffea"),
			want: event{kind: exit, ret: -22}},
		{name: "a name with newlines", comm: "a\n\n-1 (1) [0] ", call: "mount",
			text: line("a\n\n-1 (1) [0] ", 42, "40", "sys_mount -> 0x0"), want: event{kind: exit}},
		{name: "of fifteen bytes", comm: "fifteen--bytes-", call: "mount", text: line("fifteen--bytes-", 42, "40", "sys_mount -> 0x0"),
			want: event{kind: exit}},
		{name: "a longer pid", comm: "x", call: "mount",
			text: "               x-4194304 (4194303) [003] ..... 12345.000678: sys_mount -> 0x0\n",
			want: event{kind: exit, tid: 4194304, tgid: 4194303}},
		{name: "a rename", comm: "sh", newName: "mount",
			text: line("sh", 42, "40", "task_rename: pid=41 oldcomm=sh newcomm=mount oom_score_adj=-1000"), want: event{kind: rename, task: 41}},
		{name: "a rename with newlines", comm: "sh", newName: "\nnew\n",
			text: line("sh", 42, "40", "task_rename: pid=41 oldcomm=\nold\n newcomm=\nnew\n oom_score_adj=0"), want: event{kind: rename, task: 41}},
		{name: "a rename to the words of one", comm: "sh", newName: "x",
			text: line("sh", 42, "40", "task_rename: pid=41 oldcomm= newcomm=b newcomm=x oom_score_adj=0"), want: event{kind: rename, task: 41}},
		{name: "a new task", comm: "sh",
			text: line("sh", 42, "40", "task_newtask: pid=43 comm= clone_flags=1 clone_flags=20000 oom_score_adj=0"),
			want: event{kind: newTask, task: 43, flags: 0x20000}},
		{name: "another event", comm: "sh", text: line("sh", 42, "40", "sched_switch: whatever"), want: event{}},
		{name: "a string among the arguments", comm: "x", call: "mount",
			text: line("x", 42, "40", `sys_mount(dev_name: 0x1 "flags: 0x2", flags: 0x1)`), want: event{flags: 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, size := parse([]byte(tc.text + "next"))
			if size != len(tc.text) {
				t.Errorf("%d bytes were taken of %d", size, len(tc.text))
			}
			if string(got.comm) != tc.comm || string(got.call) != tc.call || string(got.name) != tc.newName {
				t.Errorf("got name %q, call %q, new name %q", got.comm, got.call, got.name)
			}
			want := tc.want
			want.time = base.time
			if want.tid == 0 {
				want.tid, want.tgid = base.tid, base.tgid
			}
			got.comm, got.call, got.name = nil, nil, nil
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			for cut := range len(tc.text) {
				if _, size := parse([]byte(tc.text[:cut])); size != 0 && tc.want.kind != other {
					t.Errorf("taken for whole after %d bytes of %d: %q", cut, len(tc.text), tc.text[:cut])
				}
			}
		})
	}
}

func TestParseUnknownProcess(t *testing.T) {
	e, _ := parse([]byte(line("<...>", 42, "-------", "sys_mount -> 0x0")))
	if e.kind != exit || e.tid != 42 || e.tgid != 0 || string(e.comm) != "<...>" {
		t.Errorf("got %+v", e)
	}
}

func TestParseLost(t *testing.T) {
	for text, want := range map[string]uint64{
		"CPU:1 [LOST 37 EVENTS]\n":        37,
		"CPU:255 [LOST EVENTS]\n":         1,
		"CPU:1 [LOST 0 EVENTS]\n":         1,
		"CPU:1 [LOST 37 EVENTS] or not\n": 0,
		"CPU:x [LOST 37 EVENTS]\n":        0,
	} {
		e, size := parse([]byte(text))
		if size != len(text) || e.amount != want || (e.kind == lost) != (want > 0) {
			t.Errorf("%q: got %+v, %d bytes", text, e, size)
		}
	}
}

// What is no line is passed over, up to the next one.
func TestParseJunk(t *testing.T) {
	text := []byte("##### CPU 1 buffer started ####\n\n" + strings.Repeat("x", 40) + "\n" + line("mount", 42, "40", "sys_mount -> 0x0"))
	for range 10 {
		e, size := parse(text)
		if e.kind == exit {
			return
		}
		if size == 0 {
			break
		}
		text = text[size:]
	}
	t.Errorf("the line after the junk was not found: %q", text)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(line("mount", 42, "40", "sys_mount(dev_name: 0x5594, flags: 0x44000, data: 0)")))
	f.Add([]byte(line("mount", 42, "40", "sys_mount -> 0xffffffffffffffea")))
	f.Add([]byte(line("a\nb", 42, "-------", "task_rename: pid=41 oldcomm=a newcomm=b oom_score_adj=0")))
	f.Add([]byte(line("sh", 42, "40", "task_newtask: pid=43 comm=sh clone_flags=20000 oom_score_adj=0")))
	f.Add([]byte("CPU:1 [LOST 37 EVENTS]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for rest := text; len(rest) > 0; {
			_, size := parse(rest)
			if size < 0 || size > len(rest) {
				t.Fatalf("%d bytes were taken of %d", size, len(rest))
			}
			if size == 0 {
				break
			}
			rest = rest[size:]
		}
	})
}

// A process can give itself any name, and cannot make a record of another by it: of the
// lines of a process there are as many as it caused, and all are its own.
func FuzzParseForged(f *testing.F) {
	f.Add("a\nb", "CPU:1 [LOST 3")
	f.Add("\n-1 (1) [0] ", " newcomm=")
	f.Fuzz(func(t *testing.T, before, after string) {
		clean := func(comm string) string {
			comm, _, _ = strings.Cut(comm, "\x00")
			return comm[:min(len(comm), maxComm)]
		}
		before, after = clean(before), clean(after)
		text := []byte(line(before, 42, "40", "task_rename: pid=42 oldcomm="+before+" newcomm="+after+" oom_score_adj=0") +
			line(after, 42, "40", "task_newtask: pid=43 comm="+after+" clone_flags=20000 oom_score_adj=0") +
			line(after, 42, "40", "sys_mount(flags: 0x1000)") +
			line(after, 42, "40", "sys_mount -> 0x0"))
		var kinds []kind
		for len(text) > 0 {
			e, size := parse(text)
			if size == 0 {
				t.Fatalf("stuck at %q", text)
			}
			text = text[size:]
			kinds = append(kinds, e.kind)
			if e.tid != 42 || e.kind == newTask && (e.task != 43 || e.flags != 0x20000) || e.kind == rename && e.task != 42 {
				t.Errorf("forged: %+v", e)
			}
		}
		if fmt.Sprint(kinds) != fmt.Sprint([]kind{rename, newTask, enter, exit}) {
			t.Errorf("got kinds %v", kinds)
		}
	})
}
