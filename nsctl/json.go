package nsctl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// JSON strings are Unicode, paths are bytes. A field that is not valid UTF-8 is
// written with U+FFFD in place of what is not, for people, and exactly, in
// base64, in a second field named *_b64, which is present only then.
//
// Each type with such fields has a "wire" twin, which embeds the type's fields
// and adds the exact ones behind a pointer that is nearly always nil: encoding
// stays as fast as for a plain struct, which a MarshalJSON method on every mount
// would make five times slower.

type (
	exactMount struct {
		RootB64         []byte `json:"root_b64,omitempty"`
		MountpointB64   []byte `json:"mountpoint_b64,omitempty"`
		FSTypeB64       []byte `json:"fstype_b64,omitempty"`
		SourceB64       []byte `json:"source_b64,omitempty"`
		OptionsB64      []byte `json:"options_b64,omitempty"`
		SuperOptionsB64 []byte `json:"super_options_b64,omitempty"`
	}
	exactProcess struct {
		CommB64   []byte `json:"comm_b64,omitempty"`
		CgroupB64 []byte `json:"cgroup_b64,omitempty"`
	}
	exactPath struct {
		PathB64 []byte `json:"path_b64,omitempty"`
	}
	exactInfo struct {
		NameB64 []byte `json:"name_b64,omitempty"`
	}
)

// The plain types have the fields of their originals without the methods, which
// would otherwise be promoted to the wire types and call themselves.
type (
	plainMount   Mount
	plainProcess Process
	plainHolder  Holder
	plainInfo    NamespaceInfo
)

type (
	wireMount struct {
		*plainMount
		*exactMount
	}
	wireProcess struct {
		*plainProcess
		*exactProcess
	}
	wireHolder struct {
		*plainHolder
		*exactPath
	}
	wireInfo struct {
		*plainInfo
		*exactInfo
		// These two shadow the fields of the same name in plainInfo.
		Processes []wireProcess `json:"processes,omitempty"`
		HeldBy    []wireHolder  `json:"held_by,omitempty"`
	}
	wireNamespace struct {
		wireInfo
		Mounts []wireMount `json:"mounts"`
	}
	wireSummary struct {
		wireInfo
		MountCount int `json:"mount_count"`
	}
)

// exact returns nil for valid UTF-8, so that the field is left out.
func exact(s string) []byte {
	if utf8.ValidString(s) {
		return nil
	}
	return []byte(s)
}

// restore puts the exact bytes back, if there were any.
func restore(field *string, b64 []byte) {
	if len(b64) > 0 {
		*field = string(b64)
	}
}

func (m *Mount) wire() wireMount {
	w := wireMount{plainMount: (*plainMount)(m)}
	for _, s := range [...]string{m.Root, m.Mountpoint, m.FSType, m.Source, m.Options, m.SuperOptions} {
		if !utf8.ValidString(s) {
			w.exactMount = &exactMount{
				exact(m.Root), exact(m.Mountpoint), exact(m.FSType),
				exact(m.Source), exact(m.Options), exact(m.SuperOptions),
			}
			break
		}
	}
	return w
}

func (p *Process) wire() wireProcess {
	return wireProcess{(*plainProcess)(p), &exactProcess{exact(p.Comm), exact(p.Cgroup)}}
}

func (h *Holder) wire() wireHolder {
	return wireHolder{(*plainHolder)(h), &exactPath{exact(h.Path)}}
}

func (n *NamespaceInfo) wire() wireInfo {
	w := wireInfo{plainInfo: (*plainInfo)(n), exactInfo: &exactInfo{exact(n.Name)}}
	for i := range n.Processes {
		w.Processes = append(w.Processes, n.Processes[i].wire())
	}
	for i := range n.HeldBy {
		w.HeldBy = append(w.HeldBy, n.HeldBy[i].wire())
	}
	return w
}

func (n *Namespace) wire() wireNamespace {
	w := wireNamespace{n.NamespaceInfo.wire(), make([]wireMount, len(n.Mounts))}
	for i := range n.Mounts {
		w.Mounts[i] = n.Mounts[i].wire()
	}
	return w
}

// MarshalJSON implements [json.Marshaler].
func (m Mount) MarshalJSON() ([]byte, error) { return json.Marshal(m.wire()) }

// MarshalJSON implements [json.Marshaler].
func (p Process) MarshalJSON() ([]byte, error) { return json.Marshal(p.wire()) }

