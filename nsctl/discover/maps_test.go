package discover

import (
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
)

const mapsText = `55d0c5a3e000-55d0c5a40000 r--p 00000000 fe:00 2359                       /usr/bin/cat
55d0c5a40000-55d0c5a45000 r-xp 00002000 fe:00 2359                       /usr/bin/cat
55d0c7b1c000-55d0c7b3d000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000001000 r--p 00000000 00:2f 3                          /mnt/a b\012c
7f0000001000-7f0000002000 r--p 00000000 00:2f 4                          /mnt/gone (deleted)
7f0000002000-7f0000003000 r--p 00000000 00:2f 4                          /mnt/gone (deleted)
0000001000-0000002000 rw-s 00000000 00:2f 5                              anon
7fffb5d3d000-7fffb5d5e000 rw-p 00000000 00:00 0                          [stack]
`

func TestMappedFiles(t *testing.T) {
	for _, tc := range []struct {
		name string
		maps string
		dev  nsctl.Dev
		want []mapping
	}{
		{"several pieces of a file", mapsText, nsctl.Dev{Major: 254}, []mapping{{"55d0c5a3e000-55d0c5a40000", "/usr/bin/cat"}}},
		{"awkward names", mapsText, nsctl.Dev{Minor: 0x2f}, []mapping{
			{"7f0000000000-7f0000001000", "/mnt/a b\nc"}, {"7f0000001000-7f0000002000", "/mnt/gone (deleted)"}, {"1000-2000", "anon"},
		}},
		{"what is no file", mapsText, nsctl.Dev{}, nil},
		{"another filesystem", mapsText, nsctl.Dev{Major: 8, Minor: 1}, nil},
		{"a minor number of more than two digits", strings.ReplaceAll(mapsText, "00:2f", "00:12f"), nsctl.Dev{Minor: 0x12f}, []mapping{
			{"7f0000000000-7f0000001000", "/mnt/a b\nc"}, {"7f0000001000-7f0000002000", "/mnt/gone (deleted)"}, {"1000-2000", "anon"},
		}},
		{"the number in a name", "1000-2000 r--p 0 08:01 7 /a fe:00 b\n", nsctl.Dev{Major: 254}, nil},
		{"no addresses", "x r--p 0 fe:00 7 /a\n", nsctl.Dev{Major: 254}, nil},
		{"cut off", "1000-2000 r--p 0 fe:00 ", nsctl.Dev{Major: 254}, nil},
		{"empty", "", nsctl.Dev{}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := mappedFiles([]byte(tc.maps), tc.dev); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzMappedFiles(f *testing.F) {
	f.Add([]byte(mapsText), uint32(0), uint32(0x2f))
	f.Fuzz(func(t *testing.T, maps []byte, major, minor uint32) {
		for _, m := range mappedFiles(maps, nsctl.Dev{Major: major, Minor: minor}) {
			if strings.Count(m.addresses, "-") != 1 || strings.Contains(m.addresses, "/") { // it becomes part of a path
				t.Errorf("%q", m)
			}
		}
	})
}
