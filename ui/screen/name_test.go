package screen

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/theme"
)

// Namespaces of the same label are told apart where they are named in a sentence.
func TestNamesTellNamespacesApart(t *testing.T) {
	space := func(ns nsctl.NSNumber, name, comm string, pid int) nsctl.Namespace {
		return nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: ns, Name: name, Processes: []nsctl.Process{{PID: pid, Comm: comm}}}}
	}
	h := NewHost(&nsctl.Snapshot{Namespaces: []nsctl.Namespace{
		space(4026531832, "", "init", 1), space(4026532100, "", "sleep", 20), space(0, "", "sleep", 21), space(4026532102, "web", "sleep", 22),
	}}, 0, 4, 4)
	for i, want := range []string{"init", "sleep 4026532100", "sleep pid 21", "web", ""} {
		if got := h.Name(i); got != want {
			t.Errorf("namespace %d is %q, want %q", i, got, want)
		}
	}
}

// What a remount changes is said.
func TestRemountIsSaid(t *testing.T) {
	th := theme.New(theme.Options{Name: "mono"})
	spans := Becomes(th, &nsctl.Effect{Kind: nsctl.EffectRemount, Mount: nsctl.Mount{SuperOptions: "ro,errors=continue"}})
	if got := spans[len(spans)-1].Text; got != "the filesystem becomes ro" {
		t.Errorf("got %q", got)
	}
}
