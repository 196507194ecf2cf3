package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// recording is what happened in the scene for some seconds, and recordFor how long that
// takes; scene.sh knows what happens.
const (
	recording = "screenshots/recording.json"
	recordFor = "10s"
)

// saveRecording builds the scene, lets things happen in it, and saves what the program
// tells of them. It watches from outside, as root: the kernel tells nobody else who did it.
func saveRecording(ctx context.Context, program string) error {
	scene := exec.CommandContext(ctx, "sh", script, "sh", "-c", "echo ready; sleep 14")
	scene.Env = append(os.Environ(), "HAPPENS=yes")
	output, err := scene.StdoutPipe()
	if err != nil {
		return err
	}
	if err := scene.Start(); err != nil {
		return fmt.Errorf("%s: %w", script, err)
	}
	defer func() { _ = scene.Wait() }() // its end does not matter
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		return fmt.Errorf("%s: %w", script, err)
	}
	var told, complaints bytes.Buffer
	watch := exec.CommandContext(ctx, program, "watch", "--json", "--for", recordFor)
	watch.Stdout, watch.Stderr = &told, &complaints
	if err := watch.Run(); err != nil {
		return fmt.Errorf("watch: %w\n%s", err, strings.TrimSpace(complaints.String()))
	}
	saved, err := ofTheScene(&told)
	if err != nil {
		return fmt.Errorf("the recording of the scene: %w", err)
	}
	return os.WriteFile(recording, saved, 0o644)
}

// ofTheScene leaves the scene in a recording, and nothing of the machine around it.
func ofTheScene(in io.Reader) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	keep := map[nsctl.NSNumber]bool{}
	ops := map[int]int{} // their new numbers
	var owner nsctl.UserNSNumber
	reader := nsctl.NewEventReader(in)
	for seq := 0; ; {
		e, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		if e.Snapshot != nil {
			if owner, err = cutOut(e.Snapshot, keep); err != nil {
				return nil, err
			}
			for i := range e.Sources {
				e.Sources[i].Namespaces = min(e.Sources[i].Namespaces, len(keep))
			}
		}
		if e.Namespace != nil && e.Namespace.OwnerUserNS == owner {
			keep[e.NS] = true
		}
		if e.Snapshot == nil && !keep[e.NS] {
			continue
		}
		e.Seq = seq
		seq++
		if e.Op != 0 {
			if ops[e.Op] == 0 {
				ops[e.Op] = len(ops) + 1
			}
			e.Op = ops[e.Op]
		}
		if err := encoder.Encode(e); err != nil {
			return nil, err
		}
	}
}

// cutOut takes everything out of a snapshot but the namespaces of the scene, and gives the
// user namespace that owns them.
func cutOut(s *nsctl.Snapshot, keep map[nsctl.NSNumber]bool) (nsctl.UserNSNumber, error) {
	host, since := -1, 0
	for i, n := range s.Namespaces { // of several scenes, the one that began last
		manages := slices.ContainsFunc(n.Processes, func(p nsctl.Process) bool { return p.Comm == "conmon" })
		if manages && n.Processes[0].PID > since {
			host, since = i, n.Processes[0].PID
		}
	}
	if host < 0 {
		return 0, errors.New("there is no container manager in any namespace")
	}
	owner := s.Namespaces[host].OwnerUserNS
	s.Observer = nsctl.Observer{NS: s.Namespaces[host].NS}
	s.Namespaces[host].Name = "init"
	s.Namespaces = slices.DeleteFunc(s.Namespaces, func(n nsctl.Namespace) bool {
		user := len(n.Processes) > 0 && n.Processes[0].Comm == "buildah" && n.Processes[0].PID > since
		return n.OwnerUserNS != owner && !user
	})
	for i := range s.Namespaces {
		keep[s.Namespaces[i].NS] = true
	}
	s.Gaps, s.Host.Name = []nsctl.Gap{}, "demo"
	anonymous(s)
	return owner, nil
}
