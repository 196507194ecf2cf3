package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func TestHiddenBy(t *testing.T) {
	for _, test := range []struct{ name, mounts, hidden string }{
		{"nothing is covered", `
			1 0 / /
			2 1 / /a
			3 2 / /a/b
			4 1 / /c`, ""},
		{"the same mount point", `
			1 0 / /
			2 1 / /a
			3 2 / /a`, "2:3"},
		{"a stack of three hides each below the next", `
			1 0 / /
			2 1 / /a
			3 2 / /a
			4 3 / /a`, "2:3 3:4"},
		{"all that was in the lower one", `
			1 0 / /
			2 1 / /a
			3 2 / /a/x
			4 3 / /a/x/y
			5 2 / /a
			6 5 / /a/x`, "2:5 3:5 4:5"},
		{"a directory above, covered later", `
			1 0 / /
			2 1 / /a/b
			3 1 / /a/c
			4 3 / /a/c/d
			5 1 / /a
			6 5 / /a/b`, "2:5 3:5 4:5"},
		{"two directories above: the first on the way", `
			1 0 / /
			2 1 / /a/b/c
			3 1 / /a/b
			4 1 / /a`, "2:4 3:4"},
		{"names that only begin alike", `
			1 0 / /
			2 1 / /a
			3 1 / /ab
			4 1 / /a-b/c
			5 1 / /a/b
			6 1 / /a.b`, "5:2"},
		{"a cover that is itself covered", `
			1 0 / /
			2 1 / /a/b
			3 1 / /a
			4 3 / /a`, "2:3 3:4"},
		{"a lower cover in a hidden directory does not count", `
			1 0 / /
			2 1 / /a
			3 2 / /a/b
			4 3 / /a/b
			5 2 / /a`, "2:5 3:5 4:5"},
		{"the first cover on the way, not the nearest", `
			1 0 / /
			2 1 / /a/b
			3 2 / /a/b/c/d
			4 2 / /a/b/c
			5 1 / /a`, "2:5 3:5 4:5"},
		{"tucked beneath: the newer one is below", `
			1 0 / /
			2 9 / /a
			9 1 / /a
			10 9 / /a/x`, "9:2 10:2"},
		{"on the root of the namespace", `
			1 0 / /
			2 1 / /a
			3 2 / /a/b
			4 1 / /
			5 4 / /a`, "1:4 2:4 3:4"},
		{"a file", `
			1 0 / /
			2 1 /passwd /etc/passwd
			3 2 /other /etc/passwd
			4 1 / /etc`, "2:4 3:4"},
		{"the parent is not in the table", `
			2 1 / /proc
			3 1 / /proc/sys
			4 2 / /proc/fs
			5 9 / /proc/bus`, "3:2"},
		{"of two at one place the later is on top", `
			1 0 / /
			2 1 / /a
			3 1 / /a
			4 1 / /a/b`, "2:3 4:3"},
		{"of two at the parent's root the later is on top", `
			1 0 / /
			2 1 / /a
			3 2 / /a
			4 2 / /a
			5 2 / /a/b`, "2:4 3:4 5:4"},
		{"a loop of parents", `
			1 3 / /a
			2 1 / /a
			3 2 / /a`, "1:2 2:3"},
		{"its own parent", `
			1 1 / /
			2 1 / /a
			3 1 / /a/b`, "3:2"},
		{"a root that was removed is no part of the mount point", `
			1 0 / /
			2 1 /x//deleted /a
			3 1 / /a//deleted`, "3:2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			mounts := scene(t, "ns a\n"+test.mounts).Namespaces[0].Mounts
			equal(t, hiddenText(mounts), test.hidden)
		})
	}
}

// A mount point that could not be read is the beginning of no other.
func TestHiddenByUnknownMountpoint(t *testing.T) {
	mounts := []nsctl.Mount{
		{MntID: 1, Mountpoint: "/"},
		{MntID: 2, ParentID: 1, Mountpoint: ""},
		{MntID: 3, ParentID: 1, Mountpoint: "/a"},
		{MntID: 4, ParentID: 2, Mountpoint: ""},
	}
	equal(t, hiddenText(mounts), "")
}

func hiddenText(mounts []nsctl.Mount) string {
	var pairs []string
	for i, by := range graph.HiddenBy(mounts) {
		if by != 0 {
			pairs = append(pairs, fmt.Sprintf("%d:%d", mounts[i].MntID, by))
		}
	}
	return strings.Join(pairs, " ")
}
