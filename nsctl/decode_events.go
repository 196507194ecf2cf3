package nsctl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// EventReader reads a recording, which is what "mntscope watch --json" printed: one event
// a line. A recording may come from anybody: lines may be of any length, as the first one
// holds a whole host, but what is not a recording costs a few megabytes, and gets one
// clear sentence.
type EventReader struct {
	source    *source
	in        *bufio.Reader
	line      int // the one that is being read, from 1
	read      int // events so far
	truncated bool
	texts     interner
}

// ErrNotRecording is matched by the errors of an [EventReader] for input that is no
// recording, as opposed to one that is damaged or could not be read.
var ErrNotRecording = errors.New("not a mntscope recording")

// longLine is from which length on a line is read element by element.
const longLine = 1 << 20

// NewEventReader makes a reader of a recording.
func NewEventReader(r io.Reader) *EventReader { return newEventReader(r, longLine) }

func newEventReader(r io.Reader, longLine int) *EventReader {
	from := &source{r: r}
	return &EventReader{source: from, in: bufio.NewReaderSize(from, longLine), texts: interner{}}
}

// source remembers why it could not be read, to tell that from what is wrong with the
// text.
type source struct {
	r      io.Reader
	failed error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}

// Next gives the next event, or [io.EOF] after the last. The first one is of kind ready,
// and has a snapshot; Seq counts the others. Errors are whole sentences for a person,
// without the file's name, and end the reading.
func (r *EventReader) Next() (*Event, error) {
	for {
		r.line++
		e, err := r.next()
		switch {
		case errors.Is(err, errBlankLine):
			continue
		case errors.Is(err, errLineCut) && r.read > 0:
			r.truncated = true
			return nil, io.EOF
		case err != nil:
			return nil, r.explain(err)
		}
		if err := r.check(e); err != nil {
			return nil, err
		}
		r.read++
		r.texts.share(e.Mount)
		return e, nil
	}
}

// Truncated says, after the last event, that the recording ends in the middle of another
// one: whoever wrote it was stopped.
func (r *EventReader) Truncated() bool { return r.truncated }

var (
	errBlankLine = errors.New("nothing is in the line")
	errLineCut   = errors.New("the line ends in the middle")

	errSnapshotInstead = fmt.Errorf("%w but a snapshot: open it with --snapshot FILE", ErrNotRecording)
)

// next reads one line.
func (r *EventReader) next() (*Event, error) {
	line, err := r.in.ReadSlice('\n')
	if r.read == 0 && bytes.HasPrefix(line, []byte(`{"format"`)) {
		return nil, errSnapshotInstead
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return r.long(line)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	ended := err == nil
	if len(bytes.TrimSpace(line)) == 0 {
		if ended {
			return nil, errBlankLine
		}
		return nil, io.EOF
	}
	e := &Event{}
	if err := json.Unmarshal(line, e); err != nil {
		if !ended && isCut(line) {
			return nil, errLineCut
		}
		return nil, err
	}
	return e, nil
}

// isCut says that a text is the beginning of an object.
func isCut(text []byte) bool {
	var whole json.RawMessage
	err := json.NewDecoder(bytes.NewReader(text)).Decode(&whole)
	return errors.Is(err, io.ErrUnexpectedEOF) && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{"))
}

// long reads a line of which the beginning is known.
func (r *EventReader) long(start []byte) (*Event, error) {
	rest := &restOfLine{in: r.in}
	d := decoder{input: &meteredReader{r: io.MultiReader(bytes.NewReader(bytes.Clone(start)), rest)}}
	d.json = json.NewDecoder(d.input)
	e, err := d.event()
	if err == nil {
		err = d.end("event")
	}
	if errors.Is(err, io.EOF) && d.json.InputOffset() == 0 {
		return nil, errBlankLine
	}
	if rest.cut && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, errLineCut
	}
	return e, err
}

// restOfLine reads up to the next newline.
type restOfLine struct {
	in        *bufio.Reader
	done, cut bool
}

// Read fills p as far as there is something: the JSON library looks at all blanks again
// whenever it gets more.
func (l *restOfLine) Read(p []byte) (n int, err error) {
	for n < len(p) && !l.done {
		if _, err := l.in.Peek(1); err != nil {
			l.done, l.cut = true, errors.Is(err, io.EOF)
			break
		}
		ready, err := l.in.Peek(min(l.in.Buffered(), len(p)-n))
		if err != nil {
			return n, err
		}
		if end := bytes.IndexByte(ready, '\n'); end >= 0 {
			ready, l.done = ready[:end+1], true
		}
		n += copy(p[n:], ready)
		if _, err := l.in.Discard(len(ready)); err != nil {
			return n, err
		}
	}
	if n == 0 && l.done {
		return 0, io.EOF
	}
	return n, nil
}

// event reads an event element by element.
func (d *decoder) event() (*Event, error) {
	e := &Event{}
	err := d.object(func(key string) error {
		switch key {
		case "seq":
			return d.value(&e.Seq)
		case "time":
			return d.value(&e.Time)
		case "kind":
			return d.value(&e.Kind)
		case "op":
			return d.value(&e.Op)
		case "origin":
			return d.value(&e.Origin)
		case "ns":
			return d.value(&e.NS)
		case "ns_id":
			return d.value(&e.NSID)
		case "mount":
			return d.value(&e.Mount)
		case "was":
			return d.value(&e.Was)
		case "actor":
			return d.value(&e.Actor)
		case "via":
			return d.value(&e.Via)
		case "text":
			return d.value(&e.Text)
		case "sources":
			return elements(d, &e.Sources)
		case "only":
			return d.value(&e.Only)
		case "namespace":
			ns, err := d.namespace()
			e.Namespace = &ns
			return err
		case "snapshot":
			s, err := d.snapshot()
			e.Snapshot = s
			return err
		}
		return d.skip()
	})
	return e, err
}

// interner keeps one copy of each text: the mounts of a recording have few types,
// options and places.
type interner map[string]string

func (in interner) share(m *Mount) {
	if m == nil {
		return
	}
	const most = 1 << 16
	if len(in) > most {
		clear(in)
	}
	for _, text := range [...]*string{&m.Root, &m.Mountpoint, &m.FSType, &m.Source, &m.Options, &m.SuperOptions} {
		if kept, ok := in[*text]; ok {
			*text = kept
		} else {
			in[*text] = *text
		}
	}
}
