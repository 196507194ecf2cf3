package predict_test

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// The mounts of most scenes: "/" of each namespace is on a filesystem of its own, and
// 9!/ is the volume.
var whyTests = []struct {
	name, scene  string
	from, at, to string
	want         string // see summary
}{
	{"a peer", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w shared:5`,
		"a", "/v/x", "b", `
		appears /w/x
		a:2 > peer of 5 b:4`},
	{"down through several groups", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /v shared:5
		ns c
		5 0 3!/ /
		6 5 9!/v /m shared:6 master:5
		ns d
		7 0 4!/ /
		8 7 9!/ /n shared:7 master:6
		ns e
		9 0 5!/ /
		10 9 9!/v/y /data master:7`,
		"a", "/v/v/y/x", "e", `
		appears /data/x
		a:2 > slave of 5 c:6 > slave of 6 d:8 > slave of 7 e:10`},
	{"through a ghost", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w master:8 propagate_from:5`,
		"a", "/v/x", "b", `
		appears /w/x
		a:2 > ghost 8 > slave of 8 b:4`},
	{"in the same namespace", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v
		3 1 9!/ /w`,
		"a", "/v/x", "a", `
		appears /v/x
		a:2`},
	{"private source, and the directory is there", `
		ns a pid:7
		1 0 1!/ /
		2 1 9!/ /v
		ns b
		3 0 2!/ /
		4 3 9!/d /w`,
		"a", "/v/d/x", "b", `
		absent
		a:2 | private-source | b:4
		a# mount --make-shared /v
		b# rejoin /w --to 1:/v --slave`},
	{"private source that shows less", `
		ns a
		1 0 1!/ /
		2 1 9!/d /v
		ns b
		3 0 2!/ /
		4 3 9!/ /w`,
		"a", "/v/x", "b", `
		absent
		a:2 | private-source | b:4
		b# mount --make-shared /w
		a# rejoin /v --to 2:/w`},
	{"private source and no copy", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v
		ns b container
		3 0 2!/ /`,
		"a", "/v/x", "b", `
		absent
		a:2 | private-source |
		a# mount --make-shared /v
		- Create the container b anew with -v /v:/v:rslave (rslave: it receives).`},
	{"unbindable source", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v unbindable
		ns b
		3 0 2!/ /
		4 3 9!/ /w unbindable`,
		"a", "/v/x", "b", `
		absent
		a:2 | unbindable-source | b:4
		a# mount --make-shared /v
		b# mount --make-private /w
		b# rejoin /w --to 1:/v --slave`},
	{"severed copy", `
		ns a
		1 0 1!/ /
		2 1 9!/ /srv shared:5
		ns b container
		3 0 2!/ /
		4 3 9!/data /data`,
		"a", "/srv/data/x", "b", `
		absent
		a:2 | severed-copy | b:4
		b# rejoin /data --to 1:/srv --slave`},
	{"severed copy that shows more: a peer shows it too", `
		ns a
		1 0 1!/ /
		2 1 9!/data /srv shared:5
		ns c
		5 0 3!/ /
		6 5 9!/ /all shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /data`,
		"a", "/srv/x", "b", `
		absent
		a:2 | severed-copy | b:4
		b# rejoin /data --to 2:/all --slave`},
	{"severed copy that no path leads to", `
		ns a
		1 0 1!/ /
		2 1 9!/ /srv shared:5
		ns b container
		3 0 2!/ /
		4 3 9!/ /data
		5 4 8!/ /data`,
		"a", "/srv/x", "b", `
		absent
		a:2 | severed-copy | b:4
		- Create the container b anew with -v /srv:/srv:rslave (rslave: it receives).`},
	{"upwards from a slave", `
		ns a
		1 0 1!/ /
		2 1 9!/d /v master:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w shared:5`,
		"a", "/v/x", "b", `
		absent
		a:2 | only-receives | b:4
		- Make the mount at /w/d/x in b instead: from there it comes to /v/x in a by itself.`},
	{"upwards from a group below", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:7 master:6
		ns b
		3 0 2!/ /
		4 3 9!/ /w shared:5
		ns c
		5 0 3!/ /
		6 5 9!/ /w shared:6 master:5`,
		"a", "/v/x", "b", `
		absent
		a:2 | only-receives | b:4
		- Make the mount at /w/x in b instead: from there it comes to /v/x in a by itself.`},
	{"out of a less privileged namespace", `
		ns a owner:2
		1 0 1!/ /
		2 1 9!/ /v master:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w shared:5`,
		"a", "/v/x", "b", `
		absent
		a:2 | less-privileged | b:4
		- Make the mount at /w/x in b instead: from there it comes to /v/x in a by itself.`},
	{"into a less privileged namespace", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b owner:2
		3 0 2!/ /
		4 3 9!/ /w master:5`,
		"a", "/v/x", "b", `
		appears /w/x
		a:2 > slave of 5 b:4`},
	{"a slave and another slave", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v master:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w master:5
		ns c
		5 0 3!/ /
		6 5 9!/ /w shared:5`,
		"a", "/v/x", "b", `
		absent
		a:2 | only-receives | b:4
		a# mount --make-shared /v
		b# mount --make-private /w
		b# rejoin /w --to 1:/v --slave`},
	{"two groups below the same", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:6 master:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w shared:7 master:5
		ns c
		5 0 3!/ /
		6 5 9!/ /w shared:5`,
		"a", "/v/x", "b", `
		absent
		a:2 | other-group | b:4
		b# mount --make-private /w
		b# rejoin /w --to 1:/v --slave`},
	{"cut in the middle of a chain", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /v shared:6
		ns c
		5 0 3!/ /
		6 5 9!/ /v shared:7 master:6
		ns d
		7 0 4!/ /
		8 7 9!/ /w master:7`,
		"a", "/v/x", "d", `
		absent
		a:2 | other-group | b:4 > slave of 6 c:6 > slave of 7 d:8
		d# mount --make-private /w
		d# rejoin /w --to 1:/v --slave`},
	{"another directory", `
		ns a
		1 0 1!/ /
		2 1 9!/ /srv shared:5
		ns b container
		3 0 2!/ /
		4 3 9!/data /data master:5`,
		"a", "/srv/archive/x", "b", `
		absent
		a:2 > slave of 5 b:4 | root-does-not-contain |
		- Create the container b anew with -v /srv:/srv:rslave (rslave: it receives).`},
	{"the directory of the copy was removed", `
		ns a
		1 0 1!/ /
		2 1 9!/ /srv shared:5
		ns b
		3 0 2!/ /
		4 3 9!/data//deleted /data master:5`,
		"a", "/srv/data/x", "b", `
		absent
		a:2 > slave of 5 b:4 | removed |`},
	{"the directory was removed", `
		ns a
		1 0 1!/ /
		2 1 9!/d//deleted /srv shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /data master:5`,
		"a", "/srv/x", "b", `
		absent
		a:2 | removed |`},
	{"hidden by what is mounted there", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w master:5
		5 4 8!/ /w/x`,
		"a", "/v/x", "b", `
		hidden /w/x hidden by 5
		a:2 > slave of 5 b:4 | hidden |
		b# umount /w/x`},
	{"hidden by what covers a directory above", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /m/w master:5
		5 3 8!/ /m
		6 5 7!/ /m/k`,
		"a", "/v/x", "b", `
		hidden /m/w/x hidden by 5
		a:2 > slave of 5 b:4 | hidden |
		- Unmount /m (mount 5) in b, and before that what is mounted on it.`},
	{"hidden in one place, and to be seen in another", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w master:5
		5 4 8!/ /w
		6 3 9!/ /u master:5`,
		"a", "/v/x", "b", `
		appears /u/x /w/x hidden by 5
		a:2 > slave of 5 b:6`},
	{"no copy", `
		ns a
		1 0 1!/ / shared:1
		ns b container
		3 0 2!/ /`,
		"a", "/media/usb", "b", `
		absent
		a:1 | no-copy |
		- Create the container b anew with -v /media:/media:rslave (rslave: it receives).`},
	{"no copy in what is no container", `
		ns a
		1 0 1!/ / shared:1
		ns b
		3 0 2!/ /`,
		"a", "/usb", "b", `
		absent
		a:1 | no-copy |
		- Start what runs in b anew, in a copy of a namespace that has /usb: unshare --mount --propagation slave.`},
	{"no copy outside of a container", `
		ns a container pid:7
		1 0 1!/ /
		ns b
		2 0 2!/ / shared:1`,
		"a", "/data/x", "b", `
		absent
		a:1 | private-source |
		- Create the container a anew with -v DIR:/data:rshared (rshared: it sends), where DIR is a directory of b in a shared mount.`},
	{"a namespace that only a process names", `
		ns a pid:7 nameless
		1 0 1!/ /
		2 1 9!/ /v
		ns b
		3 0 2!/ /
		4 3 9!/ /w`,
		"", "/v/x", "b", `
		absent
		:2 | private-source | b:4
		# mount --make-shared /v
		b# rejoin /w --to 7:/v --slave`},
	{"nothing is known of the other namespace", `
		ns a
		1 0 1!/ / shared:1
		ns b`,
		"a", "/usb", "b", `
		unsure
		a:1 | unknown |`},
	{"a ghost may lie between", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w master:6`,
		"a", "/v/x", "b", `
		unsure
		a:2 | unknown | > ghost 6 > slave of 6 b:4`},
	{"a ghost that cannot lie between", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5 master:6
		ns b
		3 0 2!/ /
		4 3 9!/ /w master:6`,
		"a", "/v/x", "b", `
		absent
		a:2 | other-group | b:4
		b# mount --make-private /w
		b# rejoin /w --to 1:/v --slave`},
	{"roots that cannot be compared", `
		ns a
		1 0 1!/ /
		2 1 9!/ /c shared:5
		ns b
		3 0 2!/ /
		4 3 9!/../x /c master:5`,
		"a", "/c/x", "b", `
		unsure
		a:2 > slave of 5 b:4 | unknown |`},

	{"its copy is there", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		3 2 8!/ /v/x shared:6
		ns b
		4 0 2!/ /
		5 4 9!/ /w master:5
		6 5 8!/ /w/x master:6`,
		"a", "/v/x", "b", `
		appears /w/x=6
		a:3 > slave of 6 b:6`},
	{"its copy is there, cut off since", `
		ns a
		1 0 1!/ / shared:1
		2 1 8!/ /x shared:6
		ns b
		3 0 1!/ /
		4 3 8!/ /x`,
		"a", "/x", "b", `
		appears /x=4
		a:2 b:4`},
	{"its copy is there, but covered", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		3 2 8!/ /v/x shared:6
		ns b
		4 0 2!/ /
		5 4 9!/ /w master:5
		6 5 8!/ /w/x master:6
		7 6 7!/ /w/x`,
		"a", "/v/x", "b", `
		hidden /w/x=6 hidden by 7
		a:3 > slave of 6 b:6 | hidden |
		b# umount /w/x`},
	{"it is a volume there", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		ns b
		3 0 2!/ /
		4 3 9!/ /w`,
		"a", "/v", "b", `
		appears /w=4
		a:2 b:4`},
	{"a part of it is a volume there", `
		ns a
		1 0 1!/ /
		2 1 9!/ /srv shared:5
		ns b container
		3 0 2!/ /
		4 3 9!/data /data master:5`,
		"a", "/srv", "b", `
		part /data=4
		a:1 | private-source |
		a# mount --make-shared /
		- Create the container b anew with -v /srv:/srv:rslave (rslave: it receives).`},
	{"what is there is the copy of another", `
		ns a
		1 0 1!/ / shared:1
		2 1 1!/ /root shared:1
		ns b
		3 0 1!/ /`,
		"a", "/root", "b", `
		absent
		a:1 | severed-copy | b:3
		b# rejoin / --to 1:/ --slave
		a# mount --beneath --bind /root /root`},
	{"made before the way was open", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		3 2 8!/ /v/x shared:6
		4 3 7!/ /v/x/sub shared:8
		ns b
		5 0 2!/ /
		6 5 9!/ /w master:5`,
		"a", "/v/x", "b", `
		absent
		a:2 > slave of 5 b:6 | made-earlier |
		a# mount --beneath --rbind /v/x /v/x`},
	{"made before, and the way is still cut", `
		ns a
		1 0 1!/ /
		2 1 9!/ /v shared:5
		3 2 8!/ /v/x
		ns b
		5 0 2!/ /
		6 5 9!/ /w`,
		"a", "/v/x", "b", `
		absent
		a:2 | severed-copy | b:6
		b# rejoin /w --to 1:/v --slave
		a# mount --beneath --bind /v/x /v/x`},
}

func TestWhy(t *testing.T) {
	for _, test := range whyTests {
		t.Run(test.name, func(t *testing.T) {
			s := sketch(t, test.scene)
			g := graph.New(s)
			from, to := spaceOf(t, s, test.from), spaceOf(t, s, test.to)
			why := predict.Why(g, placeOf(t, g, from, test.at), to)
			if got, want := plain(summary(g, &why.WhyAnswer)), plain(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s\n%s", got, want, why.Text)
			}
			if (why.Cut == nil) != (why.Verdict == nsctl.WhyAppears) {
				t.Errorf("the verdict is %s and the cut %v", why.Verdict, why.Cut)
			}
			if why.Cut != nil && (why.Cut.Text == "" || why.Cut.Hop >= len(why.Way)) {
				t.Errorf("the cut is %+v", why.Cut)
			}
			if (why.About == nsctl.WhyMount) != (why.OnTop != nil) {
				t.Errorf("the question is about %s, on top: %v", why.About, why.OnTop)
			}
		})
	}
}

// Whoever does the steps must get what he wants: the model of the operations plays them
// through, and the question is asked again.
func TestWhyMends(t *testing.T) {
	mended := 0
	for _, test := range whyTests {
		t.Run(test.name, func(t *testing.T) {
			s := sketch(t, test.scene)
			g := graph.New(s)
			from, to := spaceOf(t, s, test.from), spaceOf(t, s, test.to)
			steps := predict.Why(g, placeOf(t, g, from, test.at), to).Mend
			for i, step := range steps {
				if step.Op == "" {
					return
				}
				op, err := nsctl.ParseOpLine(step.Op)
				if err != nil {
					t.Fatal(err)
				}
				p, err := predict.New(g).Predict(op, predict.Caller{NS: step.Space})
				if err != nil {
					t.Fatal(err)
				}
				if !p.OK {
					t.Fatalf("step %d, %s: %s, %s", i+1, step.Op, p.Errno, p.Reason)
				}
				g = graph.New(p.After())
			}
			if len(steps) == 0 {
				return
			}
			mended++
			if why := predict.Why(g, placeOf(t, g, from, test.at), to); why.Verdict != nsctl.WhyAppears {
				t.Errorf("after the steps: %s", summary(g, &why.WhyAnswer))
			}
		})
	}
	if mended == 0 {
		t.Error("nothing was mended: the scenes test nothing")
	}
}
