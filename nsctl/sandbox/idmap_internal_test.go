package sandbox

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"mntscope/nsctl/internal/sys"
)

func TestRangeOf(t *testing.T) {
	u := &user.User{Username: "ann", Uid: "1000"}
	for _, tc := range []struct {
		name, text string
		want       sys.IDRange
	}{
		{"by name", "bob:100000:65536\nann:165536:65536\n", sys.IDRange{Inside: 1, Outside: 165536, Count: 65536}},
		{"by uid", "1000:200000:10", sys.IDRange{Inside: 1, Outside: 200000, Count: 10}},
		{"the first that is one", "ann:x:5\nann:5\nann:7:0\nann:-5:5\nann:300000:5\nann:400000:5\n", sys.IDRange{Inside: 1, Outside: 300000, Count: 5}},
		{"another's", "annabel:100000:65536\n", sys.IDRange{}},
		{"nothing", "", sys.IDRange{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "subuid")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := rangeOf(file, u)
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if none := tc.want == (sys.IDRange{}); none != (err != nil) || none && !strings.Contains(err.Error(), "usermod") {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if _, err := rangeOf("/no/such/file", u); err == nil || !strings.Contains(err.Error(), "usermod") {
		t.Errorf("without the file: %v", err)
	}
}
