// Package nstest builds scenes for tests: real mount namespaces with real mounts
// in them, which are gone when the test ends.
//
// # How a test uses it
//
// The test binary plays a second part: started again by this package, it is an
// agent, a process that lives in a namespace and does what the test tells it.
// So each test package that makes scenes has
//
//	func TestMain(m *testing.M) { nstest.Main(m) }
//
// which runs agents, and checks after the tests that nothing was left behind: no
// process, mount, descriptor, goroutine, and no thread in another namespace.
// A scene starts with a [Host], a namespace of its own in which every mount is
// shared, as on a host with systemd. Below it, [NS.Clone] copies namespaces and
// [NS.Fork] puts further processes into one:
//
//	host := nstest.Host(t)
//	host.Must(t, nstest.Tmpfs("/mnt/data"), nstest.Bind("/mnt/data", "/mnt/also"))
//	container := host.Clone(t, nstest.Propagation("rslave"))
//	err := container.Do(nstest.Umount("/mnt/data"))   // errors.Is(err, syscall.EINVAL)?
//
// An [Op] is one step; steps given to one [NS.Do] are done without a pause between
// them. In every Host [Scratch] is an empty tmpfs. Files can be reached from the
// test as well, without an agent: [NS.Path].
//
// # With and without root
//
// A Host is made by root as it is, and by anybody else in a user namespace in
// which he is root, so the same test runs for both. What differs there: all mounts
// copied from the machine are locked, and peer groups become slaves of the
// machine's. Where user namespaces are not allowed the test is skipped, and fails
// instead if the environment has CI=true.
//
// # Why nothing leaks
//
// No step is ever done in the namespace that the test runs in, and the machine's root
// is read-only in every other. Every process of a scene is a direct child of the test,
// also one that an agent started (CLONE_PARENT), so it is killed and waited for by its
// pid; and should the test be killed itself, agents end when the connection to it does.
//
// # What this package does not do
//
// It knows nothing of package discover, whose tests compare against
// [ReadMountinfo], a second reading of mountinfo by other code.
package nstest
