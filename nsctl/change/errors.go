package change

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
)

// OpError says why an operation was not done: what failed, where, on what, why, and what to
// do about it.
type OpError struct {
	Op   string // the operation as a shell command
	Call string // the system call that failed, or what could not be done
	NS   nsctl.NSNumber
	Path string // empty if it is about no path
	// Errno is the name of the error number (EBUSY), if there was one.
	Errno string
	Why   string
	Try   string // what to do; empty if nothing is known
	// Err is the error of the system call, where there was one.
	Err error
}

// Error gives all of it in one line.
func (e *OpError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %v: ", printableOp(e.Op), e.NS)
	if e.Call != "" {
		b.WriteString(e.Call)
		if e.Path != "" {
			b.WriteString(" " + nsctl.Printable(e.Path))
		}
		b.WriteString(": ")
	}
	if e.Errno != "" {
		b.WriteString(e.Errno + ": ")
	}
	b.WriteString(e.Why)
	if e.Try != "" {
		b.WriteString("; " + e.Try)
	}
	return b.String()
}

// Unwrap gives the error of the system call.
func (e *OpError) Unwrap() error { return e.Err }

// printableOp shows a command as it is typed, unless something in it does not show.
func printableOp(line string) string {
	if printable := nsctl.Printable(line); strings.ReplaceAll(printable, `\\`, `\`) != line {
		return printable
	}
	return line
}

func (p *Plan) fail(call, path, why, try string) *OpError {
	return &OpError{Op: p.Op.String(), Call: call, NS: p.number, Path: path, Why: why, Try: try}
}

// Refused is the error of an operation that the kernel would refuse, and that therefore was
// not tried.
type Refused struct{ *OpError }

// refused is what the prediction says.
func (p *Plan) refused() error {
	e := p.fail("", "", p.Prediction.Reason, "")
	e.Errno = p.Prediction.Errno
	if e.Errno == "ENOSPC" {
		e.Try = tryOnSpace
	}
	return &Refused{e}
}

// Hidden is the error of a mount that was chosen, but that its path does not lead to.
type Hidden struct{ *OpError }

// hidden refuses an operation that was meant for a mount which its path does not lead to.
func (p *Plan) hidden() error {
	if p.Mount == 0 || p.places.Target != nil && p.places.Target.Mount == p.Mount {
		return nil
	}
	r, ok := p.Graph.Lookup(p.Space, p.Mount)
	if !ok {
		p.Blocked = p.fail("find", "", fmt.Sprintf("there is no mount %d in the namespace any more", p.Mount), "")
		return nil
	}
	m := p.Graph.Mount(r)
	by, ok := p.Graph.Lookup(p.Space, m.HiddenBy)
	if !ok {
		p.Blocked = &Hidden{p.fail("find", p.Op.Target, fmt.Sprintf("does not lead to mount %d, which is at %s", p.Mount, nsctl.Printable(m.Mountpoint)), "give that path")}
		return nil
	}
	cover := p.Graph.Mount(by)
	p.Blocked = &Hidden{p.fail("find", p.Op.Target,
		fmt.Sprintf("mount %d is hidden: no path leads to it, as mount %d at %s covers it", p.Mount, cover.MntID, nsctl.Printable(cover.Mountpoint)),
		"move that away or unmount it first: umount "+nsctl.ShellQuote(cover.Mountpoint))}
	return nil
}

// cannotEnter is the error of a namespace that the caller may not enter.
func (p *Plan) cannotEnter(err error) error {
	e := p.fail("enter", "", err.Error(), "")
	e.Err = err
	if errors.Is(err, errSilent) {
		return e
	}
	var f *carry.Failure
	if errors.As(err, &f) && f.Gone {
		e.Try = "\"mntscope ns\" lists the namespaces there are"
		return e
	}
	info := p.errand.in
	if info.OwnerUserNS != 0 {
		e.Try = fmt.Sprintf("it takes CAP_SYS_ADMIN in %v, which owns it: try as root, or as the user who made that", info.OwnerUserNS)
		if p.errand.to != nil && p.errand.to.OwnerUserNS != info.OwnerUserNS {
			e.Try = fmt.Sprintf("it takes CAP_SYS_ADMIN in both %v and %v, which own the two namespaces: try as root", info.OwnerUserNS, p.errand.to.OwnerUserNS)
		}
	} else {
		e.Try = "try as root"
	}
	return e
}

// Changed is the error of an operation that was not done because the host is not as it was
// when it was planned. Plan is a new one, to be shown.
type Changed struct {
	Plan *Plan
	// Why is what has changed, as the rest of a sentence.
	Why string
}

func (c *Changed) Error() string {
	return fmt.Sprintf("%s in %v: nothing was done: %s", printableOp(c.Plan.Op.String()), c.Plan.number, c.Why)
}

// failure makes an error of what a job reports.
func (c *Changer) failure(ctx context.Context, p *Plan, f *carry.Failure) *OpError {
	e := p.fail(f.Call, f.Path, "", "")
	e.Err = f
	if sys.ErrnoName(f.Errno) == "EBUSY" {
		e.Why, e.Try = c.adviceOnBusy(ctx, p)
	} else {
		e.Why, e.Try = p.advice(f)
	}
	if f.Errno != 0 {
		e.Errno = sys.ErrnoName(f.Errno)
	}
	return e
}
