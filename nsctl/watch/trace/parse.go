package trace

import (
	"bytes"
	"time"
)

// event is one record of trace_pipe.
type event struct {
	kind kind
	comm []byte // as the kernel remembers it when the text is made: may be another's
	tid  int
	tgid int // 0 if the kernel does not remember it
	time time.Duration

	call   []byte // enter and exit: without sys_
	flags  uint64 // enter: what carries flags, or the command of fsconfig; newTask: of clone
	ret    int64  // exit
	task   int    // rename and newTask: whom it is about
	name   []byte // rename: the new one
	amount uint64 // lost: how many, at least 1
}

type kind int

const (
	other kind = iota // a line that means nothing to us
	enter
	exit
	rename
	newTask
	lost
)

// The columns of a line, as the kernel prints them with the options that Open sets
// (kernel/trace/trace_output.c, trace_print_context):
//
//	COMM, 16 bytes, padded at its left; it has 15 at most
//	          -TID    (   TGID) [CPU] FLAGS SECONDS.MICROSECONDS: TEXT
const (
	commWidth = 16
	maxComm   = 15 // TASK_COMM_LEN - 1
	maxLine   = 4096
)

// parse reads the first record of text. Size is how long it is, 0 if there is more to it
// that has not been read yet.
func parse(text []byte) (e event, size int) {
	if bytes.HasPrefix(text, []byte("CPU:")) {
		return parseLost(text)
	}
	if len(text) < commWidth {
		return event{}, 0
	}
	// A name may hold a newline, so that the end of the line is sought after it.
	end := bytes.IndexByte(text[commWidth:], '\n')
	if end < 0 {
		if len(text) > maxLine {
			return event{}, len(text)
		}
		return event{}, 0
	}
	whole := commWidth + end + 1
	s := scanner{text: text[commWidth : whole-1], ok: text[0] == ' '}
	e.comm = bytes.TrimLeft(text[:commWidth], " ")
	s.literal("-")
	e.tid = int(s.number(10))
	s.spaces()
	s.literal("(")
	s.spaces()
	if !s.try("-------") {
		e.tgid = int(s.number(10))
	}
	s.literal(") [")
	s.number(10)
	s.literal("] ")
	s.word() // whether interrupts are off, and so on
	s.spaces()
	e.time = time.Duration(s.number(10)) * time.Second
	s.literal(".")
	e.time += time.Duration(s.number(10)) * time.Microsecond
	s.literal(": ")
	if !s.ok {
		// Resume after the first newline, wherever it is: this was not the start of a line.
		return event{}, bytes.IndexByte(text, '\n') + 1
	}
	switch {
	case s.try("sys_"):
		e.parseCall(&s)
	case s.try("task_rename: pid="):
		return e.parseTask(rename, &s, text, whole)
	case s.try("task_newtask: pid="):
		return e.parseTask(newTask, &s, text, whole)
	}
	return e, whole
}

// parseLost reads how many records were overwritten before they were read:
// CPU:0 [LOST 37 EVENTS], or without a number.
func parseLost(text []byte) (e event, size int) {
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		return event{}, min(len(text), max(0, len(text)-maxLine))
	}
	s := scanner{text: text[:end], ok: true}
	s.literal("CPU:")
	s.number(10)
	s.literal(" [LOST ")
	amount := uint64(1)
	if !s.try("EVENTS]") {
		amount = max(amount, s.number(10))
		s.literal(" EVENTS]")
	}
	if s.ok && len(s.text) == 0 {
		e = event{kind: lost, amount: amount}
	}
	return e, end + 1
}

// parseCall reads mount(dev_name: 0x1, ..., flags: 0x1000, data: 0) or mount -> 0x0.
// Before some release numbers had no 0x; they were hexadecimal all the same.
func (e *event) parseCall(s *scanner) {
	e.call = s.name()
	if s.try(" -> ") {
		e.ret = int64(s.number(16))
		if s.ok && len(s.text) == 0 {
			e.kind = exit
		}
		return
	}
	s.literal("(")
	for s.ok && !s.try(")") {
		argument := s.name()
		s.literal(": ")
		value := s.number(16)
		switch string(argument) {
		case "flags", "unshare_flags", "cmd":
			e.flags = value
		}
		s.try(", ")
	}
	if s.ok && len(s.text) == 0 {
		e.kind = enter
	}
}

// parseTask reads the text of an event about a task, in which names may hold newlines and
// whatever else: "1 oldcomm=sh newcomm=mount oom_score_adj=0" or "1 comm=sh clone_flags=0
// oom_score_adj=0". The text begins in the line that ends at whole, and may go on after it.
func (e event) parseTask(k kind, s *scanner, text []byte, whole int) (event, int) {
	e.task = int(s.number(10))
	rest := text[whole-1-len(s.text):] // past the end of the line
	first, second := " oldcomm=", " newcomm="
	if k == newTask {
		first, second = " comm=", " clone_flags="
	}
	start := len(rest)
	if s.ok && bytes.HasPrefix(rest, []byte(first)) {
		rest = rest[len(first):]
		// The last place where it fits: a name may hold the word itself, though only its
		// owner's is then cut.
		for at := min(maxComm, len(rest)); at >= 0; at-- {
			if !bytes.HasPrefix(rest[at:], []byte(second)) {
				continue
			}
			if end := e.parseTaskEnd(k, rest[at+len(second):]); end > 0 {
				e.kind = k
				return e, len(text) - start + len(first) + at + len(second) + end
			}
		}
		if len(rest) < maxTask {
			return event{}, 0
		}
	}
	return event{}, whole
}

// maxTask is longer than what follows the first name in the text of an event about a task.
const maxTask = 2*maxComm + 80

// parseTaskEnd reads the rest, and says how long it is.
func (e *event) parseTaskEnd(k kind, rest []byte) int {
	const last = " oom_score_adj="
	var s scanner
	if k == newTask {
		s = scanner{text: rest, ok: true}
		e.flags = s.number(16)
		s.literal(last)
	} else {
		at := bytes.LastIndex(rest[:min(len(rest), maxComm+len(last))], []byte(last))
		if at < 0 {
			return 0
		}
		e.name = rest[:at]
		s = scanner{text: rest[at+len(last):], ok: true}
	}
	s.try("-")
	s.number(10)
	s.literal("\n")
	if !s.ok {
		return 0
	}
	return len(rest) - len(s.text)
}
