package holders

import (
	"slices"
	"strings"
	"testing"
)

func TestLayers(t *testing.T) {
	for _, tc := range []struct {
		name, options string
		want          []string
	}{
		{"usual", "rw,lowerdir=/a:/b,upperdir=/u,workdir=/w,redirect_dir=nofollow", []string{"/a", "/b", "/u", "/w"}},
		{"data-only layers", "ro,lowerdir=/a::/b", []string{"/a", "/b"}},
		{"one by one", "rw,lowerdir+=/a,lowerdir+=/b:c,datadir+=/d", []string{"/a", "/b", "/d"}},
		{"awkward names", `rw,lowerdir=/a\134:b\054c\040d:/e\012f,upperdir=/u:v`, []string{"/a:b,c d", "/e\nf", "/u:v"}},
		{"relative", "rw,lowerdir=a:./b", nil},
		{"a backslash at the end", `lowerdir=/a\`, []string{`/a\`}},
		{"none", "rw", nil},
		{"empty", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := layers(tc.options); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzLayers(f *testing.F) {
	f.Add(`rw,lowerdir=/a\134:b\054c::/d,upperdir=/u`)
	f.Fuzz(func(t *testing.T, options string) {
		for _, path := range layers(options) {
			if !strings.HasPrefix(path, "/") {
				t.Errorf("%q", path)
			}
		}
	})
}
