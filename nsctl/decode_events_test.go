package nsctl_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"mntscope/nsctl"
)

// recording is a whole one: the first line and two events.
func recording(t testing.TB) string {
	return line(t, ready()) + line(t, sampleEvent()) + line(t, created())
}

func readEvents(in io.Reader) (events []*nsctl.Event, truncated bool, err error) {
	return readAll(nsctl.NewEventReader(in))
}

func readAll(r *nsctl.EventReader) (events []*nsctl.Event, truncated bool, err error) {
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events, r.Truncated(), nil
		}
		if err != nil {
			return events, false, err
		}
		events = append(events, e)
	}
}

func TestEventReader(t *testing.T) {
	whole := recording(t)
	long := strings.Repeat(" ", 1<<20) // makes a line of the kind that is read element by element
	for _, tc := range []struct {
		name, in  string
		events    int
		truncated bool
	}{
		{"whole", whole, 3, false},
		{"without the last newline", strings.TrimSuffix(whole, "\n"), 3, false},
		{"blank lines and carriage returns", strings.ReplaceAll(whole, "\n", "\r\n\n"), 3, false},
		{"cut in the last line", whole[:len(whole)-3], 2, true},
		{"cut at the first byte of the last line", whole[:strings.LastIndex(whole, `{"seq":2`)+1], 2, true},
		{"cut between two lines", whole[:strings.LastIndex(whole, `{"seq":2`)], 2, false},
		{"fields of a later mntscope", strings.ReplaceAll(whole, `"seq"`, `"later":[{}],"seq"`), 3, false},
		{"long lines", strings.ReplaceAll(whole, `"kind"`, long+`"later":{"a":[]},"kind"`), 3, false},
		{"long lines that end with the buffer", strings.ReplaceAll(whole, "}\n", "}"+long+"\n"), 3, false},
		{"cut in a long line", strings.Replace(whole, `{"seq":2,`, `{`+long+`"seq":2,`, 1)[:len(whole)+len(long)-3], 2, true},
		{"cut in the blanks after a long line", whole + long, 3, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for how, in := range map[string]io.Reader{
				"at once": strings.NewReader(tc.in), "in halves": iotest.HalfReader(strings.NewReader(tc.in)), "with the error": iotest.DataErrReader(strings.NewReader(tc.in)),
			} {
				got, truncated, err := readEvents(in)
				if err != nil || len(got) != tc.events || truncated != tc.truncated {
					t.Fatalf("read %s: %d events, truncated: %v, %v", how, len(got), truncated, err)
				}
				for i, want := range []*nsctl.Event{ready(), sampleEvent(), created()}[:tc.events] {
					if !reflect.DeepEqual(got[i], want) {
						t.Errorf("read %s, event %d is\n%+v\nwant\n%+v", how, i, got[i], want)
					}
				}
			}
		})
	}
}

func TestEventReaderRefuses(t *testing.T) {
	whole := recording(t)
	first, event := line(t, ready()), line(t, sampleEvent())
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "not a mntscope recording: the file is empty; record with"},
		{"blank lines", "\n\n", "not a mntscope recording"},
		{"text", "hello", "not a mntscope recording"},
		{"a snapshot", string(encode(t, sample())), "but a snapshot: open it with --snapshot"},
		{"events without a beginning", event, "first line must hold the host"},
		{"ready without a snapshot", `{"seq":0,"kind":"ready"}`, "first line must hold the host"},
		{"a snapshot of another version", strings.Replace(whole, `"version":1`, `"version":2`, 1), "it is a snapshot of version 2"},
		{"a long one of another version", strings.Replace(strings.Replace(whole, `"version":1`, `"version":2`, 1), "{", "{"+strings.Repeat(" ", 3<<20), 1), "it is a snapshot of version 2"},
		{"a snapshot of another format", strings.Replace(whole, `mntscope-snapshot`, `x`, 1), "not a mntscope recording"},
		{"cut in the first line", first[:len(first)-9], "truncated within its first line"},
		{"a list", "[]\n", "not a mntscope recording"},
		{"garbage after the beginning", first + "%%%\n", "line 2: the recording is damaged: invalid character '%'"},
		{"garbage at the end", first + "%%%", "line 2: the recording is damaged"},
		{"null", first + "null\n", "line 2: event 0 stands where event 1 is due"},
		{"cut in the middle", first + event[:7] + "\n" + event, "line 2: the recording is damaged: unexpected end"},
		{"a number for a word", first + `{"seq":1,"kind":7}` + "\n", "line 2: the recording is damaged: kind cannot hold a number"},
		{"a device that is none", first + strings.Replace(event, "254:0", strings.Repeat("x", 1000), 1), `line 2: the recording is damaged: "xxx`},
		{"a missing event", first + line(t, created()), "line 2: event 2 stands where event 1 is due"},
		{"two recordings in one", whole + whole, "line 4: another recording begins here"},
		{"a kind of a later mntscope", first + `{"seq":1,"kind":"x"}` + "\n", `line 2: there is no event of kind "x"`},
		{"no mount", first + `{"seq":1,"kind":"umount"}` + "\n", "no mount"},
		{"no namespace", first + `{"seq":1,"kind":"namespace-created"}` + "\n", "no namespace"},
		{"something after an event", first + strings.Replace(event, "\n", "{}\n", 1), "line 2: the recording is damaged: invalid character"},
		{"something after a long event", strings.Replace(first, "}\n", "}"+strings.Repeat(" ", 3<<20)+"{}\n", 1), "not a mntscope recording"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := readEvents(strings.NewReader(tc.in))
			if err == nil {
				t.Fatal("accepted")
			}
			if text := err.Error(); !strings.Contains(text, tc.want) || strings.Contains(text, "\n") || len(text) > 300 {
				t.Errorf("error is %q, want one line with %q", text, tc.want)
			}
			if strings.HasPrefix(tc.want, "not a") != errors.Is(err, nsctl.ErrNotRecording) && tc.name != "a snapshot" && !strings.HasPrefix(tc.want, "first line") {
				t.Errorf("that it is no recording: %v, error is %q", errors.Is(err, nsctl.ErrNotRecording), err)
			}
		})
	}
}

