package nsctl_test

import (
	"errors"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestFindNamespace(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	namespaces := []nsctl.NamespaceInfo{
		{NS: 4026531832, Name: "systemd", Processes: []nsctl.Process{{PID: 1}, {PID: 4711}}},
		{NS: 4026532001, Name: "web", Container: &nsctl.Container{Manager: "podman", ID: id, Name: "web"}},
		{NS: 4026532002, Name: "sh"},
		{NS: 4026532003, Name: "sh"},
		{Name: "unknown", Processes: []nsctl.Process{{PID: 77}}}, // its number may not be read
		{NS: 4026532004, Name: "db", Container: &nsctl.Container{Manager: "podman", ID: "0123" + id[:60], Name: "systemd"}},
		{NS: 4026532005, Kind: nsctl.KindSandbox, Name: "demo"},
		{NS: 4026532006, Kind: nsctl.KindOther, Name: "demo"},
	}
	for _, tc := range []struct {
		ref     string
		want    int
		problem string
	}{
		{ref: "self", want: 0},
		{ref: "mnt:[4026532001]", want: 1},
		{ref: "4026532001", want: 1},
		{ref: "4711", want: 0},
		{ref: "77", want: 4},
		{ref: "web", want: 1},
		{ref: "systemd", want: 5}, // a container's name counts more than another's
		{ref: "demo", want: 6},    // as a sandbox's does
		{ref: "01234567", want: 1},
		{ref: "0123", problem: "2 mount namespaces are called 0123 (mnt:[4026532001], mnt:[4026532004])"},
		{ref: "sh", problem: "2 mount namespaces are called sh"},
		{ref: "4712", problem: "no such mount namespace: 4712"},
		{ref: "mnt:[5]", problem: "no such mount namespace"},
		{ref: "", problem: "no such mount namespace: ''"},
		{ref: "x\x1b[2J", problem: `no such mount namespace: x\x1b[2J`},
	} {
		t.Run(tc.ref, func(t *testing.T) {
			got, err := nsctl.FindNamespace(namespaces, 4026531832, tc.ref)
			switch {
			case tc.problem != "":
				if err == nil || !strings.Contains(err.Error(), tc.problem) {
					t.Errorf("got %d, %v; want an error with %q", got, err, tc.problem)
				}
				if unknown := strings.Contains(tc.problem, "no such"); unknown != errors.Is(err, nsctl.ErrUnknownNamespace) {
					t.Errorf("%v matches ErrUnknownNamespace: %v", err, !unknown)
				}
			case err != nil || got != tc.want:
				t.Errorf("got %d, %v; want %d", got, err, tc.want)
			}
		})
	}
}
