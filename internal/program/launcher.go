package program

import "sync"

// A Launcher is a program that runs another one as its child and stays in front of it, or that leaves it behind.
type Launcher struct {
	Form Form
	Options
	Way
	Runs       string   // what it runs where its arguments do not say: "the program that go run has built"
	Prefix     []string // what it puts before its arguments: node
	Passes     Signals  // signals that it passes on
	As         Signals  // the one that it sends in their place; 0 for the same
	Deaf       Signals  // signals that it handles without passing them on
	Dies       Signals  // signals on which it ends at once without passing them on
	Leaves     bool     // it ends as soon as it has passed a signal on
	Everyone   bool     // it signals all processes below it
	All        bool     // each of its arguments is a command of its own for sh -c
	KillAfter  int      // milliseconds after which it kills the child; 0 for never
	Sits       bool     // it stays that long in any case
	Stays      bool     // it does not end with its child
	Background bool     // it leaves the child in the background and ends
	Supervisor bool
	User       bool   // the child runs as another user
	Why        string // a clause with the reason, behind "because": what it does with the signal
	Instead    string // what to start in its place
	Source     string
}

// launchers. The first row that fits decides. A row without Passes, Deaf and Dies has no handler at all: as PID 1 it ignores the
// signal, behind an init the signal ends it. Inits, timeout, su and setsid are in the process model itself.
var launchers = []Launcher{
	// Tools
	{Form: "flock", Way: Way{Arguments: "wE", Long: " --timeout --wait --conflict-exit-code ", Operands: 1, Shell: " -c --command "},
		Why: "flock passes no signal on", Instead: "flock --no-fork", Source: utilLinux},
	{Form: "unshare", Way: Way{Arguments: "SGRwl"}, Why: "unshare --fork passes no signal on", Instead: "unshare without --fork", Source: utilLinux},
	{Form: "time", Way: Way{Arguments: "of", Long: " --output --format "}, Why: "time passes no signal on", Source: "measured, GNU time 1.9, busybox 1.37"},
	{Form: "xargs", Way: Way{Arguments: "aEdILnPs", Long: " --arg-file --delimiter --max-args --max-procs --max-chars --max-lines --replace --eof --process-slot-var "},
		Why: "xargs passes no signal on", Instead: "a script that ends in exec", Source: "measured, findutils 4.10, busybox 1.37"},
	{Form: "find", Options: Options{With: "-exec -execdir -ok"}, Way: Way{Behind: " -exec -execdir -ok "}, Why: "find passes no signal on", Source: "measured, findutils 4.10"},
	{Form: "watch", Way: Way{Arguments: "n", Long: " --interval "}, Dies: term | intr, Why: "watch ends at once on the signal", Source: "measured, procps 4.0.4"},
	{Form: "unbuffer", Why: "unbuffer passes no signal on", Instead: "stdbuf -oL", Source: "measured, expect 5.45.4"},
	{Form: "script", Way: Way{Arguments: "IOBTmEo", Shell: " -c --command "}, Passes: term, KillAfter: 2000,
		Why: "script ends two seconds after the signal", Source: utilLinux},
	{Form: "strace", Way: Way{Arguments: "aeEIoOpPsSuUX"}, Deaf: term | intr | hup | quit, Why: "strace takes the signal and passes nothing on", Instead: "strace -D", Source: "measured, strace 6.13"},
	{Form: "dbus-run-session", Way: Way{Long: " --config-file --dbus-daemon "}, Why: "dbus-run-session passes no signal on", Source: "measured, dbus 1.16.2"},
	{Form: "sudo", Way: Way{Arguments: "ugCDhpRrTtU", Long: " --user --group --host --prompt --chdir --chroot --role --type --other-user --command-timeout --close-from ", Assignments: true},
		Passes: term | intr | hup | quit | usr1 | winch, User: true, Source: "measured, sudo 1.9.16p2"},
	{Form: "entr", Options: Options{With: "-r", Clusters: true}, Passes: term | intr, Stays: true, Why: "entr stays when its program has ended", Source: "measured, entr 5.7"},
	{Form: "watchexec", Way: Way{Behind: " -- "}, Passes: term | intr, KillAfter: 10_000, Source: "watchexec/watchexec doc/watchexec.1.md"},
	{Form: "reflex", Way: Way{Behind: " -- "}, Passes: term | intr, As: intr, KillAfter: 500, Why: "reflex sends SIGINT and kills half a second later", Source: "measured, reflex 0.3.1"},
	{Form: "air", Runs: "the program that air has built", Dies: term | intr, Why: "air ends at once on the signal", Instead: "the program that go build makes", Source: "measured, air 1.67.4"},

	// Go, Rust, JVM, .NET
	{Form: "go run", Runs: "the program that go run has built", Dies: term, Deaf: intr, Why: "go run ends at once on the signal",
		Instead: "the program that go build makes", Source: "measured, go 1.24"},
	{Form: "gradle|gradlew run|bootRun|appRun", Runs: "the program that Gradle runs", Dies: term | intr, Why: "Gradle's client ends at once on the signal and does not tell its daemon",
		Instead: "java -jar", Source: "measured, gradle 4.4.1"},
	{Form: "mvn|mvnw spring-boot:run", Runs: "the program that Maven runs", Passes: term | intr, Source: "spring-boot RunMojo addShutdownHook, RunProcess.java:157"},
	{Form: "dotnet run", Runs: "the program that dotnet run has built", Passes: term | intr, Source: "dotnet/cli#7426, dotnet/cli PR 10781"},
	{Form: "dotnet watch", Runs: "the program that dotnet watch has built", Dies: term | intr, Why: "dotnet watch ends at once on the signal",
		Instead: "dotnet with the published DLL", Source: "dotnet/aspnetcore#20152"},

	// Node
	{Form: "nodemon", Options: Options{With: "-x --exec"}, Way: Way{Shell: " -x --exec "}, Passes: term | intr, Source: "measured, nodemon 3.1.14"},
	{Form: "nodemon", Way: Way{Arguments: "weid", Long: " --watch --ext --ignore --delay --signal --config "}, Prefix: []string{"node"}, Passes: term | intr, Source: "measured, nodemon 3.1.14 on node 22.23"},
	{Form: "node", Options: Options{With: "--watch --watch-path"}, Way: Way{Long: nodeValues}, Prefix: []string{"node"}, Passes: term | intr, Source: "measured, node 22.23.3"},
	{Form: "node-dev|ts-node-dev|tsnd", Prefix: []string{"node"}, Passes: term | intr, Leaves: true, Why: "node-dev passes the signal on and ends at once",
		Instead: "node with the compiled file", Source: "measured, node-dev 8.0, ts-node-dev 2.0"},
	{Form: "tsx watch", Prefix: []string{"node"}, Passes: term | intr, Source: "measured, tsx 4.23.15"},
	{Form: "tsx", Way: Way{Long: nodeValues}, Prefix: []string{"node"}, Passes: term | intr, Source: "measured, tsx 4.23.15"},
	{Form: "bun run", Options: Options{Without: "-b"}, Runs: "the script that bun run starts", Passes: term | intr, Source: "measured, bun 1.4.5"},
	{Form: "bunx", Passes: term | intr, Source: "measured, bun 1.4.5"},
	{Form: "deno task", Runs: "the task that deno starts", Passes: term | intr, Source: "measured, deno 2.9.6"},
	{Form: "cross-env", Way: Way{Assignments: true}, Passes: term | intr, Source: "measured, cross-env 10.1.0"},
	{Form: "dotenv", Way: Way{Arguments: "epvc", Behind: " -- "}, Passes: term | intr, Source: "measured, dotenv-cli 11.0"},
	{Form: "dotenvx run", Way: Way{Behind: " -- "}, Passes: term | intr, Source: "measured, dotenvx 2.38.2, which tells it one second late"},
	{Form: "env-cmd", Way: Way{Arguments: "fre", Long: " --file --rc-file --environments "}, Passes: term | intr, Source: "measured, env-cmd 11.0, as PID 1"},
	{Form: "concurrently|conc", Way: Way{Arguments: "ncpltkm", Long: " --names --prefix --prefix-colors --kill-others-on-fail --max-processes --success --restart-tries --restart-after "}, All: true,
		Passes: term | intr, Everyone: true, Source: "measured, concurrently 10.0.7"},
	{Form: "run-p|run-s|npm-run-all", Runs: "the scripts of package.json", Why: "npm-run-all passes no signal on", Instead: "node with the file", Source: "measured, npm-run-all 4.1.5"},
	{Form: "forever start", Prefix: []string{"node"}, Background: true, Why: "forever start goes into the background", Instead: "node with the file", Source: "measured, forever 4.0.3"},
	{Form: "forever", Options: Options{Without: "stop stopall list logs restart"}, Way: Way{Arguments: "mlopec"}, Prefix: []string{"node"}, Deaf: term, Why: "forever takes the signal and passes nothing on",
		Instead: "node with the file", Source: "measured, forever 4.0.3"},
	{Form: "pm2-runtime|pm2-docker start", Way: Way{Arguments: "ni", Long: pm2Values}, Prefix: []string{"node"}, Passes: term | intr, As: intr, KillAfter: 1600, Supervisor: true, Why: pm2Why, Instead: "node with the file", Source: "measured, pm2 7.0.4"},
	{Form: "pm2-runtime|pm2-docker", Way: Way{Arguments: "ni", Long: pm2Values}, Prefix: []string{"node"}, Passes: term | intr, As: intr, KillAfter: 1600, Supervisor: true, Why: pm2Why, Instead: "node with the file", Source: "measured, pm2 7.0.4"},
	{Form: "pm2 start", Options: Options{With: "--no-daemon"}, Way: Way{Arguments: "ni", Long: pm2Values}, Prefix: []string{"node"}, Deaf: term, Supervisor: true, Why: "pm2 --no-daemon takes the signal and passes nothing on",
		Instead: "node with the file", Source: "measured, pm2 7.0.4"},
	{Form: "pm2 start", Way: Way{Arguments: "ni", Long: pm2Values}, Prefix: []string{"node"}, Background: true, Why: "pm2 start goes into the background", Instead: "pm2-runtime", Source: "measured, pm2 7.0.4"},
	{Form: "nest start", Runs: "the program that nest starts", Dies: term | intr, Why: "nest start ends at once on the signal", Instead: "node dist/main", Source: "measured, @nestjs/cli 12.0.8"},

	// Python
	{Form: "pdm run", Passes: term | intr, Source: "measured, pdm 2.20.1"},
	{Form: "uv run", Way: Way{Arguments: "pw", Long: " --python --with --project --directory --group --extra --package --env-file --index-url --with-requirements --module -m "},
		Passes: term | intr | hup | quit | usr1 | usr2 | winch, Source: "astral-sh/uv crates/uv/src/child.rs"},
	{Form: "conda run", Way: Way{Arguments: "np", Long: " --name --prefix --cwd "}, Why: "conda run passes no signal on",
		Instead: "the environment's own program: PATH=/opt/conda/envs/NAME/bin:$PATH", Source: "conda/conda cli/main_run.py subprocess_call"},

	// Programs that run their own server
	{Form: "apachectl|apache2ctl", Options: Options{With: "-DFOREGROUND FOREGROUND -DNO_DETACH NO_DETACH -X"}, Runs: "apache", Why: "apachectl is a shell script that runs apache without exec and passes no signal on",
		Instead: "apache2 -DFOREGROUND with exec, or apache2-foreground", Source: "measured, apache 2.4.71 of Debian"},
	{Form: "xvfb-run", Way: Way{Arguments: "enfsp", Long: " --error-file --auth-file --server-num --server-args --xauth-protocol --wait "}, Why: "xvfb-run passes no signal on",
		Instead: "a script that starts Xvfb and ends in exec", Source: "measured, xvfb 21.1.16"},
	{Form: "mysqld_safe|mariadbd-safe", Runs: "mysqld", Deaf: term | intr | hup | quit, Why: "the script mysqld_safe takes the signal and passes nothing on", Instead: "mysqld", Source: "measured, mariadb 11.8.6"},
	{Form: "consul-template", Options: Options{With: "-exec"}, Way: Way{Shell: " -exec "}, Passes: term | intr, KillAfter: 30_000, Source: "measured, consul-template 0.41.1"},
	{Form: "envconsul", Way: Way{Long: " -config -prefix -secret -consul-addr -vault-addr "}, Passes: term | intr, As: intr, Source: "hashicorp/envconsul config.go:35"},
	{Form: "dockerize", Way: Way{Long: " -wait -timeout -template -stdout -stderr -env -delims -wait-retry-interval -wait-http-header "}, Passes: hup | intr | term, KillAfter: 10_000,
		Source: "jwilder/dockerize exec.go"},
	{Form: "doppler run", Way: Way{Arguments: "pc", Long: " --project --config --token --fallback --mount --name-transformer ", Shell: " --command "}, Passes: term | intr,
		Source: "DopplerHQ/cli pkg/utils/util.go, forwardSignals without a terminal"},

	// Supervisors
	{Form: "circusd", Runs: "the watchers of circus", Passes: term | intr, KillAfter: 30_000, Supervisor: true, Source: "circus-tent/circus circus/watcher.py:190"},
	{Form: "monit", Options: Options{With: "-I"}, Runs: "the services of monit", Dies: term | intr, Supervisor: true, Why: "monit ends on the signal and does not stop its services", Source: "measured, monit 5.34.3"},
}

