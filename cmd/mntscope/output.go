package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// writeJSON prints one value and a newline.
func writeJSON(w io.Writer, value any) error {
	out := bufio.NewWriterSize(w, 1<<16)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return outputError(err)
	}
	return outputError(out.Flush())
}

// outputError is for standard output that cannot be written, as on a full disk;
// nil stays nil.
func outputError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write to standard output: %w", reason(err))
}
