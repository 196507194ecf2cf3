// Package action is the one registry of what the explorer can do. The footer, the
// help, the palette, the keys, the mouse targets and the key table in the README
// are all made from it, so that none of them can be wrong about another.
package action

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Scope is the set of screens on which an action's keys count.
type Scope uint8

// The screens.
const (
	Namespaces Scope = 1 << iota
	Mounts
	Peers
	Events
	Sandboxes
	Everywhere = Namespaces | Mounts | Peers | Events | Sandboxes
)

// String names the screens as the README does.
func (s Scope) String() string {
	if s == Everywhere {
		return "everywhere"
	}
	var names []string
	for i, name := range []string{"Namespaces", "Mounts", "Peers", "Events", "Sandboxes"} {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Action is something that the explorer, which is a T, can do.
type Action[T any] struct {
	ID    string // never shown; unique
	Title string // what it does, for help and palette
	Hint  string // the same in a word or two, for the footer; empty keeps it out
	// Keep keeps the hint in a footer that is too narrow for all, as long as the action
	// can be done.
	Keep  bool
	Keys  []string
	Scope Scope
	// Danger marks what changes the host. A read-only registry is without it.
	Danger bool
	// Why gives the reason why it cannot be done now, or "". nil: it always can.
	Why func(T) string
	Run func(T) tea.Cmd
}

// Reason is why the action cannot be done now, or "".
func (a *Action[T]) Reason(target T) string {
	if a.Why == nil {
		return ""
	}
	return a.Why(target)
}

// KeyNames are the keys as people write them.
func (a *Action[T]) KeyNames() string {
	names := make([]string, len(a.Keys))
	for i, k := range a.Keys {
		names[i] = KeyName(k)
	}
	return strings.Join(names, " ")
}

// KeyName writes a key as people do.
func KeyName(key string) string {
	switch key {
	case "pgup":
		return "page-up"
	case "pgdown":
		return "page-down"
	}
	if key != "+" {
		key = strings.ReplaceAll(key, "+", "-")
	}
	return key
}

// Registry is an ordered set of actions.
type Registry[T any] struct {
	actions []Action[T]
	leftOut []Action[T] // as it is read-only
}

// New makes a registry. A read-only one leaves out what changes the host.
func New[T any](readOnly bool, actions []Action[T]) *Registry[T] {
	r := &Registry[T]{}
	for i := range actions {
		if readOnly && actions[i].Danger {
			r.leftOut = append(r.leftOut, actions[i])
		} else {
			r.actions = append(r.actions, actions[i])
		}
	}
	return r
}

// LeftOut reports whether a key of a screen is that of an action that was left out.
func (r *Registry[T]) LeftOut(s Scope, key string) bool {
	return slices.ContainsFunc(r.leftOut, func(a Action[T]) bool { return a.Scope&s != 0 && slices.Contains(a.Keys, key) })
}

// In lists the actions of a screen, in order.
func (r *Registry[T]) In(s Scope) []*Action[T] {
	var in []*Action[T]
	for i := range r.actions {
		if r.actions[i].Scope&s != 0 {
			in = append(in, &r.actions[i])
		}
	}
	return in
}

// ByKey finds the action of a key on a screen.
func (r *Registry[T]) ByKey(s Scope, key string) (*Action[T], bool) {
	for i := range r.actions {
		if a := &r.actions[i]; a.Scope&s != 0 && slices.Contains(a.Keys, key) {
			return a, true
		}
	}
	return nil, false
}

// ByID finds an action.
func (r *Registry[T]) ByID(id string) (*Action[T], bool) {
	for i := range r.actions {
		if r.actions[i].ID == id {
			return &r.actions[i], true
		}
	}
	return nil, false
}

// Problems lists what is wrong with the registry: two actions on one key of a
// screen, an id used twice, an action that cannot be reached or told.
func (r *Registry[T]) Problems() []string {
	var problems []string
	for i := range r.actions {
		a := &r.actions[i]
		if a.ID == "" || a.Title == "" || a.Run == nil || a.Scope == 0 {
			problems = append(problems, fmt.Sprintf("action %q is incomplete", a.ID))
		}
		for _, b := range r.actions[:i] {
			if a.ID == b.ID {
				problems = append(problems, fmt.Sprintf("two actions are called %q", a.ID))
			}
			for _, k := range a.Keys {
				if a.Scope&b.Scope != 0 && slices.Contains(b.Keys, k) {
					problems = append(problems, fmt.Sprintf("%q and %q are both on %s in %s", b.ID, a.ID, k, a.Scope&b.Scope))
				}
			}
		}
	}
	return problems
}

// Table is the key table of the README, in Markdown.
func (r *Registry[T]) Table() string {
	var b strings.Builder
	b.WriteString("| key | does | where |\n|---|---|---|\n")
	for i := range r.actions {
		a := &r.actions[i]
		if len(a.Keys) == 0 {
			continue
		}
		keys := make([]string, len(a.Keys))
		for i, k := range a.Keys {
			keys[i] = "`" + KeyName(k) + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(keys, " "), a.Title, a.Scope)
	}
	return b.String()
}
