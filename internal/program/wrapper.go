package program

import "sync"

// A Wrapper is a program that changes something about itself and then becomes the program that its arguments name: the
// process stays the same, and so does what it does with signals but for what Ignores says.
type Wrapper struct {
	Form Form
	Options
	Way
	Ignores Signals // signals that it sets to be ignored
	User    bool    // it changes the user, to the one that its operand or option names
	Builds  string  // what it becomes where its arguments do not name it: "the program that cargo builds"
	Source  string
}

const (
	coreutils = "measured, coreutils 9.7"
	utilLinux = "measured, util-linux 2.41.5"
)

// wrappers. The first row that fits decides.
var wrappers = []Wrapper{
	{Form: "env", Way: Way{Arguments: "uCS", Long: " --unset --chdir --split-string ", Assignments: true}, Source: "measured, coreutils 9.7, busybox 1.37"},
	{Form: "nice", Way: Way{Arguments: "n", Long: " --adjustment ", Number: true}, Source: coreutils},
	{Form: "nohup", Ignores: hup, Source: coreutils},
	{Form: "setpriv", User: true, Way: Way{Long: " --reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig --selinux-label --apparmor-profile "}, Source: utilLinux},
	{Form: "gosu", User: true, Way: Way{Operands: 1}, Source: "measured, gosu 1.17"},
	{Form: "su-exec", User: true, Way: Way{Operands: 1}, Source: "ncopa/su-exec su-exec.c:105 execvp"},
	{Form: "chroot", Way: Way{Long: " --userspec --groups ", Operands: 1}, Source: coreutils},
	{Form: "stdbuf", Way: Way{Arguments: "ioe", Long: " --input --output --error "}, Source: coreutils},
	{Form: "ionice", Way: Way{Arguments: "cn", Long: " --class --classdata "}, Source: utilLinux},
	{Form: "taskset", Way: Way{Operands: 1}, Source: utilLinux},
	{Form: "chrt", Way: Way{Arguments: "TPD", Operands: 1}, Source: utilLinux},
	{Form: "numactl", Way: Way{Arguments: "lCNpimP", Long: " --cpunodebind --membind --physcpubind --interleave --preferred --localalloc "}, Source: "measured, numactl 2.0.19"},
	{Form: "setarch|linux32|linux64|x86_64|i386", Source: utilLinux + ", without an architecture"},
	{Form: "chpst", User: true, Way: Way{Arguments: "uUbenmodfpcrt/"}, Source: "measured, runit 2.2.0"},
	{Form: "setuidgid|envuidgid", User: true, Way: Way{Operands: 1}, Source: "measured, daemontools 0.76"},
	{Form: "s6-setuidgid", User: true, Way: Way{Operands: 1}, Source: "measured, s6 2.13.1"},
	{Form: "s6-envdir", Way: Way{Operands: 1}, Source: "measured, s6 2.13.1"},
	{Form: "s6-env", Way: Way{Assignments: true}, Source: "skarnet.org s6-env"},
	{Form: "fdmove|redirfd", Way: Way{Operands: 2}, Source: "skarnet.org execline"},
	{Form: "emptyenv", Source: "skarnet.org execline"},
	{Form: "s6-softlimit", Way: Way{Arguments: "amdoslfcrpt"}, Source: "skarnet.org s6-softlimit"},
	{Form: "s6-notifyoncheck", Way: Way{Arguments: "3stwnc"}, Source: "skarnet.org s6-notifyoncheck"},
	{Form: "with-contenv", Source: "s6-overlay, execline"},
	{Form: "envdir", Way: Way{Operands: 1}, Source: "measured, daemontools 0.76"},
	{Form: "softlimit", Way: Way{Arguments: "amdoslfcrptn"}, Source: "measured, daemontools 0.76"},
	{Form: "setlock", Way: Way{Operands: 1}, Source: "cr.yp.to daemontools"},
	{Form: "prlimit", Source: utilLinux},
	{Form: "choom", Way: Way{Arguments: "n", Long: " --adjust "}, Source: "util-linux choom(1)"},
	{Form: "unshare", Options: Options{Without: "-f --fork", Clusters: true}, Way: Way{Arguments: "SGRwl"}, Source: utilLinux + ", without --fork"},
	{Form: "flock", Options: Options{With: "-F --no-fork"}, Way: Way{Arguments: "wE", Long: " --timeout --wait --conflict-exit-code ", Operands: 1}, Source: utilLinux},
	{Form: "strace", Options: Options{With: "-D -DD -DDD --daemonize"}, Way: Way{Arguments: "aeEIoOpPsSuUX"}, Source: "measured, strace 6.13"},
	{Form: "direnv exec", Way: Way{Operands: 1}, Source: "measured, direnv 2.32.1"},
	{Form: "sg", Way: Way{Operands: 1, Shell: " -c "}, Source: "measured, login 4.16"},
	{Form: "ld-linux-x86-64.so.*|ld-linux-aarch64.so.*|ld-linux.so.*", Way: Way{Long: " --library-path --inhibit-rpath --audit --preload --argv0 --glibc-hwcaps-prepend "}, Source: "measured, glibc"},
	{Form: "pipenv run", Source: "measured, pipenv 2024.0.1"},
	{Form: "poetry run", Source: "measured, poetry 2.1.2"},
	{Form: "bundle exec", Way: Way{Long: " --gemfile "}, Source: "measured, bundler 2.6.7"},
	{Form: "cargo run|r", Builds: "the program that cargo builds", Source: "measured, cargo 1.85.1"},
	{Form: "rye run", Source: "astral-sh/rye rye/src/utils/mod.rs:355 exec_spawn"},
	{Form: "ddtrace-run", Source: "DataDog/dd-trace-py ddtrace/commands/ddtrace_run.py:145 os.execl"},
	{Form: "newrelic-admin run-program", Source: "newrelic/newrelic-python-agent newrelic/admin/run_program.py:148 os.execl"},
	{Form: "opentelemetry-instrument", Way: Way{Long: " --traces_exporter --metrics_exporter --logs_exporter --service_name --exporter_otlp_endpoint "}, Source: "open-telemetry/opentelemetry-python-contrib auto_instrumentation/__init__.py:108 execl"},
	{Form: "chamber exec", Way: Way{Behind: " -- "}, Source: "segmentio/chamber cmd/exec_unix.go unix.Exec"},
	{Form: "aws-vault exec", Options: Options{Without: "--server --ec2-server --ecs-server"}, Way: Way{Behind: " -- "}, Source: "99designs/aws-vault cli/exec.go doExecSyscall"},
	{Form: "vault-env", Source: "bank-vaults/vault-env main.go:394 syscall.Exec"},
	{Form: "wait-for-it.sh|wait-for-it|wait-for", Way: Way{Behind: " -- "}, Source: "vishnubob/wait-for-it: exec \"${WAITFORIT_CLI[@]}\"; eficode/wait-for wait-for:95 exec \"$@\""},
	{Form: "jemalloc.sh", Source: "jemalloc bin/jemalloc.sh.in: exec \"$@\""},
}

var wrapperInitials = sync.OnceValue(func() *initials {
	return initialsOf(len(wrappers), func(row int) Form { return wrappers[row].Form })
})

// WrapperNamed returns the wrapper that a command line starts and the index of what it becomes, len(args) where it is given
// nothing. shell says that this is a text for sh -c.
func WrapperNamed(args []string, name string) (w *Wrapper, at int, shell bool) {
	for _, i := range wrapperInitials().rows(name) {
		w := &wrappers[i]
		if start, ok := w.Form.match(args, name); ok && w.allow(args[1:]) {
			at, shell := w.command(args, start)
			return w, at, shell
		}
	}
	return nil, 0, false
}