// MarshalJSON implements [json.Marshaler].
func (h Holder) MarshalJSON() ([]byte, error) { return json.Marshal(h.wire()) }

// MarshalJSON implements [json.Marshaler].
func (n NamespaceInfo) MarshalJSON() ([]byte, error) { return json.Marshal(n.wire()) }

// MarshalJSON implements [json.Marshaler].
func (n Namespace) MarshalJSON() ([]byte, error) { return json.Marshal(n.wire()) }

// MarshalJSON implements [json.Marshaler].
func (n NamespaceSummary) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireSummary{n.NamespaceInfo.wire(), n.MountCount})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *Mount) UnmarshalJSON(data []byte) error {
	var x exactMount
	if err := json.Unmarshal(data, &wireMount{(*plainMount)(m), &x}); err != nil {
		return err
	}
	restore(&m.Root, x.RootB64)
	restore(&m.Mountpoint, x.MountpointB64)
	restore(&m.FSType, x.FSTypeB64)
	restore(&m.Source, x.SourceB64)
	restore(&m.Options, x.OptionsB64)
	restore(&m.SuperOptions, x.SuperOptionsB64)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Process) UnmarshalJSON(data []byte) error {
	var x exactProcess
	if err := json.Unmarshal(data, &wireProcess{(*plainProcess)(p), &x}); err != nil {
		return err
	}
	restore(&p.Comm, x.CommB64)
	restore(&p.Cgroup, x.CgroupB64)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (h *Holder) UnmarshalJSON(data []byte) error {
	var x exactPath
	if err := json.Unmarshal(data, &wireHolder{(*plainHolder)(h), &x}); err != nil {
		return err
	}
	restore(&h.Path, x.PathB64)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *NamespaceInfo) UnmarshalJSON(data []byte) error {
	var x exactInfo
	if err := json.Unmarshal(data, &struct {
		*plainInfo
		*exactInfo
	}{(*plainInfo)(n), &x}); err != nil {
		return err
	}
	restore(&n.Name, x.NameB64)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Namespace) UnmarshalJSON(data []byte) error {
	if err := n.NamespaceInfo.UnmarshalJSON(data); err != nil {
		return err
	}
	return json.Unmarshal(data, &struct{ Mounts *[]Mount }{&n.Mounts})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *NamespaceSummary) UnmarshalJSON(data []byte) error {
	if err := n.NamespaceInfo.UnmarshalJSON(data); err != nil {
		return err
	}
	return json.Unmarshal(data, &struct {
		MountCount *int `json:"mount_count"`
	}{&n.MountCount})
}

// Encode writes the snapshot as JSON, one namespace a line. It holds the text of
// one namespace at a time.
func (s *Snapshot) Encode(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := s.encode(out, "\n"); err != nil {
		return err
	}
	out.WriteByte('\n')
	return out.Flush() // reports the first error of any write before
}

// encode writes the snapshot with line ends between its parts, or whatever is to stand
// there.
func (s *Snapshot) encode(out *bufio.Writer, lineEnd string) error {
	head, err := json.Marshal(struct {
		*Snapshot
		// These two shadow the fields of the same name in Snapshot.
		Namespaces *int `json:"namespaces,omitempty"`
		Gaps       *int `json:"gaps,omitempty"`
	}{Snapshot: s})
	if err != nil {
		return err
	}
	values := newValueEncoder(out)

	out.Write(head[:len(head)-1]) // without the closing brace
	out.WriteString("," + lineEnd + `"namespaces":[` + lineEnd)
	for i := range s.Namespaces {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := values.Encode(s.Namespaces[i].wire()); err != nil {
			return err
		}
		out.WriteString(lineEnd)
	}
	out.WriteString("]," + lineEnd + `"gaps":`)
	if err := values.Encode(orEmpty(s.Gaps)); err != nil {
		return err
	}
	out.WriteString(lineEnd + "}")
	return nil
}

// newValueEncoder makes an encoder that writes nothing after a value, and leaves <, >
// and & as they are.
func newValueEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(valueWriter{w})
	e.SetEscapeHTML(false)
	return e
}

// valueWriter leaves out the newline that a json.Encoder ends each value with.
type valueWriter struct{ w io.Writer }

func (v valueWriter) Write(value []byte) (int, error) {
	n, err := v.w.Write(bytes.TrimSuffix(value, []byte("\n")))
	if err != nil {
		return n, err
	}
	return len(value), nil
}
