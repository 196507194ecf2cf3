package uitest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
)

// demo is the saved scene that the pictures show.
const demo = "../../screenshots/demo.json"

// save writes a snapshot to a file and gives its name.
func save(t testing.TB, s *nsctl.Snapshot) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "snapshot.json")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s.Format, s.Version = nsctl.Format, nsctl.Version
	s.Taken = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	if err := s.Encode(file); err != nil {
		t.Fatal(err)
	}
	return name
}

// harmful are texts that would harm a terminal, or the layout, if they were written
// as they are.
var harmful = []string{
	"\x1b[31mred\x1b[m", "\x1b]0;owned\a", "\x1b]52;c;b3duZWQ=\a", "\x1bc", "\x1b[2J\x1b[H", "\x1bP1$r0m\x1b\\",
	"\u009b31m", "\u0085next line", "line\nfeed", "carriage\rreturn", "tab\tulator", "back\b\b\bspace", "bell\a", "delete\x7f",
	"\u202efdp.exe", "\u2066isolate\u2069", "zero\u200bwidth\u200djoiner", "no\u00a0break", "\ufeffmark",
	"latin1 \xe9t\xe9", "cut \xe6\x97", "\xff\xfe",
	"日本語のディレクトリ", "한국어", "עברית", "العربية", "हिन्दी", "ไทย",
	"👍🏽 👨‍👩‍👧 🇩🇪", "e\u0301\u0301\u0301", "\u0301start", "Z\u0335\u0321a\u0334\u0322l\u0337g\u0338o",
	"", " ", "   lead and trail   ", `\x1b[31m`, "%s%d%n", "\u3164\u115f", "\ue000private\U000f0000",
	strings.Repeat("long/", 800), strings.Repeat("長", 300), strings.Repeat("a\u0300", 300),
}

// hostile is a snapshot from somebody who means no good: every text does harm, and
// what should be a forest of mounts is anything but.
func hostile() *nsctl.Snapshot {
	text := func(i int) string { return harmful[i%len(harmful)] }
	uid := uint32(0xffffffff)
	s := &nsctl.Snapshot{
		Host:     nsctl.Host{Name: "host\x1b[31m\n", Kernel: "6.18\x1b]0;owned\a", BootID: "\x1bc"},
		Observer: nsctl.Observer{PID: -1, UID: -1, NS: 1},
	}
	for n := range harmful {
		ns := nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{
			NS: nsctl.NSNumber(n / 2), NSID: nsctl.NSID(n / 3), Kind: nsctl.Kind(text(n)), Name: text(n + 1),
			Container:    &nsctl.Container{Manager: strings.ToValidUTF8(text(n+2), "?"), ID: strings.ToValidUTF8(text(n+3), "?")},
			OwnerUserNS:  nsctl.UserNSNumber(-n),
			OwnerUID:     &uid,
			ProcessCount: n - 3,
			Processes:    []nsctl.Process{{PID: n, Comm: text(n + 4), Cgroup: text(n + 5)}, {PID: n}},
			HeldBy:       []nsctl.Holder{{Kind: nsctl.HolderKind(text(n + 6)), PID: n, Path: text(n + 7), NS: 1}},
		}}
		for m := range harmful {
			ns.Mounts = append(ns.Mounts, nsctl.Mount{
				ID: nsctl.UniqueID(m / 2), MntID: nsctl.MountID(m % 17), ParentID: nsctl.MountID((m * 7) % 19), // cycles, duplicates, orphans
				Root: text(m + 1), Mountpoint: "/" + text(m+n), FSType: text(m + 2), Source: text(m + 3),
				Options: text(m + 4), SuperOptions: text(m + 5),
				Propagation: nsctl.Propagation{
					Shared: nsctl.GroupID(m % 5), Master: nsctl.GroupID((m + n) % 6), // groups that are each other's masters
					PropagateFrom: nsctl.GroupID(m % 4), Unbindable: m%3 == 0,
				},
				HiddenBy: nsctl.MountID(m % 11),
			})
		}
		s.Namespaces = append(s.Namespaces, ns)
		s.Gaps = append(s.Gaps, nsctl.Gap{NS: ns.NS, PID: n, What: text(n), Error: text(n + 1), Message: text(n + 2)})
	}
	return s
}

// large is a host with 1,000 namespaces of 122 mounts each. Half of the mounts are
// shared, and the same mounts of a tenth of the namespaces are slaves of those.
func large() *nsctl.Snapshot {
	const namespaces, mounts = 1000, 122
	s := &nsctl.Snapshot{Host: nsctl.Host{Name: "large", Kernel: "6.18.0"}, Observer: nsctl.Observer{PID: 1, NS: 4026531832}}
	id := nsctl.MountID(1)
	for n := range namespaces {
		ns := nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{
			NS: nsctl.NSNumber(4026531832 + n), NSID: nsctl.NSID(n + 1), Kind: nsctl.KindContainer, Name: fmt.Sprintf("container-%03d", n),
			ProcessCount: 1, Processes: []nsctl.Process{{PID: n + 1, Comm: "sleep"}},
			HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: n + 1}},
		}}
		root := id
		for m := range mounts {
			mount := nsctl.Mount{
				ID: nsctl.UniqueID(id) + 1<<31, MntID: id, ParentID: root, Dev: nsctl.Dev{Minor: uint32(m + 1)},
				Root: "/", Mountpoint: fmt.Sprintf("/volumes/volume-%03d", m), FSType: "tmpfs", Source: fmt.Sprintf("volume-%03d", m),
				Options: "rw,relatime", SuperOptions: "rw",
			}
			switch {
			case m == 0:
				mount.Mountpoint, mount.ParentID = "/", 0
			case m%2 == 1 && n%10 == 0:
				mount.Propagation.Master = nsctl.GroupID(m)
			case m%2 == 1:
				mount.Propagation.Shared = nsctl.GroupID(m)
			}
			ns.Mounts = append(ns.Mounts, mount)
			id++
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	return s
}
