package screen

import (
	"mntscope/nsctl"
	"mntscope/ui/kit"
)

// describeSources says what is listened with, and what that misses.
func (s *Events) describeSources(p *kit.Page) {
	th := s.theme
	if s.record.ready == nil {
		p.Text(0, kit.Span{Style: th.Dim, Text: "What happens appears here where the host is watched. A saved snapshot is one moment of a host."})
		return
	}
	p.Text(0, kit.Span{Style: th.Strong, Text: "Listening with"})
	for _, source := range s.Sources() {
		p.Field(source.Name, kit.Span{Style: th.Text, Text: source.Covers}, kit.Span{Style: th.Dim, Text: "  " + source.Text})
	}
}

// SourceText is a source of the watch, fit to be shown.
type SourceText struct{ Name, Covers, Text string }

// Sources are what is listened with, and what each of it tells and misses.
func (s *Events) Sources() []SourceText {
	if s.record.ready == nil {
		return nil
	}
	var list []SourceText
	for _, source := range s.record.ready.Sources {
		covers := "not used"
		if source.Namespaces > 0 {
			covers = kit.Plural(source.Namespaces, "namespace", "namespaces")
		}
		list = append(list, SourceText{nsctl.Printable(source.Name), covers, nsctl.Printable(source.Text)})
	}
	return list
}

// Heard reports whether something tells what happens.
func (s *Events) Heard() bool { return s.record.ready != nil || len(s.record.operations) > 0 }
