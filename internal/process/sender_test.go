package process

import (
	"fmt"
	"path"
	"slices"
	"testing"
)

// TestSender checks who is said to send each process of a launch which signals.
func TestSender(t *testing.T) {
	script := func(text string) map[string]string { return map[string]string{"start.sh": text} }
	for _, test := range []struct {
		name, command string
		files         map[string]string
		want          []string
	}{
		{"nobody passes it on", "./start.sh", script("#!/bin/sh\napp\necho\n"), []string{"sh [SIGTERM]", "app []"}},
		{"an init", "tini -- app", nil, []string{"tini [SIGTERM]", "app [SIGTERM] from tini"}},
		{"an init tells the group", "tini -g -- ./start.sh", script("#!/bin/sh\napp\necho\n"), []string{"tini [SIGTERM]", "sh [SIGTERM] from tini", "app [SIGTERM] from tini"}},
		{"a chain", "tini -- tini -s app", nil, []string{"tini [SIGTERM]", "tini [SIGTERM] from tini", "app [SIGTERM] from tini"}},
		{"a trap", "./start.sh", script("#!/bin/bash\ntrap 'kill -INT $pid; wait $pid' TERM\napp &\npid=$!\nwait $pid\n"), []string{"bash [SIGTERM]", "app [SIGINT] from bash"}},
		{"a trap in a subshell", "./start.sh", script("#!/bin/bash\ntrap '(kill $pid); wait $pid' TERM\napp &\npid=$!\nwait $pid\n"), []string{"bash [SIGTERM]", "app [SIGTERM] from bash"}},
		{"a supervisor", "supervisord -n -c /app/s.conf", map[string]string{"s.conf": "[program:a]\ncommand=app\nstopsignal=INT\n"}, []string{"supervisord [SIGTERM]", "app [SIGINT] from supervisord"}},
		{"alone", "app", nil, []string{"app [SIGTERM]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := predictFiles("", "dash", test.command, test.files)
			var got []string
			var walk func(*Process)
			walk = func(p *Process) {
				text := fmt.Sprintf("%s %v", path.Base(p.Argv[0].Text), p.Got)
				if p.Sender != nil {
					text += " from " + path.Base(p.Sender.Argv[0].Text)
				}
				got = append(got, text)
				for _, child := range p.Children {
					walk(child)
				}
			}
			if l.Root != nil {
				walk(l.Root)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
