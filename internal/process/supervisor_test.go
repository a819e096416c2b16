package process

import "testing"

// TestSupervisors holds the model against facts/launchers.md section 7 and facts/shells.md, Supervisors.
func TestSupervisors(t *testing.T) {
	conf := func(text string) map[string]string {
		return map[string]string{"supervisord.conf": "[supervisord]\nnodaemon=true\n" + text}
	}
	with := func(files map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	const supervisord = "supervisord -c /app/supervisord.conf"
	for _, test := range []struct {
		name, shell, command string
		files                map[string]string
		want                 Verdict
	}{
		{"supervisord", "dash", supervisord, conf("[program:a]\ncommand=/app/app --x\n"), Graceful},
		{"two programs", "dash", supervisord, conf("[program:a]\ncommand=/app/app --x\n[program:b]\ncommand = nginx -g 'daemon off;'\nstopsignal = QUIT\n"), Graceful},
		{"a script with exec", "dash", supervisord, with(conf("[program:a]\ncommand=/app/run.sh\n"), "run.sh", "#!/bin/sh\nexec app\n"), Graceful},
		{"a script without exec", "dash", supervisord, with(conf("[program:a]\ncommand=/app/run.sh\n"), "run.sh", "#!/bin/sh\napp\n"), Lost},
		{"a script without exec on ash", "ash", supervisord, with(conf("[program:a]\ncommand=/app/run.sh\n"), "run.sh", "#!/bin/sh\napp\n"), Lost},
		{"the worst program counts", "dash", supervisord, with(conf("[program:a]\ncommand=app\n[program:b]\ncommand=/app/run.sh\n"), "run.sh", "#!/bin/sh\napp\n"), Lost},
		{"sh -c on dash", "dash", supervisord, conf("[program:a]\ncommand=/bin/sh -c \"app\"\n"), Lost},
		{"sh -c on ash", "ash", supervisord, conf("[program:a]\ncommand=/bin/sh -c \"app\"\n"), Graceful},
		{"sh -c with exec", "dash", supervisord, conf("[program:a]\ncommand=/bin/sh -c \"exec app\"\n"), Graceful},
		{"stopasgroup and killasgroup", "dash", supervisord, conf("[program:a]\ncommand=/bin/sh -c \"app\"\nstopasgroup=true\nkillasgroup=true\n"), Graceful},
		{"stopsignal", "dash", supervisord, conf("[program:a]\ncommand=app-default\nstopsignal=QUIT\n"), Abrupt},
		{"set-up, then exec", "dash", supervisord, with(conf("[program:a]\ncommand=/app/run.sh\n[program:b]\ncommand=/app/two.sh\n"), "run.sh", "#!/bin/sh\npython migrate.py\nexec app\n", "two.sh", "#!/bin/sh\npython other.py\nexec app\n"), Graceful},
		{"set-up, then no exec", "dash", supervisord, with(conf("[program:a]\ncommand=/app/run.sh\n[program:b]\ncommand=/app/two.sh\n"), "run.sh", "#!/bin/sh\npython migrate.py\nexec app\n", "two.sh", "#!/bin/sh\npython other.py\napp\n"), Lost},
		{"a loop", "dash", supervisord, with(conf("[program:a]\ncommand=/app/run.sh\n[program:b]\ncommand=app\n"), "run.sh", "#!/bin/sh\nwhile true; do python job.py; sleep 5; done\n"), Lost},
		{"it daemonizes", "dash", supervisord, map[string]string{"supervisord.conf": "[supervisord]\n[program:a]\ncommand=app\n"}, EndsAtOnce},
		{"-n", "dash", supervisord + " -n", map[string]string{"supervisord.conf": "[supervisord]\n[program:a]\ncommand=app\n"}, Graceful},
		{"started by a script without exec", "dash", "./start.sh", with(conf("[program:a]\ncommand=app\n"), "start.sh", "#!/bin/sh\nsupervisord -n -c /app/supervisord.conf\n"), Ignored},
		{"started by a script with exec", "dash", "./start.sh", with(conf("[program:a]\ncommand=app\n"), "start.sh", "#!/bin/sh\nexec supervisord -n -c /app/supervisord.conf\n"), Graceful},
		{"behind tini", "dash", "tini -- " + supervisord, conf("[program:a]\ncommand=app\n"), Graceful},
		{"a program that daemonizes", "dash", supervisord, conf("[program:a]\ncommand=app-daemon\n"), Lost},
		{"in the working directory", "dash", "supervisord -n", conf("[program:a]\ncommand=app\n"), Graceful},
		{"included", "dash", supervisord, with(conf("[include]\nfiles = conf.d/*.conf\n"), "conf.d/a.conf", "[program:a]\ncommand=/bin/sh -c app\n"), Lost},
		{"Debian's own configuration", "dash", "/usr/bin/supervisord", map[string]string{"/../etc/supervisor/conf.d/app.conf": "[supervisord]\nnodaemon=true\n[program:a]\ncommand=app\n"}, Graceful},
		{"not started", "dash", supervisord, conf("[program:a]\ncommand=app\n[program:b]\ncommand=sh -c app\nautostart=false\n"), Graceful},
		{"no configuration", "dash", "supervisord -n -c /etc/other.conf", nil, Undecided},
		{"npm in it on dash", "dash", supervisord, with(conf("[program:a]\ncommand=npm start\ndirectory=/app\n"), "package.json", `{"scripts": {"start": "node server.js"}}`), Lost},
		{"s6-svscan", "dash", "s6-svscan /app/services", map[string]string{"services/a/run": "#!/bin/sh\nexec app\n"}, Graceful},
		{"s6-svscan, script without exec", "dash", "s6-svscan /app/services", map[string]string{"services/a/run": "#!/bin/sh\napp\n"}, Lost},
		{"runsvdir", "dash", "runsvdir -P /app/services", map[string]string{"services/a/run": "#!/bin/sh\nexec app\n"}, Lost},
		{"runsv", "dash", "runsv /app/services/a", map[string]string{"services/a/run": "#!/bin/sh\nexec app\n"}, Graceful},
		{"s6-svscan without its services", "dash", "s6-svscan /etc/services", nil, Undecided},
		{"foreman", "dash", "foreman start", map[string]string{"Procfile": "web: exec app\n"}, Graceful},
		{"honcho, a shell that stays", "dash", "honcho start", map[string]string{"Procfile": "web: app --port $PORT\n"}, Undecided},
		{"goreman without a Procfile", "dash", "goreman start", nil, Undecided},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := predictFiles("", test.shell, test.command, test.files)
			if l.Verdict != test.want {
				t.Errorf("%s (%s %v), want %s", l.Verdict, l.Reason, l.Unknown, test.want)
			}
		})
	}
}
