package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/keeper"
)

// What the keeper is sent by somebody who does not keep to its rules is refused, and does not
// keep it from answering others.
func TestHostilePeers(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{})
	for _, tc := range []struct {
		name, text string
		want       string // in the answer; empty for none
	}{
		{"nothing", "", ""},
		{"garbage", "\x00\xff garbage", "invalid character"},
		{"another type", `[1,2]`, "cannot unmarshal"},
		{"no request", `{}`, "an empty request"},
		{"deep", strings.Repeat("[", 100_000), "max depth"},
		{"too long", `{"x":"` + strings.Repeat("x", 195<<10) + `"}`, "longer than 192 KiB"},
		{"no descriptors", `{"Exec":{"Argv":["bHM="]}}`, "needs standard input"},
		{"a keeper without descriptors", `{"Start":{"Sandbox":"x","Namespaces":131072}}`, "needs its four descriptors"},
		{"an empty job", `{"Job":""}`, "reading the job"},
		{"garbage for a job", `{"Job":"/////w=="}`, "reading the job"},
		{"a job and more", request(t, packed(t, carry.Job{}), []byte("x")), "more than one value"},
		{"a job between two namespaces", request(t, packed(t, carry.Job{Op: nsctl.Op{Kind: nsctl.OpRejoin}})), "may enter both"},
		{"a step to nowhere", `{"Step":{"Step":"bind"}}`, "no root of its own"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			conn := dial(t, dir, b.Name)
			if err := conn.SetWriteBuffer(400 << 10); err != nil {
				t.Fatal(err)
			}
			if tc.text != "" {
				if _, err := conn.Write([]byte(tc.text)); err != nil {
					t.Fatal(err)
				}
			} else if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got := answer(t, conn); !strings.Contains(got, tc.want) {
				t.Errorf("the answer is %q, want %q", got, tc.want)
			}
			mustRun(t, s, b.Name, "true")
		})
	}
	t.Run("many that say nothing", func(t *testing.T) {
		for range 100 {
			dial(t, dir, b.Name)
		}
		mustRun(t, s, b.Name, "true")
	})
	t.Run("garbage while a program runs", func(t *testing.T) {
		conn := &keeper.Conn{UnixConn: dial(t, dir, b.Name)}
		in, typed := pipe(t)
		said, out := pipe(t)
		program := keeper.Request{Exec: &keeper.Exec{Argv: [][]byte{[]byte("cat")}, Env: [][]byte{[]byte("PATH=" + os.Getenv("PATH"))}}}
		if err := conn.Send(program, int(in.Fd()), int(out.Fd()), int(out.Fd())); err != nil {
			t.Fatal(err)
		}
		_, _ = in.Close(), out.Close() // the program has them
		for _, text := range []string{`{"Signal":-9}`, `{"Signal":100000}`, `{"End":true}`, `{}`} {
			if _, err := conn.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		echoed := make([]byte, 5)
		if _, err := typed.WriteString("lives"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(said, echoed); err != nil {
			t.Errorf("the program has ended: %v", err)
		}
		if _, err := conn.Write([]byte("garbage")); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(said); err != nil || len(rest) > 0 { // until it is ended, with the peer
			t.Errorf("%q, %v", rest, err)
		}
		mustRun(t, s, b.Name, "true")
	})
}

func packed(t testing.TB, j carry.Job) []byte {
	t.Helper()
	text, err := j.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// request asks for a job of some bytes.
func request(t testing.TB, parts ...[]byte) string {
	t.Helper()
	text, err := json.Marshal(keeper.Request{Job: slices.Concat(parts...)})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A job is done only for who still wants it, and only in the namespace that it names.
func TestHostileJobs(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{})
	mount := carry.Job{Op: nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "x", Target: "/mnt"}}
	for _, tc := range []struct {
		name      string
		in        carry.Space
		then      string // is sent when the keeper is ready; empty for the end
		want      string // in the answer
		operation nsctl.Op
	}{
		{"not wanted any more", carry.Space{NS: b.NS, ID: b.NSID}, "", "", mount.Op},
		{"no yes", carry.Space{NS: b.NS, ID: b.NSID}, `{"Signal":9}`, "neither yes nor no", mount.Op},
		{"garbage", carry.Space{NS: b.NS, ID: b.NSID}, "garbage", "invalid character", mount.Op},
		{"no namespace", carry.Space{}, `{"Go":true}`, "Report", mount.Op},
		{"another namespace", carry.Space{NS: b.NS + 1, ID: b.NSID, Own: true, Ways: []string{"/proc/self/ns/mnt"}}, `{"Go":true}`, "Report", mount.Op},
		{"another id", carry.Space{NS: b.NS, ID: b.NSID + 1}, `{"Go":true}`, "Report", mount.Op},
		{"no operation", carry.Space{NS: b.NS, ID: b.NSID}, `{"Go":true}`, "Report", nsctl.Op{Kind: 200, Target: "/"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := mountsOf(t, b.PID)
			conn := dial(t, dir, b.Name)
			if _, err := conn.Write([]byte(request(t, packed(t, carry.Job{Op: tc.operation, In: tc.in})))); err != nil {
				t.Fatal(err)
			}
			if got := answer(t, conn); !strings.Contains(got, `"Ready":true`) {
				t.Fatalf("the answer is %q", got)
			}
			if tc.then == "" {
				if err := conn.CloseWrite(); err != nil {
					t.Fatal(err)
				}
			} else if _, err := conn.Write([]byte(tc.then)); err != nil {
				t.Fatal(err)
			}
			got := answer(t, conn)
			if !strings.Contains(got, tc.want) {
				t.Errorf("the answer is %q, want %q", got, tc.want)
			}
			if tc.want == "Report" {
				var m keeper.Message
				if err := json.Unmarshal([]byte(got), &m); err != nil {
					t.Fatal(err)
				}
				if r, err := (carry.Job{}).Answer(m.Report); err != nil || r.Failure == nil {
					t.Errorf("the report is %+v, %v", r, err)
				}
			}
			if after := mountsOf(t, b.PID); !slices.Equal(before, after) {
				t.Errorf("mounted are %v", after)
			}
			mustRun(t, s, b.Name, "true")
		})
	}
}

func dial(t testing.TB, dir, name string) *net.UnixConn {
	t.Helper()
	path := filepath.Join(dir, name, "socket")
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: "/proc/self/fd/" + itoa(int(d.Fd())) + "/socket", Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func answer(t testing.TB, conn *net.UnixConn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 1<<16)
	n, err := conn.Read(text)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(text[:n])
}

// Another user gets no further than to the keeper's refusal, though the files let him.
func TestAnotherUsersPeer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{})
	program := asOther(t, dir, b.Name)
	for _, name := range []string{dir, filepath.Join(dir, b.Name), filepath.Join(dir, b.Name, "socket")} {
		if err := os.Chmod(name, 0o777); err != nil { //nolint:gosec // the mistake that is to be survived
			t.Fatal(err)
		}
	}
	defer func() {
		for _, name := range []string{dir, filepath.Join(dir, b.Name)} {
			if err := os.Chmod(name, 0o700); err != nil { //nolint:gosec // a directory
				t.Error(err)
			}
		}
	}()
	out, err := program.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "belongs to another user") {
		t.Errorf("another user is answered %q, %v", out, err)
	}
}

// asOther is a program of another user's that connects to a keeper and prints its answer.
func asOther(t testing.TB, dir, name string) *exec.Cmd {
	t.Helper()
	for d := filepath.Dir(dir); d != os.TempDir() && len(d) > 1; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { //nolint:gosec // a directory
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env = append(os.Environ(), peerEnv+"="+filepath.Join(dir, name, "socket"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

// peerEnv in the environment makes the test binary a program that connects to a socket, asks
// for the end of the sandbox, and prints the answer.
const peerEnv = "MNTSCOPE_TEST_PEER"

func askAsPeer(path string) error {
	conn, err := net.Dial("unixpacket", path)
	if err != nil {
		return err
	}
	_, _ = conn.Write([]byte(`{"End":true}`)) // the keeper may have refused already
	text := make([]byte, 1<<16)
	n, err := conn.Read(text)
	fmt.Println(string(text[:n])) //nolint:forbidigo // it is this program's output
	return err
}
