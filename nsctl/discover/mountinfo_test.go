package discover

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestParseMountinfo(t *testing.T) {
	longOption := "rw,lowerdir=" + strings.Repeat("/lower", 20000)
	for _, tc := range []struct {
		name, line string
		want       nsctl.Mount
	}{
		{
			"ordinary", `26 1 254:0 / / rw,relatime - ext4 /dev/vda rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Major: 254}, Root: "/", Mountpoint: "/", FSType: "ext4", Source: "/dev/vda", Options: "rw,relatime", SuperOptions: "rw"},
		},
		{
			"every optional field", `26 1 0:5 / /a rw shared:5 master:2 propagate_from:1 unbindable - tmpfs t rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/a", FSType: "tmpfs", Source: "t", Options: "rw", SuperOptions: "rw",
				Propagation: nsctl.Propagation{Shared: 5, Master: 2, PropagateFrom: 1, Unbindable: true}},
		},
		{
			"a tag of a later kernel", `26 1 0:5 / /a rw later:7 shared:5 flag - tmpfs t rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/a", FSType: "tmpfs", Source: "t", Options: "rw", SuperOptions: "rw",
				Propagation: nsctl.Propagation{Shared: 5}},
		},
		{
			"every escape", `26 1 0:5 /r\040o /a\040\011\012\134\043 rw - fuse.x\040y s\040c rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/r o", Mountpoint: "/a \t\n\\#", FSType: "fuse.x y", Source: "s c", Options: "rw", SuperOptions: "rw"},
		},
		{
			"an escaped backslash before digits", `26 1 0:5 / /a\134040 rw - tmpfs t rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: `/a\040`, FSType: "tmpfs", Source: "t", Options: "rw", SuperOptions: "rw"},
		},
		{
			"an empty source", `26 1 0:5 / /a rw - tmpfs  rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/a", FSType: "tmpfs", Options: "rw", SuperOptions: "rw"},
		},
		{
			"a source that is the separator", `26 1 0:5 / /a rw shared:1 - tmpfs - rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/a", FSType: "tmpfs", Source: "-", Options: "rw", SuperOptions: "rw", Propagation: nsctl.Propagation{Shared: 1}},
		},
		{
			"a line of 120 KB", `26 1 0:5 / /a rw - overlay o ` + longOption,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/a", FSType: "overlay", Source: "o", Options: "rw", SuperOptions: longOption},
		},
		{
			"an option that ends in a carriage return", "26 1 0:5 / /a rw - overlay o rw,upperdir=/u\r",
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/a", FSType: "overlay", Source: "o", Options: "rw", SuperOptions: "rw,upperdir=/u\r"},
		},
		{
			"bytes that are not UTF-8", "26 1 0:5 / /\xff\xfe\x1b[0m rw - tmpfs \x80 rw",
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/", Mountpoint: "/\xff\xfe\x1b[0m", FSType: "tmpfs", Source: "\x80", Options: "rw", SuperOptions: "rw"},
		},
		{
			"a root that was removed", `26 1 0:5 /gone//deleted /a rw - tmpfs t rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 5}, Root: "/gone//deleted", Mountpoint: "/a", FSType: "tmpfs", Source: "t", Options: "rw", SuperOptions: "rw"},
		},
		{
			"a namespace file", `26 1 0:4 mnt:[4026532177] /run/ns rw shared:1 - nsfs nsfs rw`,
			nsctl.Mount{MntID: 26, ParentID: 1, Dev: nsctl.Dev{Minor: 4}, Root: "mnt:[4026532177]", Mountpoint: "/run/ns", FSType: "nsfs", Source: "nsfs", Options: "rw", SuperOptions: "rw", Propagation: nsctl.Propagation{Shared: 1}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			// Two ordinary lines around it: what is put right must stay with its line.
			const before, after = "7 1 0:1 / /before rw - proc proc rw\n", "8 1 0:1 / /after ro - proc proc ro\n"
			got, err := parseMountinfo([]byte(before + tc.line + "\n" + after))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 3 || got[0].Mountpoint != "/before" || got[2].SuperOptions != "ro" {
				t.Fatalf("the lines around it are wrong: %+v", got)
			}
			if got[1] != tc.want {
				t.Errorf("got  %+v\nwant %+v", got[1], tc.want)
			}
		})
	}
}

