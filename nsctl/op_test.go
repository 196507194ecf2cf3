package nsctl_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// forms has each form of an operation, what is read from it, and its canonical form
// where that is another.
var forms = []struct {
	line, canonical string
	want            nsctl.Op
}{
	{"mount -t tmpfs none /mnt", "", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "none", Target: "/mnt"}},
	{"mount -ttmpfs none /mnt", "mount -t tmpfs none /mnt", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "none", Target: "/mnt"}},
	{"mount --types=tmpfs none /mnt", "mount -t tmpfs none /mnt", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "none", Target: "/mnt"}},
	{"mount none /mnt --types tmpfs", "mount -t tmpfs none /mnt", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "none", Target: "/mnt"}},
	{"mount -t tmpfs -o ro -osize=1m --options=nosuid none /mnt", "mount -t tmpfs -o ro,size=1m,nosuid none /mnt",
		nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Options: "ro,size=1m,nosuid", Source: "none", Target: "/mnt"}},
	{"mount -t tmpfs --options= none /mnt", "mount -t tmpfs none /mnt", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "none", Target: "/mnt"}},
	{"mount --beneath -t ext4 /dev/sda1 /mnt", "", nsctl.Op{Kind: nsctl.OpMount, Beneath: true, FSType: "ext4", Source: "/dev/sda1", Target: "/mnt"}},
	{"mount -t tmpfs - /mnt", "", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "-", Target: "/mnt"}},
	{"mount --bind /a /b", "", nsctl.Op{Kind: nsctl.OpBind, Source: "/a", Target: "/b"}},
	{"mount -B /a /b", "mount --bind /a /b", nsctl.Op{Kind: nsctl.OpBind, Source: "/a", Target: "/b"}},
	{"mount -o bind /a /b", "mount --bind /a /b", nsctl.Op{Kind: nsctl.OpBind, Source: "/a", Target: "/b"}},
	{"mount /a --bind /b", "mount --bind /a /b", nsctl.Op{Kind: nsctl.OpBind, Source: "/a", Target: "/b"}},
	{"mount --bind -- -a --bind", "", nsctl.Op{Kind: nsctl.OpBind, Source: "-a", Target: "--bind"}},
	{"mount --rbind a ../b", "", nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: "a", Target: "../b"}},
	{"mount -R /a /b", "mount --rbind /a /b", nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: "/a", Target: "/b"}},
	{"mount -o rbind /a /b", "mount --rbind /a /b", nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: "/a", Target: "/b"}},
	{"mount --bind --beneath /a /b", "mount --beneath --bind /a /b", nsctl.Op{Kind: nsctl.OpBind, Beneath: true, Source: "/a", Target: "/b"}},
	{"mount --move /a /b", "", nsctl.Op{Kind: nsctl.OpMove, Source: "/a", Target: "/b"}},
	{"mount -M /a /b", "mount --move /a /b", nsctl.Op{Kind: nsctl.OpMove, Source: "/a", Target: "/b"}},
	{"mount --beneath --move /a /b", "", nsctl.Op{Kind: nsctl.OpMove, Beneath: true, Source: "/a", Target: "/b"}},
	{"mount --make-shared /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Shared, Target: "/a"}},
	{"mount --make-rshared /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Shared, Recursive: true, Target: "/a"}},
	{"mount --make-slave /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Slave, Target: "/a"}},
	{"mount --make-rslave /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Slave, Recursive: true, Target: "/a"}},
	{"mount --make-private /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: "/a"}},
	{"mount --make-rprivate /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Recursive: true, Target: "/a"}},
	{"mount --make-unbindable /a", "", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Unbindable, Target: "/a"}},
	{"mount /a --make-runbindable", "mount --make-runbindable /a", nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Unbindable, Recursive: true, Target: "/a"}},
	{"umount /a", "", nsctl.Op{Kind: nsctl.OpUmount, Target: "/a"}},
	{"umount -l /a", "", nsctl.Op{Kind: nsctl.OpUmount, Lazy: true, Target: "/a"}},
	{"umount /a --lazy", "umount -l /a", nsctl.Op{Kind: nsctl.OpUmount, Lazy: true, Target: "/a"}},
	{"umount -- -l", "", nsctl.Op{Kind: nsctl.OpUmount, Target: "-l"}},
	{"unshare -m", "unshare --mount --propagation private", nsctl.Op{Kind: nsctl.OpUnshare}},
	{"unshare -Um", "unshare --user --mount --propagation private", nsctl.Op{Kind: nsctl.OpUnshare, User: true}},
	{"unshare -Urm --propagation=slave", "unshare --user --mount --propagation slave", nsctl.Op{Kind: nsctl.OpUnshare, User: true, Then: nsctl.ThenSlave}},
	{"unshare --mount --map-root-user", "unshare --user --mount --propagation private", nsctl.Op{Kind: nsctl.OpUnshare, User: true}},
	{"unshare --mount --propagation shared", "", nsctl.Op{Kind: nsctl.OpUnshare, Then: nsctl.ThenShared}},
	{"unshare --user --mount --propagation unchanged", "", nsctl.Op{Kind: nsctl.OpUnshare, User: true, Then: nsctl.ThenUnchanged}},
	{"pivot_root . old", "", nsctl.Op{Kind: nsctl.OpPivotRoot, Source: ".", Target: "old"}},
	{"pivot_root -- -a .", "", nsctl.Op{Kind: nsctl.OpPivotRoot, Source: "-a", Target: "."}},
	{"mount --bind --from web /a /b", "", nsctl.Op{Kind: nsctl.OpBind, FromNS: "web", Source: "/a", Target: "/b"}},
	{"mount --from=1 --rbind -- /a -b", "mount --rbind --from 1 -- /a -b", nsctl.Op{Kind: nsctl.OpBind, Recursive: true, FromNS: "1", Source: "/a", Target: "-b"}},
	{"rejoin /a --to self:/b", "", nsctl.Op{Kind: nsctl.OpRejoin, Target: "/a", ToNS: "self", To: "/b"}},
	{"rejoin --slave --to=mnt:[4026531832]:/b:/c /a", "rejoin /a --to 'mnt:[4026531832]:/b:/c' --slave",
		nsctl.Op{Kind: nsctl.OpRejoin, Target: "/a", ToNS: "mnt:[4026531832]", To: "/b:/c", Slave: true}},
	{"rejoin /a --to /run/ns/x:/", "", nsctl.Op{Kind: nsctl.OpRejoin, Target: "/a", ToNS: "/run/ns/x", To: "/"}},
	{"rejoin --to 1:/ -- -a", "", nsctl.Op{Kind: nsctl.OpRejoin, Target: "-a", ToNS: "1", To: "/"}},
	{`umount '/a b'\''c'`, "", nsctl.Op{Kind: nsctl.OpUmount, Target: "/a b'c"}},
	{"umount \"/a\xff\n\"", "umount '/a\xff\n'", nsctl.Op{Kind: nsctl.OpUmount, Target: "/a\xff\n"}},
}

func TestParseOp(t *testing.T) {
	for _, tc := range forms {
		t.Run(tc.line, func(t *testing.T) {
			op, err := nsctl.ParseOpLine(tc.line)
			if err != nil || op != tc.want {
				t.Fatalf("got %+v, %v\nwant %+v", op, err, tc.want)
			}
			want := tc.canonical
			if want == "" {
				want = tc.line
			}
			if op.String() != want {
				t.Errorf("it is written as %q, want %q", op, want)
			}
			if again, err := nsctl.ParseOp(op.Args()); err != nil || again != op {
				t.Errorf("its own words %q are read as %+v, %v", op.Args(), again, err)
			}
		})
	}
}

func TestParseOpRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		line string
		why  string // what the error says first
		form string // one of the forms that it shows
	}{
		{"nothing", "", "nothing was given", "pivot_root NEW_ROOT"},
		{"another command", "mkfs /dev/sda", `"mkfs" is unknown`, "umount [-l] TARGET"},
		{"an escape sequence", "'\x1b[31m'", `"\x1b[31m" is unknown`, "umount"},
		{"no operation", "mount /a /b", "it does not say what is mounted: there is no -t TYPE", "mount [--beneath] -t TYPE"},
		{"remount", "mount -o remount,ro /a", "-o remount is none of the operations here; mount(8) does it", "mount [--beneath] -t TYPE"},
		{"two operations", "mount --bind --move /a /b", "only one operation at a time", "--bind|--rbind|--move"},
		{"two operations in one word", "mount -BM /a /b", "only one operation at a time", "--bind"},
		{"two types", "mount -t tmpfs,ext4 a /b", "only one type", "-t TYPE"},
		{"empty type", "mount --types= a /b", "the type of the filesystem is missing", "-t TYPE"},
		{"type twice", "mount -t a -t b c /d", "only one operation at a time", "-t TYPE"},
		{"options with a bind", "mount --bind -o ro /a /b", "-o goes with -t", "mount"},
		{"bind as an option", "mount -t tmpfs -o ro,bind /a /b", "-o bind is another operation", "--bind"},
		{"propagation as an option", "mount -t tmpfs -o rshared /a /b", "-o rshared is another operation", "--make-"},
		{"a value for what takes none", "mount --bind=x /a /b", `the option "--bind=x" is unknown`, "--bind"},
		{"a value for make", "mount --make-shared=x /a", `the option "--make-shared=x" is unknown`, "--make-"},
		{"an unknown type", "mount --make-public /a", `the option "--make-public" is unknown`, "shared|slave|private|unbindable"},
		{"the state that is none to be made", "mount '--make-shared and slave' /a", "is unknown", "--make-"},
		{"beneath with make", "mount --beneath --make-shared /a", "--beneath does not go with --make", "mount"},
		{"a move from elsewhere", "mount --move --from web /a /b", "--from goes with --bind and --rbind", "--from NS"},
		{"a relative path elsewhere", "mount --bind --from web a /b", `"a" is in another namespace, and not an absolute path`, "--from NS"},
		{"no source", "mount --bind", "SOURCE is missing", "mount"},
		{"no target", "mount --bind /a", "TARGET is missing", "mount"},
		{"too much", "mount --bind /a /b '/\x1bc'", `"/\x1bc" is too much`, "mount"},
		{"an option without its value", "mount /a /b -t", "-t needs a value", "mount"},
		{"no target to unmount", "umount -l", "TARGET is missing", "umount [-l] TARGET"},
		{"an unknown short option", "umount -f /a", `the option "-f" is unknown`, "umount [-l] TARGET"},
		{"an unknown long option", "umount --all", `the option "--all" is unknown`, "umount"},
		{"unshare of nothing", "unshare", "--mount is missing", "unshare [--user] --mount"},
		{"unshare of another namespace", "unshare -n", `the option "-n" is unknown`, "unshare"},
		{"unshare into a file", "unshare --mount=/run/ns", `the option "--mount=/run/ns" is unknown`, "unshare"},
		{"unshare with a program", "unshare -m sh", `"sh" is too much`, "unshare"},
		{"unknown propagation", "unshare -m --propagation unbindable", `--propagation "unbindable" is unknown`, "private|slave|shared|unchanged"},
		{"pivot_root to nowhere", "pivot_root /a", "PUT_OLD is missing", "pivot_root NEW_ROOT PUT_OLD"},
		{"rejoin of nothing", "rejoin --to 1:/", "TARGET is missing", "rejoin TARGET --to NS:PATH"},
		{"rejoin to nothing", "rejoin /a", "--to NS:PATH is missing", "rejoin TARGET --to NS:PATH"},
		{"rejoin to a relative path", "rejoin /a --to web:b", `"web:b" is not NS:PATH with an absolute path`, "rejoin"},
		{"rejoin to no namespace", "rejoin /a --to :/b", `":/b" is not NS:PATH`, "rejoin"},
		{"an empty word", "umount ''", "a word is empty", "umount"},
		{"a NUL byte", "umount /a\x00b", "a word holds a NUL byte", "umount"},
		{"an open quotation mark", "umount '/a", "a quotation mark is not closed", "umount"},
		{"a backslash at the end", `umount /a\`, "nothing follows the backslash", "umount"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			op, err := nsctl.ParseOpLine(tc.line)
			if err == nil {
				t.Fatalf("accepted as %+v", op)
			}
			why, shown, ok := strings.Cut(err.Error(), "; expected ")
			if !errors.Is(err, nsctl.ErrNotAnOp) || !ok || !strings.Contains(why, tc.why) || !strings.Contains(shown, tc.form) {
				t.Errorf("the error is %q, want %q and the form %q", err, tc.why, tc.form)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
				t.Errorf("the error is not one printable line: %q", err)
			}
		})
	}
}

// Every form that is shown to people must be accepted.
func TestOpFormsAreAccepted(t *testing.T) {
	for _, form := range nsctl.OpForms {
		line := strings.NewReplacer("[r]", "", "NS:PATH", "self:/", "[", "", "]", "").Replace(form)
		for words := range alternatives(strings.Fields(line)) {
			if _, err := nsctl.ParseOp(words); err != nil {
				t.Errorf("%q of the form %q: %v", words, form, err)
			}
		}
	}
}

// alternatives gives the words with each choice a|b of the last word that has one.
func alternatives(words []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		at := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, "|") })
		if at < 0 {
			yield(words)
			return
		}
		for choice := range strings.SplitSeq(words[at], "|") {
			if at == 1 && !strings.HasPrefix(choice, "--") {
				choice = "--make-" + choice
			}
			chosen := slices.Clone(words)
			chosen[at] = choice
			if !yield(chosen) {
				return
			}
		}
	}
}

func FuzzParseOpLine(f *testing.F) {
	for _, tc := range forms {
		f.Add(tc.line)
	}
	f.Add("mount --bind \\")
	f.Fuzz(func(t *testing.T, line string) {
		op, err := nsctl.ParseOpLine(line)
		if err != nil {
			if !errors.Is(err, nsctl.ErrNotAnOp) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("the error is %q", err)
			}
			return
		}
		again, err := nsctl.ParseOpLine(op.String())
		if err != nil || again != op {
			t.Fatalf("%q is read as %+v, written as %q, and that read as %+v, %v", line, op, op, again, err)
		}
	})
}
