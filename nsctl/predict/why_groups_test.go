package predict_test

// The ways through groups, and where groups cut them.
var whyGroups = []whyTest{
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
}
