package sandbox_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"mntscope/nsctl/sandbox"
)

// refusedIn lets a maker try where a command line has prepared a refusal, and gives what it says.
func refusedIn(t *testing.T, prepare ...string) string {
	t.Helper()
	dir := storeDir(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	argv := append(prepare, self, wish{Spec: sandbox.Spec{UserNS: true}}.String())
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), makerEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "failed: ") {
		t.Fatalf("it was not refused: %s, %v", out, err)
	}
	wantNothing(t, dir)
	return string(out)
}

func TestUserNamespacesSwitchedOff(t *testing.T) {
	if got := refusedIn(t, "unshare", "-Ur", "sh", "-c", `echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$@"`); !strings.Contains(got, "user.max_user_namespaces = 0") {
		t.Error(got)
	}
}

func TestInAChroot(t *testing.T) {
	// A directory that is no mount point, in which everything is mounted.
	prepare := []string{"unshare", "-Urm", "sh", "-c", `mount -t tmpfs none "$0" && mkdir "$0/r" || exit
for x in /*; do
	if [ -d "$x" ] && [ ! -L "$x" ]; then mkdir "$0/r$x" && mount --rbind "$x" "$0/r$x"; elif [ -L "$x" ]; then cp -P "$x" "$0/r$x"; fi
done
exec chroot "$0/r" "$@"`, t.TempDir()}
	if got := refusedIn(t, prepare...); !strings.Contains(got, "processes in a chroot") {
		t.Error(got)
	}
}
