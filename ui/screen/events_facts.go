package screen

import (
	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// describeFacts says what the event says.
func (s *Events) describeFacts(p *kit.Page, e *happening) {
	th := s.theme
	text := func(name, value string) { p.Field(name, kit.Span{Style: th.Text, Text: nsctl.Printable(value)}) }
	if e.Kind == nsctl.EventResync {
		p.Field("missed", kit.Span{Style: th.Warn, Text: nsctl.Printable(e.Text)})
		return
	}
	ns := "  " + e.NS.String()
	if e.label == e.NS.String() {
		ns = ""
	}
	p.Field("namespace", kit.Span{Style: th.Accent, Text: e.label}, kit.Span{Style: th.Dim, Text: ns})
	if e.Kind == nsctl.EventNamespaceCreated {
		text("mounts", kit.Count(e.mounts))
	}
	m := e.Mount
	if m == nil {
		return
	}
	text("mount point", m.Mountpoint)
	if was := e.Was; was != nil {
		if was.Mountpoint != "" && was.Mountpoint != m.Mountpoint {
			text("was at", was.Mountpoint)
		}
		if e.Kind == nsctl.EventMove && was.ParentID != 0 && was.ParentID != m.ParentID {
			text("parent was", number(was.ParentID))
		}
	}
	s.describePropagation(p, e)
	text("filesystem", m.FSType)
	text("source", m.Source)
	p.Field("device", kit.Span{Style: th.Text, Text: m.Dev.String()}, kit.Span{Style: th.Dim, Text: "  root " + nsctl.Printable(m.Root)})
	s.describeOptions(p, e)
	id := "mnt_id " + number(m.MntID) + ", parent " + number(m.ParentID)
	if m.ID != 0 {
		id += ", unique " + number(m.ID)
	}
	text("id", id)
}

func (s *Events) describePropagation(p *kit.Page, e *happening) {
	th := s.theme
	now := e.Mount.Propagation
	spans := []kit.Span{{Style: th.Propagation[now.Type()], Text: State(th, now)}}
	if e.Was != nil && e.Kind == nsctl.EventPropagation {
		was := e.Was.Propagation
		spans = append([]kit.Span{
			{Style: th.Propagation[was.Type()], Text: State(th, was)}, {Style: th.Warn, Text: " " + th.Glyphs.Arrow + " "},
		}, spans...)
	}
	p.Field("propagation", append(spans, kit.Span{Style: th.Dim, Text: "  " + theme.Direction(now.Type())})...)
}

func (s *Events) describeOptions(p *kit.Page, e *happening) {
	th := s.theme
	for _, x := range []struct{ name, was, now string }{
		{"options", wasOptions(e, func(w *nsctl.Was) string { return w.Options }), e.Mount.Options},
		{"superblock", wasOptions(e, func(w *nsctl.Was) string { return w.SuperOptions }), e.Mount.SuperOptions},
	} {
		spans := []kit.Span{{Style: th.Text, Text: nsctl.Printable(x.now)}}
		if x.was != "" && x.was != x.now {
			spans = append([]kit.Span{{Style: th.Dim, Text: nsctl.Printable(x.was)}, {Style: th.Warn, Text: " " + th.Glyphs.Arrow + " "}}, spans...)
		}
		p.Field(x.name, spans...)
	}
}

func wasOptions(e *happening, get func(*nsctl.Was) string) string {
	if e.Was == nil || e.Kind != nsctl.EventRemount {
		return ""
	}
	return get(e.Was)
}