func TestEventReaderTellsWhyItCouldNotRead(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, _, err := readEvents(io.MultiReader(strings.NewReader(recording(t)+`{"seq":3`), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "line 4") {
		t.Error(err)
	}
}

func TestEventReaderGigabyteIsBounded(t *testing.T) {
	first := line(t, ready())
	for _, tc := range []struct {
		name, text string
		filler     byte
	}{
		{"zeros", "", 0},
		{"spaces", "", ' '},
		{"brackets", "", '['},
		{"a long key", `{"`, 'x'},
		{"a long kind", `{"kind":"`, 'x'},
		{"a long mount point in the snapshot", `{"snapshot":{"format":"mntscope-snapshot","version":1,"namespaces":[{"mounts":[{"mountpoint":"`, 'x'},
		{"zeros after the beginning", first, 0},
		{"spaces after the beginning", first, ' '},
		{"a long text after the beginning", first + `{"seq":1,"text":"`, 'x'},
		{"deep nesting after the beginning", first + `{"seq":1,"later":`, '['},
		{"a long mount point", first + `{"seq":1,"kind":"namespace-created","namespace":{"mounts":[{"mountpoint":"`, 'x'},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, _, err := readEvents(&endless{strings.NewReader(tc.text), tc.filler, 1 << 30})
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatal("accepted")
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 192<<20 {
				t.Errorf("allocated %d MiB", used>>20)
			}
		})
	}
}

// Lines are read in two ways, by their length: both must mean the same.
func FuzzEventReader(f *testing.F) {
	whole := recording(f)
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)-9]))
	f.Add([]byte(line(f, ready()) + `{"seq":1,"kind":"mount","mount":null,"namespace":{"ns":1,"mounts":[]}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		events, truncated, err := readEvents(bytes.NewReader(in))
		if err != nil {
			return
		}
		var again bytes.Buffer
		for _, e := range events {
			if err := e.Encode(&again); err != nil {
				t.Fatalf("what was accepted cannot be written: %v", err)
			}
		}
		second, _, err := readAll(nsctl.NewLongEventReader(&again))
		if err != nil || len(second) != len(events) {
			t.Fatalf("%d events, truncated: %v, became %d when written again: %v", len(events), truncated, len(second), err)
		}
		for i := range events {
			if line(t, events[i]) != line(t, second[i]) {
				t.Fatalf("event %d changed:\n%s\n%s", i, line(t, events[i]), line(t, second[i]))
			}
		}
	})
}

func BenchmarkEventReader(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(line(b, ready()))
	e := sampleEvent()
	e.Mount.Mountpoint, e.Was, e.Actor.Comm = "/var/lib/containers/storage/overlay/merged", nil, "mount"
	for e.Seq = 1; e.Seq <= 10_000; e.Seq++ {
		text.WriteString(line(b, e))
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := readEvents(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "us/event")
}
