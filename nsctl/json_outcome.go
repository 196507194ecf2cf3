package nsctl

import "encoding/json"

type (
	exactOutcome struct {
		OpB64 []byte `json:"op_b64,omitempty"`
	}
	exactPoint struct {
		MountpointB64 []byte `json:"mountpoint_b64,omitempty"`
	}
	exactWas struct {
		MountpointB64   []byte `json:"mountpoint_b64,omitempty"`
		OptionsB64      []byte `json:"options_b64,omitempty"`
		SuperOptionsB64 []byte `json:"super_options_b64,omitempty"`
	}
)

type (
	plainOutcome    Outcome
	plainWas        Was
	plainNotReached NotReached
)

// MarshalJSON implements [json.Marshaler]. Its lists are never null.
func (o Outcome) MarshalJSON() ([]byte, error) { return json.Marshal(o.wire()) }

type wireOutcome struct {
	*plainOutcome
	exactOutcome
}

func (o *Outcome) wire() wireOutcome {
	w := plainOutcome(*o)
	w.Effects, w.NotReached, w.Uncertain = orEmpty(o.Effects), orEmpty(o.NotReached), orEmpty(o.Uncertain)
	if o.After != nil {
		after := *o.After
		after.Gaps = orEmpty(after.Gaps)
		w.After = &after
	}
	return wireOutcome{&w, exactOutcome{exact(o.Op)}}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// MarshalJSON implements [json.Marshaler].
func (w Was) MarshalJSON() ([]byte, error) {
	return json.Marshal(w.wire())
}

type wireWas struct {
	*plainWas
	exactWas
}

func (w *Was) wire() *wireWas {
	return &wireWas{(*plainWas)(w), exactWas{exact(w.Mountpoint), exact(w.Options), exact(w.SuperOptions)}}
}

// MarshalJSON implements [json.Marshaler].
func (n NotReached) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*plainNotReached
		exactPoint
	}{(*plainNotReached)(&n), exactPoint{exact(n.Mountpoint)}})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (o *Outcome) UnmarshalJSON(data []byte) error {
	var x exactOutcome
	if err := json.Unmarshal(data, &struct {
		*plainOutcome
		*exactOutcome
	}{(*plainOutcome)(o), &x}); err != nil {
		return err
	}
	restore(&o.Op, x.OpB64)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (w *Was) UnmarshalJSON(data []byte) error {
	var x exactWas
	if err := json.Unmarshal(data, &struct {
		*plainWas
		*exactWas
	}{(*plainWas)(w), &x}); err != nil {
		return err
	}
	restore(&w.Mountpoint, x.MountpointB64)
	restore(&w.Options, x.OptionsB64)
	restore(&w.SuperOptions, x.SuperOptionsB64)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *NotReached) UnmarshalJSON(data []byte) error {
	var x exactPoint
	if err := json.Unmarshal(data, &struct {
		*plainNotReached
		*exactPoint
	}{(*plainNotReached)(n), &x}); err != nil {
		return err
	}
	restore(&n.Mountpoint, x.MountpointB64)
	return nil
}
