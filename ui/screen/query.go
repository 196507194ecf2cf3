package screen

import (
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
)

// Query is what was typed after "/". All its words must match. A word matches a
// text that contains it, whatever the case; words of the field's vocabulary match
// what they mean as well, and shared:5, master:2 only the groups they name.
type Query struct {
	Text  string
	words []word
}

type word struct {
	text  string
	means meaning // nil for a word without a meaning of its own
	exact bool    // matches by its meaning only
}

// meaning decides about a mount.
type meaning func(h *Host, r graph.Ref, m *nsctl.Mount) bool

// NewQuery reads a query. Every text is one: there are no wrong queries.
func NewQuery(text string) Query {
	lower := strings.ToLower(text)
	for _, p := range phrases {
		lower = strings.ReplaceAll(lower, p.phrase, p.word)
	}
	q := Query{Text: text}
	for _, w := range strings.Fields(lower) {
		q.words = append(q.words, newWord(w))
	}
	return q
}

// Active reports whether the query leaves anything out.
func (q Query) Active() bool { return len(q.words) > 0 }

// Mark is the text to point out in what was found; "" for none.
func (q Query) Mark() string {
	for _, w := range q.words {
		if !w.exact {
			return w.text
		}
	}
	return ""
}

// phrases are the terms of more than one word, each with the word it is searched as.
var phrases = []struct{ phrase, word string }{
	{"shared and slave", "shared+slave"},
	{"dependent mount", "dependent"}, {"dominating mount", "dominating"},
	{"covered mount", "covered"}, {"hidden mount", "hidden"}, {"overmounted mount", "overmounted"},
	{"leaked mount", "leaked"},
}

// vocabulary is what words mean: the kernel's terms, and the names that people who
// come from elsewhere know them by.
var vocabulary = map[string]meaning{
	"shared":          sends,
	"rshared":         sends,
	"bidirectional":   sends, // Kubernetes
	"sends":           sends,
	"slave":           isSlave,
	"rslave":          isSlave,
	"hosttocontainer": isSlave, // Kubernetes
	"dependent":       isSlave,
	"receives":        receives,
	"shared+slave":    func(_ *Host, _ graph.Ref, m *nsctl.Mount) bool { return m.Propagation.Type() == nsctl.SharedSlave },
	"both":            sends, // a member of a group sends and receives
	"private":         isPrivate,
	"rprivate":        isPrivate,
	"neither":         func(_ *Host, _ graph.Ref, m *nsctl.Mount) bool { return !m.Propagation.Type().Receives() },
	"unbindable":      func(_ *Host, _ graph.Ref, m *nsctl.Mount) bool { return m.Propagation.Unbindable },
	"runbindable":     func(_ *Host, _ graph.Ref, m *nsctl.Mount) bool { return m.Propagation.Unbindable },
	"dominating":      dominates,
	"hidden":          isHidden,
	"covered":         isHidden,
	"overmounted":     isHidden,
	"leaked":          leaks,
}

func sends(_ *Host, _ graph.Ref, m *nsctl.Mount) bool    { return m.Propagation.Shared != 0 }
func isSlave(_ *Host, _ graph.Ref, m *nsctl.Mount) bool  { return m.Propagation.Master != 0 }
func receives(_ *Host, _ graph.Ref, m *nsctl.Mount) bool { return m.Propagation.Type().Receives() }
func isHidden(_ *Host, _ graph.Ref, m *nsctl.Mount) bool { return m.HiddenBy != 0 }
func isPrivate(_ *Host, _ graph.Ref, m *nsctl.Mount) bool {
	return m.Propagation.Type() == nsctl.Private
}

// dominates reports whether somebody receives from the mount without sending back.
func dominates(h *Host, _ graph.Ref, m *nsctl.Mount) bool {
	return m.Propagation.Shared != 0 && h.ties.feeds[m.Propagation.Shared]
}

// leaks reports whether a mount outside of the start namespace keeps a filesystem
// of that namespace busy for good: an unmount there does not arrive here. What
// counts for that is the mount it is mounted in.
func leaks(h *Host, r graph.Ref, m *nsctl.Mount) bool {
	if h.Start < 0 || r.NS == h.Start || !h.ties.devs[m.Dev] {
		return false
	}
	parent, ok := h.Parent(r)
	if !ok {
		return false // a namespace cannot be without its root
	}
	tie := h.ties.of(h.Mount(parent).Propagation)
	return tie != SameGroups && tie != OnlyReceives
}

func newWord(text string) word {
	if field, id, ok := strings.Cut(text, ":"); ok {
		if group, ok := groupField(field); ok {
			n, err := strconv.ParseInt(id, 10, 32)
			return word{text, func(_ *Host, _ graph.Ref, m *nsctl.Mount) bool {
				have := group(m.Propagation)
				return have != 0 && (id == "" || err == nil && have == nsctl.GroupID(n))
			}, true}
		}
	}
	return word{text: text, means: vocabulary[text]}
}

func groupField(name string) (func(nsctl.Propagation) nsctl.GroupID, bool) {
	switch name {
	case "shared":
		return func(p nsctl.Propagation) nsctl.GroupID { return p.Shared }, true
	case "master":
		return func(p nsctl.Propagation) nsctl.GroupID { return p.Master }, true
	case "propagate_from":
		return func(p nsctl.Propagation) nsctl.GroupID { return p.PropagateFrom }, true
	}
	return nil, false
}

// Mount reports whether a mount matches.
func (q Query) Mount(h *Host, r graph.Ref) bool { return q.mount(h, r, "") }

// Member reports whether a mount matches where the name of its namespace is shown
// beside it.
func (q Query) Member(h *Host, r graph.Ref) bool { return q.mount(h, r, h.texts.labels[r.NS]) }

func (q Query) mount(h *Host, r graph.Ref, label string) bool {
	m, text := h.Shown(r), h.texts.mounts[r.NS][r.Mount]
	for i := range q.words {
		w := &q.words[i]
		if w.means != nil && w.means(h, r, m) {
			continue
		}
		if w.exact || !strings.Contains(text, w.text) && !strings.Contains(label, w.text) {
			return false
		}
	}
	return true
}

// Group reports whether the peer group at a position of the forest matches.
func (q Query) Group(h *Host, at int32) bool {
	if !q.Active() {
		return false
	}
	g, text := &h.Forest.Groups[at], h.texts.groups[at]
	for i := range q.words {
		w := &q.words[i]
		if w.exact && !w.meansGroup(h, g) || !w.exact && !strings.Contains(text, w.text) {
			return false
		}
	}
	return true
}

// meansGroup reports whether the word means the mounts that are only in this group.
func (w *word) meansGroup(h *Host, g *graph.Group) bool {
	return w.means(h, graph.Ref{}, &nsctl.Mount{Propagation: nsctl.Propagation{Shared: g.ID, Master: g.Master}})
}

// Texts reports whether every word is in one of the texts.
func (q Query) Texts(texts ...string) bool {
	for i := range q.words {
		if !anyContains(texts, q.words[i].text) {
			return false
		}
	}
	return true
}

func anyContains(texts []string, sub string) bool {
	return slices.ContainsFunc(texts, func(t string) bool { return contains(t, sub) })
}

// contains looks in the text as it is shown, escapes and all.
func contains(text, sub string) bool { return kit.IndexFold(nsctl.Printable(text), sub) >= 0 }
