package discover

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestSwaps(t *testing.T) {
	const text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" +
		"/dev/sda2                               partition\t1048572\t\t0\t\t-2\n" +
		"/mnt/swap\\040file\\040(deleted)\t\tfile\t\t1048572\t\t0\t\t-3\n"
	want := []swap{{"/dev/sda2", true}, {"/mnt/swap file", false}}
	if got := parseSwaps(text); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func FuzzSwaps(f *testing.F) {
	f.Add("/a\\040b file 1 2 3\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseSwaps(text) {
			if !strings.HasPrefix(s.path, "/") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// fakeRoot makes files below a directory that plays "/". A name that ends with a slash is
// a directory.
func fakeRoot(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil && strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestBlockDevices(t *testing.T) {
	dev := func(major, minor uint32) *nsctl.Dev { return &nsctl.Dev{Major: major, Minor: minor} }
	b := blockDevices{
		root: fakeRoot(t, map[string]string{
			"proc/swaps":                               "Filename Type Size Used Priority\n/mnt/a/swap\\040file file 1 0 -2\n/swap file 1 0 -3\n/dev/none partition 1 0 -3\n",
			"sys/block/loop0/loop/backing_file":        "/mnt/a/image (deleted)\n",
			"sys/block/loop1/loop/backing_file":        "/elsewhere\n",
			"sys/block/loop2/size":                     "0\n",
			"sys/class/block/loop0/dev":                "7:0\n",
			"sys/class/block/dm-0/dev":                 "253:0\n",
			"sys/dev/block/8:0/uevent":                 "MAJOR=8\nDEVNAME=sda\n",
			"sys/dev/block/8:0/sda1/partition":         "1\n",
			"sys/dev/block/8:0/sda1/dev":               "8:1\n",
			"sys/dev/block/8:0/sda2/partition":         "2\n",
			"sys/dev/block/8:0/sda2/dev":               "8:2\n",
			"sys/dev/block/8:0/sda3/partition":         "3\n",
			"sys/dev/block/8:0/sda3/dev":               "8:3\n",
			"sys/dev/block/8:0/queue/dev":              "8:9\n",
			"sys/dev/block/8:1/uevent":                 "DEVNAME=sda1\n",
			"sys/dev/block/8:2/holders/dm-0":           "",
			"sys/dev/block/8:3/uevent":                 "DEVNAME=sda3\n",
			"sys/dev/block/8:4/uevent":                 "DEVNAME=sda4\n",
			"sys/fs/ext4/sda4/":                        "",
			"sys/fs/ext4/features":                     "",
			"sys/dev/block/179:0/mmcblk0p1/partition":  "1\n",
			"sys/dev/block/179:0/mmcblk0p1/dev":        "not a number\n",
			"sys/dev/block/9:0/holders/with a\x1bname": "",
		}),
		snapshot: &nsctl.Snapshot{Observer: nsctl.Observer{NS: 1}, Namespaces: []nsctl.Namespace{{
			NamespaceInfo: nsctl.NamespaceInfo{NS: 1},
			Mounts: []nsctl.Mount{
				{MntID: 1, Dev: nsctl.Dev{Major: 8, Minor: 1}, Mountpoint: "/"},
				{MntID: 2, ParentID: 1, Dev: nsctl.Dev{Minor: 30}, Mountpoint: "/mnt/a"},
			},
		}}},
	}
	for _, tc := range []struct {
		name string
		dev  nsctl.Dev
		want []nsctl.OtherHolder
	}{
		{"files on it", nsctl.Dev{Minor: 30}, []nsctl.OtherHolder{
			{Kind: nsctl.OtherSwap, Path: "/mnt/a/swap file"},
			{Kind: nsctl.OtherLoop, Device: "loop0", Dev: dev(7, 0), Path: "/mnt/a/image (deleted)"},
		}},
		{"a whole disk", nsctl.Dev{Major: 8}, []nsctl.OtherHolder{
			{Kind: nsctl.OtherPartition, Device: "sda1", Dev: dev(8, 1)}, {Kind: nsctl.OtherPartition, Device: "sda2", Dev: dev(8, 2)},
		}},
		{"a device below another", nsctl.Dev{Major: 8, Minor: 2}, []nsctl.OtherHolder{{Kind: nsctl.OtherStacked, Device: "dm-0", Dev: dev(253, 0)}}},
		{"mounted out of sight", nsctl.Dev{Major: 8, Minor: 4}, []nsctl.OtherHolder{
			{Kind: nsctl.OtherSuperblock, Device: "sda4", Dev: dev(8, 4), Path: "/sys/fs/ext4/sda4"},
		}},
		{"not used", nsctl.Dev{Major: 8, Minor: 3}, nil},
		{"a partition without a number", nsctl.Dev{Major: 179}, nil},
		{"an awkward name, without a number", nsctl.Dev{Major: 9}, []nsctl.OtherHolder{{Kind: nsctl.OtherStacked, Device: "with a\x1bname"}}},
		{"not there", nsctl.Dev{Major: 99}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := b.on(tc.dev); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
