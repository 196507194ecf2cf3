// Package discover reads the mount namespaces of the running host into an
// [mntscope/nsctl.Snapshot].
package discover
