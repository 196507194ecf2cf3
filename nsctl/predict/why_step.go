package predict

import (
	"strconv"

	"mntscope/nsctl"
)

// step describes an operation as a step, with the command that does it from a shell on
// the host.
func (t *target) step(ns int, op nsctl.Op, text string) nsctl.WhyStep {
	line := op.String()
	command := t.command(ns, op, line)
	return nsctl.WhyStep{
		NS: t.Namespace(ns).NS, Space: ns, Op: line, OpB64: exact(line), Command: command, CommandB64: exact(command), Text: text,
	}
}

// command is what mount(8) and umount(8) can do where a process leads into the namespace,
// and else what only this program can.
func (t *target) command(ns int, op nsctl.Op, line string) string {
	info := &t.Namespace(ns).NamespaceInfo
	if op.Kind == nsctl.OpMake || op.Kind == nsctl.OpUmount {
		switch {
		case info.NS != 0 && info.NS == t.Snapshot().Observer.NS:
			return line
		case len(info.Processes) > 0:
			return "nsenter -t " + strconv.Itoa(info.Processes[0].PID) + " -m -- " + line
		}
	}
	ref := t.ref(ns)
	if ref == "" {
		return ""
	}
	return "mntscope apply --ns " + ref + " -- " + line
}

// ref is how a command names a namespace; empty if nothing names it.
func (t *target) ref(ns int) string {
	info := &t.Namespace(ns).NamespaceInfo
	switch {
	case info.NS != 0:
		return strconv.FormatInt(int64(info.NS), 10)
	case len(info.Processes) > 0:
		return strconv.Itoa(info.Processes[0].PID)
	}
	return ""
}

// quoted is a word for a shell, in a sentence.
func quoted(word string) string { return nsctl.Printable(nsctl.ShellQuote(word)) }
