package predict_test

// Of a mount that is there: where its copies are.
var whyMounts = []whyTest{
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
