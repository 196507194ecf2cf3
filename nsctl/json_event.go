package nsctl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
)

type (
	exactActor struct {
		CommB64 []byte `json:"comm_b64,omitempty"`
	}
	plainActor Actor
	plainEvent Event
	wireActor  struct {
		*plainActor
		exactActor
	}
	wireEvent struct {
		*plainEvent
		// These shadow the fields of the same name in plainEvent.
		Mount     *wireMount     `json:"mount,omitempty"`
		Was       *wireWas       `json:"was,omitempty"`
		Actor     *wireActor     `json:"actor,omitempty"`
		Namespace *wireNamespace `json:"namespace,omitempty"`
		Snapshot  *int           `json:"snapshot,omitempty"`
	}
)

func (a *Actor) wire() *wireActor {
	return &wireActor{(*plainActor)(a), exactActor{exact(a.Comm)}}
}

func (e *Event) wire() *wireEvent {
	w := &wireEvent{plainEvent: (*plainEvent)(e)}
	if e.Mount != nil {
		m := e.Mount.wire()
		w.Mount = &m
	}
	if e.Was != nil {
		w.Was = e.Was.wire()
	}
	if e.Actor != nil {
		w.Actor = e.Actor.wire()
	}
	if e.Namespace != nil {
		n := e.Namespace.wire()
		w.Namespace = &n
	}
	return w
}

// MarshalJSON implements [json.Marshaler].
func (a Actor) MarshalJSON() ([]byte, error) { return json.Marshal(a.wire()) }

// UnmarshalJSON implements [json.Unmarshaler].
func (a *Actor) UnmarshalJSON(data []byte) error {
	var x exactActor
	if err := json.Unmarshal(data, &struct {
		*plainActor
		*exactActor
	}{(*plainActor)(a), &x}); err != nil {
		return err
	}
	restore(&a.Comm, x.CommB64)
	return nil
}

// MarshalJSON implements [json.Marshaler]. For writing a recording, [Event.Encode] is faster.
func (e Event) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := e.Encode(&b)
	return b.Bytes(), err
}

// Encode writes the event as one line of JSON. An event without a snapshot is one call of
// Write; of a snapshot it holds the text of one namespace at a time.
func (e *Event) Encode(w io.Writer) error {
	if e.Snapshot == nil {
		line := json.NewEncoder(w) // ends the value with a newline
		line.SetEscapeHTML(false)
		return line.Encode(e.wire())
	}
	out := bufio.NewWriterSize(w, 1<<16)
	var head bytes.Buffer
	if err := newValueEncoder(&head).Encode(e.wire()); err != nil {
		return err
	}
	out.Write(head.Bytes()[:head.Len()-1]) // without the closing brace
	out.WriteString(`,"snapshot":`)
	if err := e.Snapshot.encode(out, ""); err != nil {
		return err
	}
	out.WriteString("}\n")
	return out.Flush() // reports the first error of any write before
}