const (
	nodeValues = " -r --require --import --loader --experimental-loader --env-file --tsconfig --watch-path --conditions -C "
	pm2Values  = " --name --instances --env --only --interpreter --node-args --max-memory-restart --log --output --error --format "
	pm2Why     = "pm2 sends SIGINT and kills 1.6 seconds later"
)

var launcherInitials = sync.OnceValue(func() *initials {
	return initialsOf(len(launchers), func(row int) Form { return launchers[row].Form })
})

// LauncherNamed returns the launcher that a command line starts and the index of its command, len(args) where it is given
// none. shell says that this is a text for sh -c.
func LauncherNamed(args []string, name string) (l *Launcher, at int, shell bool) {
	for _, i := range launcherInitials().rows(name) {
		l := &launchers[i]
		if start, ok := l.Form.match(args, name); ok && l.allow(args[1:]) {
			at, shell := l.command(args, start)
			return l, at, shell
		}
	}
	return nil, 0, false
}

// StartsAnother reports whether there is a wrapper or a launcher of a name: what its arguments name may become a process.
func StartsAnother(name string) bool {
	for _, i := range wrapperInitials().rows(name) {
		if wrappers[i].Form.named(name) {
			return true
		}
	}
	for _, i := range launcherInitials().rows(name) {
		if launchers[i].Form.named(name) {
			return true
		}
	}
	return false
}
