package action_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/action"
)

func run(*int) tea.Cmd { return nil }

func act(id string, scope action.Scope, keys ...string) action.Action[*int] {
	return action.Action[*int]{ID: id, Title: "Does " + id, Keys: keys, Scope: scope, Run: run}
}

func TestProblems(t *testing.T) {
	for _, tc := range []struct {
		name    string
		actions []action.Action[*int]
		want    string
	}{
		{"none", []action.Action[*int]{act("a", action.Mounts, "x"), act("b", action.Peers, "x")}, ""},
		{"same key on one screen", []action.Action[*int]{act("a", action.Everywhere, "y", "x"), act("b", action.Peers, "x")}, `"a" and "b" are both on x in Peers`},
		{"same id", []action.Action[*int]{act("a", action.Mounts), act("a", action.Peers)}, "two actions"},
		{"no scope", []action.Action[*int]{act("a", 0)}, "incomplete"},
		{"nothing to run", []action.Action[*int]{{ID: "a", Title: "t", Scope: action.Mounts}}, "incomplete"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := strings.Join(action.New(false, tc.actions).Problems(), "\n")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("problems are %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReadOnlyLeavesDangerOut(t *testing.T) {
	change := act("change", action.Mounts, "t")
	change.Danger = true
	all := []action.Action[*int]{change, act("look", action.Mounts, "l")}
	if _, ok := action.New(true, all).ByKey(action.Mounts, "t"); ok {
		t.Error("a changing action is on a key of a read-only explorer")
	}
	if strings.Contains(action.New(true, all).Table(), "change") || len(action.New(true, all).In(action.Mounts)) != 1 {
		t.Error("a changing action is listed by a read-only explorer")
	}
	if a, ok := action.New(false, all).ByKey(action.Mounts, "t"); !ok || a.ID != "change" {
		t.Error("a changing action is missing from an explorer that may change things")
	}
}

func TestByKeyRespectsScope(t *testing.T) {
	r := action.New(false, []action.Action[*int]{act("a", action.Mounts|action.Peers, "x")})
	if _, ok := r.ByKey(action.Namespaces, "x"); ok {
		t.Error("found on a screen where it does not count")
	}
	if a, ok := r.ByKey(action.Peers, "x"); !ok || a.ID != "a" {
		t.Error("not found on its own screen")
	}
	if _, ok := r.ByID("a"); !ok {
		t.Error("not found by id")
	}
}

func TestTable(t *testing.T) {
	r := action.New(false, []action.Action[*int]{act("a", action.Everywhere, "ctrl+d", "pgdown"), act("palette only", action.Mounts)})
	want := "| key | does | where |\n|---|---|---|\n| `ctrl-d` `page-down` | Does a | everywhere |\n"
	if got := r.Table(); got != want {
		t.Errorf("table is\n%swant\n%s", got, want)
	}
}
