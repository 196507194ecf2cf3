package screen

import (
	"strings"

	"mntscope/nsctl"
)

// eventField is a part of what is searched of an operation.
type eventField uint8

// The fields, in the order in which they stand in the text.
const (
	fieldNS eventField = iota
	fieldKind
	fieldPath
	fieldActor
	fieldGroup
	eventFields
	anywhere = eventFields
)

// eventFieldNames are what is typed in front of a colon to search one field only.
var eventFieldNames = map[string]eventField{"ns": fieldNS, "kind": fieldKind, "path": fieldPath, "by": fieldActor, "pid": fieldActor}

// searched is what filters search in, in lower case and with the escapes that are shown:
// the fields one after the other.
type searched struct {
	text string
	ends [eventFields]int32
}

func newSearched(o *operation) searched {
	var s searched
	var b strings.Builder
	before := map[string]bool{}
	add := func(text string) {
		if text != "" && !before[text] {
			before[text] = true
			b.WriteString(between + strings.ToLower(text))
		}
	}
	end := func(f eventField) {
		b.WriteString(between)
		s.ends[f] = int32(b.Len())
		clear(before)
	}
	for i := range o.list {
		add(o.list[i].label)
		if o.list[i].NS != 0 {
			add(o.list[i].NS.String())
		}
	}
	end(fieldNS)
	kind := func(text string) { // by each of its words, too: gone, private
		add(text)
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' }) {
			add(word)
		}
	}
	kind(o.verb())
	for i := range o.list {
		kind(nsctl.Printable(string(o.list[i].Kind)))
	}
	if o.op == 0 {
		add("unattributed")
	}
	end(fieldKind)
	for i := range o.list {
		e := &o.list[i]
		if e.Mount != nil {
			add(nsctl.Printable(e.Mount.Mountpoint))
		}
		if e.Was != nil {
			add(nsctl.Printable(e.Was.Mountpoint))
		}
		add(nsctl.Printable(e.Text))
	}
	end(fieldPath)
	if a := o.actor(); a != nil && a.Comm != "" {
		add(nsctl.Printable(a.Comm))
		add(number(a.PID))
	} else if a != nil {
		add("? " + number(a.PID))
		add(number(a.PID))
	} else if o.event().Kind != nsctl.EventResync {
		add(o.who())
	}
	end(fieldActor)
	for i := range o.list {
		o.list[i].groups(add)
	}
	end(fieldGroup)
	s.text = b.String()
	return s
}

// groups gives the groups that an event has to do with, in the kernel's notation.
func (h *happening) groups(add func(string)) {
	one := func(p nsctl.Propagation) {
		if p.Shared != 0 {
			add("shared:" + number(p.Shared))
		}
		if p.Master != 0 {
			add("master:" + number(p.Master))
		}
	}
	if h.Mount != nil {
		one(h.Mount.Propagation)
	}
	if h.Was != nil {
		one(h.Was.Propagation)
	}
	if h.Via != nil {
		add("shared:" + number(h.Via.Group))
	}
}

func (s *searched) field(f eventField) string {
	if f == anywhere {
		return s.text
	}
	from := int32(0)
	if f > 0 {
		from = s.ends[f-1]
	}
	return s.text[from:s.ends[f]]
}

// eventQuery is a query as the Events screen reads it: ns:, kind:, path:, by: and pid: in
// front of a word search one field, and shared: and master: the groups.
type eventQuery []eventWord

type eventWord struct {
	text  string
	field eventField
}

func newEventQuery(text string) eventQuery {
	var q eventQuery
	for w := range strings.FieldsSeq(strings.ToLower(text)) {
		name, rest, cut := strings.Cut(w, ":")
		switch field, known := eventFieldNames[name]; {
		case !cut:
			q = append(q, eventWord{w, anywhere})
		case known && name == "pid" && rest != "":
			q = append(q, eventWord{between + rest + between, field}) // a number is meant whole
		case known && name == "kind":
			q = append(q, eventWord{between + rest, field}) // mount is no part of umount
		case known:
			q = append(q, eventWord{rest, field})
		case name == "shared" || name == "master":
			if rest != "" {
				w += between
			}
			q = append(q, eventWord{w, fieldGroup})
		default:
			q = append(q, eventWord{w, anywhere})
		}
	}
	return q
}

// matches reports whether every word is found in the operation.
func (q eventQuery) matches(o *operation) bool {
	for i := range q {
		if !strings.Contains(o.search.field(q[i].field), q[i].text) {
			return false
		}
	}
	return true
}

// mark is the text to point out in what was found; "" for none.
func (q eventQuery) mark() string {
	for i := range q {
		if q[i].field == anywhere || q[i].field == fieldPath {
			return q[i].text
		}
	}
	return ""
}