func TestParseMountinfoRefuses(t *testing.T) {
	for _, tc := range []struct{ name, table string }{
		{"no newline at the end", "26 1 0:5 / /a rw - tmpfs t rw"},
		{"an empty line", "\n"},
		{"too few fields", "26 1 0:5 / /a rw -\n"},
		{"no separator", "26 1 0:5 / /a rw shared:1 tmpfs t rw x y\n"},
		{"an id that is no number", "x 1 0:5 / /a rw - tmpfs t rw\n"},
		{"a negative id", "-26 1 0:5 / /a rw - tmpfs t rw\n"},
		{"an empty id", " 1 0:5 / /a rw - tmpfs t rw\n"},
		{"an id out of range", "4294967296 1 0:5 / /a rw - tmpfs t rw\n"},
		{"a parent that is no number", "26 1x 0:5 / /a rw - tmpfs t rw\n"},
		{"a device without a colon", "26 1 05 / /a rw - tmpfs t rw\n"},
		{"a minor that is no number", "26 1 0:z / /a rw - tmpfs t rw\n"},
		{"a peer group that is no number", "26 1 0:5 / /a rw shared:x - tmpfs t rw\n"},
		{"a peer group that is 0", "26 1 0:5 / /a rw master:0 - tmpfs t rw\n"},
		{"a peer group out of range", "26 1 0:5 / /a rw master:2147483648 - tmpfs t rw\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := parseMountinfo([]byte(tc.table)); err == nil {
				t.Errorf("accepted as %+v", got)
			}
		})
	}
}

// writeMountinfo writes a table as the kernel does.
func writeMountinfo(mounts []nsctl.Mount) []byte {
	mangle := strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`, "#", `\043`).Replace
	var b bytes.Buffer
	for _, m := range mounts {
		fmt.Fprintf(&b, "%d %d %v %s %s %s", m.MntID, m.ParentID, m.Dev, mangle(m.Root), mangle(m.Mountpoint), m.Options)
		if p := m.Propagation.String(); p != "" {
			fmt.Fprintf(&b, " %s", p)
		}
		fmt.Fprintf(&b, " - %s %s %s\n", mangle(m.FSType), mangle(m.Source), m.SuperOptions)
	}
	return b.Bytes()
}

// What is accepted means the same after it is written as the kernel writes it.
func FuzzParseMountinfo(f *testing.F) {
	f.Add([]byte("26 1 254:0 / / rw,relatime shared:5 master:2 - ext4 /dev/vda rw\n"))
	f.Add([]byte("26 1 0:5 /r\\040o /a\\134 rw - tmpfs  rw\r\n27 26 0:5 / /b ro unbindable - a - x\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		mounts, err := parseMountinfo(table)
		if err != nil {
			return
		}
		if len(mounts) != bytes.Count(table, []byte{'\n'}) {
			t.Fatalf("%d mounts of %d lines", len(mounts), bytes.Count(table, []byte{'\n'}))
		}
		if ids := mountIDs(table); len(ids) != len(mounts) {
			t.Fatalf("%d ids of %d mounts", len(ids), len(mounts))
		} else {
			for i := range ids {
				if ids[i] != mounts[i].MntID {
					t.Fatalf("id %d of line %d, whose mount has %d", ids[i], i+1, mounts[i].MntID)
				}
			}
		}
		for _, m := range mounts {
			// Options hold spaces only in the workaround for kernels before 3.10
			// that moby's parser has, and the kernel never writes empty ones.
			if strings.ContainsAny(m.Options+m.SuperOptions, " ") || m.Options == "" || m.SuperOptions == "" || m.Root == "" || m.Mountpoint == "" {
				return
			}
		}
		again, err := parseMountinfo(writeMountinfo(mounts))
		if err != nil {
			t.Fatalf("%v, in what was written from %q", err, table)
		}
		if len(mounts) > 0 && !reflect.DeepEqual(mounts, again) {
			t.Fatalf("got %+v again, want %+v", again, mounts)
		}
	})
}

func TestNSFSLines(t *testing.T) {
	const nsfs = "26 1 0:4 mnt:[5] /run/ns rw - nsfs nsfs rw\n"
	const other = "27 1 0:5 / /a rw - tmpfs - rw\n"
	for _, tc := range []struct{ name, table, want string }{
		{"none", other + other, ""},
		{"first", nsfs + other, nsfs},
		{"last", other + nsfs, nsfs},
		{"two of them", nsfs + other + nsfs, nsfs + nsfs},
		{"only", nsfs, nsfs},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := string(nsfsLines([]byte(tc.table))); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func BenchmarkParseMountinfo(b *testing.B) {
	table := bytes.Repeat([]byte("444 443 0:46 / /mnt/a/b/c/d rw,relatime shared:77 master:3 - tmpfs tmpfs rw,size=1024k\n"), 122)
	for b.Loop() {
		if _, err := parseMountinfo(table); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/122, "ns/mount")
}
