package screen

import (
	"cmp"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
)

// describe says everything about a sandbox.
func (s *Sandboxes) describe(p *kit.Page, b *box) {
	th := s.theme
	p.Text(0, kit.Span{Style: th.Strong, Text: nsctl.Printable(b.Name)})
	sign, style := s.stateLook(b)
	p.Field("state", kit.Span{Style: style, Text: sign + " " + s.state(b)}, kit.Span{Style: th.Dim, Text: "  " + s.lifeText(b)})
	if b.NS != 0 {
		id := ""
		if b.NSID != 0 {
			id = "  id " + number(b.NSID)
		}
		p.Field("namespace", kit.Span{Style: th.Text, Text: b.NS.String()}, kit.Span{Style: th.Dim, Text: id})
	}
	if b.foreign {
		p.Text(2, kit.Span{Style: th.Dim, Text: "It is not one of your sandboxes: what is known of it is what is seen of its namespace."})
	}
	s.describeInside(p, b)
	if !b.foreign {
		s.describeWalk(p, b)
		s.describeMake(p, b)
	}
	if b.State == sandbox.Running {
		s.describeSpace(p, b)
	}
}

func (s *Sandboxes) lifeText(b *box) string {
	switch {
	case b.State == sandbox.Stale:
		return "its keeper has ended, or it never was complete: X removes what is left"
	case b.foreign:
		return ""
	case b.Kept:
		return "until it is removed"
	case s.ours[b.key()]:
		return "ends with this program"
	case b.In != "":
		return "ends with " + nsctl.Printable(b.In) + ", or with the program that made it"
	}
	return "ends with the program that made it"
}

func (s *Sandboxes) describeInside(p *kit.Page, b *box) {
	th := s.theme
	if b.In != "" {
		p.Field("inside", kit.Span{Style: th.Text, Text: nsctl.Printable(b.In)}, kit.Span{Style: th.Dim, Text: "  its namespaces are copies of that one's"})
	}
	if inside := s.Inside(b.Name); len(inside) > 0 && !b.foreign {
		p.Field("has inside", kit.Span{Style: th.Text, Text: nsctl.Printable(strings.Join(inside, ", "))})
	}
}

// describeMake says what a sandbox is made of.
func (s *Sandboxes) describeMake(p *kit.Page, b *box) {
	th := s.theme
	p.Heading("Made of")
	if !b.Made.IsZero() {
		p.Field("made", kit.Span{Style: th.Text, Text: b.Made.Local().Format(time.DateTime)})
	}
	if b.PID != 0 && b.State == sandbox.Running {
		p.Field("keeper", kit.Span{Style: th.Text, Text: "process " + number(b.PID)})
	}
	p.Field("propagation", kit.Span{Style: th.Text, Text: known(string(b.Propagation))}, kit.Span{Style: th.Dim, Text: "  " + PropagationText(b.Propagation)})
	p.Field("namespaces", kit.Span{Style: th.Text, Text: known(strings.Join(b.Namespaces, ", "))}, kit.Span{Style: th.Dim, Text: "  of its own"})
	switch b.Map {
	case "":
		p.Field("users", kit.Span{Style: th.Text, Text: "those of the host"})
	case sandbox.MapRoot:
		p.Field("users", kit.Span{Style: th.Text, Text: "root only"}, kit.Span{Style: th.Dim, Text: "  who outside is its maker"})
	case sandbox.MapAuto:
		p.Field("users", kit.Span{Style: th.Text, Text: "root, and the subordinate ids of its maker"})
	case sandbox.MapUser:
		p.Field("users", kit.Span{Style: th.Text, Text: "root inside is " + nsctl.Printable(b.User) + " outside"})
	}
	if b.Root == "" {
		p.Field("root", kit.Span{Style: th.Text, Text: "the host's tree"}, kit.Span{Style: th.Dim, Text: "  as it was copied"})
		return
	}
	p.Field("root", kit.Span{Style: th.Text, Text: nsctl.Printable(cmp.Or(b.From, b.Root))})
	if b.From != "" {
		p.Field("", kit.Span{Style: th.Dim, Text: "in " + nsctl.Printable(b.Root)})
	}
	if b.IDMapped {
		p.Field("", kit.Span{Style: th.Dim, Text: "its mount maps the owners of the files"})
	}
}

// PropagationText says what a propagation means for a sandbox.
func PropagationText(p sandbox.Propagation) string {
	switch p {
	case sandbox.Private:
		return "nothing comes in, nothing goes out"
	case sandbox.Slave:
		return "what is mounted outside comes in, nothing goes out"
	case sandbox.Shared:
		return "all can be copied to peers; what was shared outside stays tied to it"
	case sandbox.Unchanged:
		return "as the kernel copies it: peers of the originals, in a user namespace their slaves"
	}
	return ""
}

// describeSpace says what there is in the namespace.
func (s *Sandboxes) describeSpace(p *kit.Page, b *box) {
	th := s.theme
	p.Heading("Inside")
	if b.ns < 0 {
		p.Text(2, kit.Span{Style: th.Dim, Text: "its namespace is not in sight yet"})
		return
	}
	n := s.host.Namespace(b.ns)
	p.Text(2, kit.Span{Style: th.Text, Text: kit.Plural(len(n.Mounts), "mount", "mounts") + ", " + kit.Plural(n.ProcessCount, "process", "processes")})
	for _, proc := range n.Processes {
		p.Text(4, kit.Span{Style: th.Dim, Text: number(proc.PID) + " " + nsctl.Printable(proc.Comm)})
	}
	if more := n.ProcessCount - len(n.Processes); more > 0 && len(n.Processes) > 0 {
		p.Text(4, kit.Span{Style: th.Dim, Text: "and " + kit.Count(more) + " more"})
	}
}
