package miniroot

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"mntscope/nsctl"
)

// ps shows all processes that /proc has, whatever options there are.
func ps(c *call) error {
	pids, err := processes()
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		return fmt.Errorf("/proc shows no process: mount -t proc proc /proc")
	}
	users := idNames("/etc/passwd")
	out := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "PID\tPPID\tUSER\tSTATE\tCOMMAND")
	for _, pid := range pids {
		p, err := readProcess(pid)
		if err != nil {
			continue // it has ended
		}
		user := users[p.uid]
		if user == "" {
			user = strconv.Itoa(p.uid)
		}
		fmt.Fprintf(out, "%d\t%d\t%s\t%s\t%s\n", pid, p.parent, user, p.state, nsctl.Printable(p.command))
	}
	return out.Flush()
}

func processes() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}

type process struct {
	parent, uid    int
	state, command string
}

// readProcess reads what proc_pid_status(5) and proc_pid_cmdline(5) say.
func readProcess(pid int) (p process, err error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	text, err := os.ReadFile(dir + "/status")
	if err != nil {
		return p, err
	}
	name := ""
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":\t")
		fields := strings.Fields(value)
		switch {
		case key == "Name":
			name = value
		case len(fields) == 0:
		case key == "State":
			p.state = fields[0]
		case key == "PPid":
			p.parent, err = strconv.Atoi(fields[0])
		case key == "Uid":
			p.uid, err = strconv.Atoi(fields[min(1, len(fields)-1)]) // the effective one
		}
		if err != nil {
			return p, err
		}
	}
	line, _ := os.ReadFile(dir + "/cmdline") // empty for a thread of the kernel, and for what has ended
	p.command = strings.ReplaceAll(strings.TrimSuffix(string(line), "\x00"), "\x00", " ")
	if p.command == "" {
		p.command = "[" + name + "]"
	}
	return p, nil
}
