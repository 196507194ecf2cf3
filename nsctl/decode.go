package nsctl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A snapshot file may come from anybody. It is decoded element by element, and
// no element may be larger than maxElement: a gigabyte of garbage costs a few
// megabytes and gets one clear sentence. The largest real element is a mount of
// an overlay with hundreds of lower directories, well under a megabyte.
const maxElement = 16 << 20

// ErrNotSnapshot is matched by the errors of [Decode] for input that is no snapshot,
// as opposed to one that is damaged or could not be read.
var ErrNotSnapshot = errors.New("not a mntscope snapshot")

// Decode reads a snapshot that [Snapshot.Encode] wrote. Fields it does not know
// are passed over. Its errors are whole sentences for a person, without the
// file's name.
func Decode(r io.Reader) (*Snapshot, error) {
	d := decoder{input: &meteredReader{r: r}}
	d.json = json.NewDecoder(d.input)
	s, err := d.snapshot()
	if err == nil {
		err = d.end("snapshot")
	}
	if err != nil {
		return nil, d.explain(err)
	}
	return s, nil
}

// versionError is the version of a snapshot that is not the one we read.
type versionError int

func (v versionError) Error() string {
	return fmt.Sprintf("it is a snapshot of version %d, and this mntscope reads version %d: use the mntscope that wrote it, or take it again", int(v), Version)
}

type decoder struct {
	input *meteredReader
	json  *json.Decoder
}

func (d *decoder) snapshot() (*Snapshot, error) {
	s := &Snapshot{}
	err := d.object(func(key string) error {
		switch key {
		case "format":
			if err := d.value(&s.Format); err != nil || s.Format != Format {
				return errors.Join(ErrNotSnapshot, err)
			}
			return nil
		case "version":
			if err := d.value(&s.Version); err != nil {
				return err
			}
			if s.Version != Version {
				return versionError(s.Version)
			}
			return nil
		}
		// What follows has a meaning only once format and version are known.
		if s.Format == "" || s.Version == 0 {
			return ErrNotSnapshot
		}
		switch key {
		case "taken":
			return d.value(&s.Taken)
		case "host":
			return d.value(&s.Host)
		case "observer":
			return d.value(&s.Observer)
		case "namespaces":
			return d.array(func() error {
				ns, err := d.namespace()
				s.Namespaces = append(s.Namespaces, ns)
				return err
			})
		case "gaps":
			return elements(d, &s.Gaps)
		}
		return d.skip()
	})
	if err != nil {
		return nil, err
	}
	if s.Format == "" || s.Version == 0 {
		return nil, ErrNotSnapshot
	}
	return s, nil
}

// end checks that nothing follows.
func (d *decoder) end(of string) error {
	if _, err := d.token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows the end of the %s", of)
	}
	return nil
}

func (d *decoder) namespace() (Namespace, error) {
	var ns Namespace
	err := d.object(func(key string) error {
		switch key {
		case "ns":
			return d.value(&ns.NS)
		case "ns_id":
			return d.value(&ns.NSID)
		case "kind":
			return d.value(&ns.Kind)
		case "name":
			if ns.Name != "" { // name_b64 came first, and is exact
				return d.skip()
			}
			return d.value(&ns.Name)
		case "name_b64":
			var exact []byte
			err := d.value(&exact)
			restore(&ns.Name, exact)
			return err
		case "container":
			return d.value(&ns.Container)
		case "owner_user_ns":
			return d.value(&ns.OwnerUserNS)
		case "owner_uid":
			return d.value(&ns.OwnerUID)
		case "process_count":
			return d.value(&ns.ProcessCount)
		case "processes":
			return elements(d, &ns.Processes)
		case "held_by":
			return elements(d, &ns.HeldBy)
		case "mounts":
			return elements(d, &ns.Mounts)
		}
		return d.skip()
	})
	return ns, err
}

// object reads an object and calls field for each key; field reads the value.
func (d *decoder) object(field func(key string) error) error {
	if err := d.delim('{'); err != nil {
		return err
	}
	for d.more() {
		key, err := d.token()
		if err != nil {
			return err
		}
		if err := field(key.(string)); err != nil { // a key is always a string
			return err
		}
	}
	return d.delim('}')
}

// array reads an array, or null, and calls element before each of its elements.
func (d *decoder) array(element func() error) error {
	start, err := d.token()
	if err != nil || start == nil {
		return err
	}
	if start != json.Delim('[') {
		return fmt.Errorf("at byte %d: expected a list, found %v", d.json.InputOffset(), start)
	}
	for d.more() {
		if err := element(); err != nil {
			return err
		}
	}
	return d.delim(']')
}

func elements[T any](d *decoder, list *[]T) error {
	*list = []T{}
	return d.array(func() error {
		var element T
		err := d.value(&element)
		*list = append(*list, element)
		return err
	})
}

func (d *decoder) value(v any) error {
	d.input.refill()
	return d.json.Decode(v)
}

// skip passes over a value of a field that a later mntscope added.
func (d *decoder) skip() error {
	var ignored json.RawMessage
	return d.value(&ignored)
}

func (d *decoder) token() (json.Token, error) {
	d.input.refill()
	return d.json.Token()
}

func (d *decoder) more() bool {
	d.input.refill()
	return d.json.More()
}

func (d *decoder) delim(want json.Delim) error {
	got, err := d.token()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("at byte %d: expected %v, found %v", d.json.InputOffset(), want, got)
	}
	return nil
}

// explain turns an error of the JSON library into a sentence about a snapshot.
func (d *decoder) explain(err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.Is(err, ErrNotSnapshot):
		return fmt.Errorf("%w: make one with \"mntscope snapshot\"", ErrNotSnapshot)
	case d.json.InputOffset() == 0 && (errors.Is(err, io.EOF) || errors.As(err, &syntax) || errors.Is(err, errElementTooLarge)):
		return fmt.Errorf("%w: make one with \"mntscope snapshot\"", ErrNotSnapshot)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the snapshot is truncated: it ends after %d bytes, in the middle; copy it again", d.input.total)
	case errors.As(err, &syntax):
		return fmt.Errorf("the snapshot is damaged: near byte %d: %w; copy it again, or make a new one", d.json.InputOffset(), err)
	case errors.As(err, &mismatch):
		return fmt.Errorf("the snapshot is damaged: near byte %d: %s cannot hold a %s; copy it again, or make a new one", d.json.InputOffset(), mismatch.Field, mismatch.Value)
	}
	return err
}

var errElementTooLarge = errors.New("an element larger than 16 MiB, which no snapshot has")

// meteredReader fails when one element takes more than maxElement bytes of input.
type meteredReader struct {
	r     io.Reader
	total int64 // bytes read so far
	used  int64 // of these, since the last refill
}

// refill allows the next element its share.
func (m *meteredReader) refill() { m.used = 0 }

func (m *meteredReader) Read(p []byte) (int, error) {
	if m.used >= maxElement {
		return 0, errElementTooLarge
	}
	n, err := m.r.Read(p)
	m.used += int64(n)
	m.total += int64(n)
	return n, err
}
