package predict_test

// Where the other namespace shows the directory, or not, or it cannot be told.
var whyPlaces = []whyTest{
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
}
