package unpack

import (
	"errors"
	"fmt"
	"strings"

	"mntscope/nsctl"
)

// ErrRefused matches the errors of archives that break a rule of this package, in contrast
// to those of files that could not be read or written.
var ErrRefused = errors.New("the archive is refused")

// ErrNotEmpty is the error of a directory that holds something already.
var ErrNotEmpty = errors.New("the directory is not empty")

// Error says which entry ended the unpacking, and why.
type Error struct {
	Number int64  // of the entry in the archive, from 1; 0 if it is about the archive itself, or what was made from it
	Entry  string // its name as it stands in the archive; "" where that was not read yet
	Why    string // as the rest of a sentence
	Try    string // what to try
	Err    error  // the cause, or ErrRefused
}

// Error says it in a sentence. The name is safe to write to a terminal.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Entry != "" && e.Number == 0:
		b.WriteString(shown(e.Entry) + ": ")
	case e.Entry != "":
		fmt.Fprintf(&b, "entry %d, %s: ", e.Number, shown(e.Entry))
	case e.Number > 0:
		fmt.Fprintf(&b, "entry %d: ", e.Number)
	}
	b.WriteString(e.Why)
	if !errors.Is(e.Err, ErrRefused) {
		b.WriteString(": " + cause(e.Err))
	}
	if e.Try != "" {
		b.WriteString("; " + e.Try)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// refused makes the error of an entry that breaks a rule; its number and name are added by
// whoever knows them.
func refused(try, why string, args ...any) error {
	return &Error{Why: fmt.Sprintf(why, args...), Try: try, Err: ErrRefused}
}

// failed makes the error of an entry that could not be made.
func failed(err error, try, why string, args ...any) error {
	return &Error{Why: fmt.Sprintf(why, args...), Try: try, Err: err}
}

// shownBytes is how much of a name is shown: it may be a megabyte of anything.
const shownBytes = 256

// shown quotes a name of the archive so that it is safe to write to a terminal.
func shown(name string) string {
	if len(name) > shownBytes {
		return fmt.Sprintf(`"%s…" (%d bytes)`, nsctl.Printable(name[:shownBytes]), len(name))
	}
	return `"` + nsctl.Printable(name) + `"`
}

// cause is the text of an error that may quote a name itself. Only its last part, the
// kernel's words, is needed: the entry was named already.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return nsctl.Printable(err.Error())
		}
		err = inner
	}
}
