// Package graph draws conclusions from a snapshot: how the mounts of each
// namespace hang together, which mounts cannot be reached because others cover
// them, and along which peer groups mounts and unmounts travel between
// namespaces.
//
// # The concept
//
// Two structures lie over the mounts of a host, and they are independent of each
// other. Inside one namespace every mount has a parent, the mount it is mounted
// in; that gives each namespace a tree ([Graph.Roots], [Graph.Children],
// [Graph.Walk]). Across all namespaces, mounts are members of peer groups, and a
// whole peer group may be the slave of another one; that gives the host a forest
// of groups ([Graph.Forest]). A mount made in a mount travels through the second
// structure and appears in the first one, once in every mount that it reached:
// to all peers, to all slaves of the group, to their own peers and slaves, and so
// on, but never upwards to a master ([Graph.Receivers]).
//
// A group is known by the mounts that are in it. One that is only mentioned, as
// the master of somebody, is a ghost: its members are in namespaces that could
// not be read, or in none at all.
//
// Everything here is exact where the snapshot is whole. Where it is not, the
// functions say what they do not know rather than guess: see [PropagateFrom] and
// [Receiver].
//
// # Hostile snapshots
//
// A snapshot may come from a file, or be torn because the host changed while it
// was read. So parents may be missing or form a loop, ids may occur twice, and
// members of a group may name different masters. Every function ends, in time
// that grows with the size of the snapshot (times its logarithm where something
// is sorted), without recursion, and gives the same answer each time.
//
// # What this package does not do
//
// It reads nothing from the system and predicts no operation: it says where
// mounts would travel, not whether a certain mount(2) would succeed.
package graph
