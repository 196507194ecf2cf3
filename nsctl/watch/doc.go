// Package watch follows the mounts of all namespaces as they change, and tells the
// changes as events: what one operation of the kernel did, in which namespaces, and who
// asked for it.
package watch
