package lint

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/rules"
)

// TestFixKeepsBytes fixes files in which other bytes than those of the fix must not change.
func TestFixKeepsBytes(t *testing.T) {
	const supervised = "FROM debian:12\nRUN apt-get install -y supervisor\nCOPY supervisord.conf /etc/supervisord.conf\nCMD [\"supervisord\", \"-nc\", \"/etc/supervisord.conf\"]\n"
	const dockerfile = "FROM debian:12\nCOPY --chmod=755 start.sh /start.sh\nCMD [\"/start.sh\"]\n"
	for name, test := range map[string]struct {
		files map[string]string
		path  string // with unsafe in front for an unsafe fix
		want  string
	}{
		"no newline at the end": {map[string]string{"Dockerfile": dockerfile, "start.sh": "#!/bin/sh\nserver"}, "start.sh", "#!/bin/sh\nexec server"},
		"tabs, blanks behind":   {map[string]string{"Dockerfile": dockerfile, "start.sh": "#!/bin/sh  \n\tserver \t\n\n\n"}, "start.sh", "#!/bin/sh  \n\texec server \t\n\n\n"},
		"a carriage return in a comment": {map[string]string{"Dockerfile": dockerfile, "start.sh": "#!/bin/sh\n# a\r\n\nserver\n"},
			"start.sh", "#!/bin/sh\n# a\r\n\nexec server\n"},
		"a Dockerfile of Windows": {map[string]string{"Dockerfile": "FROM debian:12\r\nCMD app -x\r\n"}, "Dockerfile", "FROM debian:12\r\nCMD [\"app\", \"-x\"]\r\n"},
		"its STOPSIGNAL": {map[string]string{"Dockerfile": "FROM debian:12\r\nRUN apt-get install -y nginx\r\nCMD [\"nginx\", \"-g\", \"daemon off;\"]"},
			"Dockerfile", "FROM debian:12\r\nRUN apt-get install -y nginx\r\nSTOPSIGNAL SIGQUIT\r\nCMD [\"nginx\", \"-g\", \"daemon off;\"]"},
		"a byte-order mark":      {map[string]string{"Dockerfile": "\ufeffFROM debian:12\nCMD app\n"}, "Dockerfile", "\ufeffFROM debian:12\nCMD [\"app\"]\n"},
		"one in a script":        {map[string]string{"Dockerfile": dockerfile, "start.sh": "\ufeff#!/bin/sh\nexec server\n"}, "start.sh", "#!/bin/sh\nexec server\n"},
		"line ends of Windows":   {map[string]string{"Dockerfile": dockerfile, "start.sh": "#!/bin/sh\r\n\r\nexec server\r\n"}, "start.sh", "#!/bin/sh\n\nexec server\n"},
		"both, and an exec":      {map[string]string{"Dockerfile": dockerfile, "start.sh": "#!/bin/sh\r\nserver\r\n"}, "start.sh", "#!/bin/sh\nexec server\n"},
		"letters beyond ASCII":   {map[string]string{"Dockerfile": dockerfile, "start.sh": "#!/bin/sh\necho \"größer → 日本\"; server --name \"ö\"\n"}, "start.sh", "#!/bin/sh\necho \"größer → 日本\"; exec server --name \"ö\"\n"},
		"a line that goes on":    {map[string]string{"Dockerfile": "FROM debian:12\nCMD app \\\n    --port 80 \\\n    --verbose\n"}, "Dockerfile", "FROM debian:12\nCMD exec app \\\n    --port 80 \\\n    --verbose\n"},
		"comments between":       {map[string]string{"Dockerfile": "FROM debian:12\nCMD app \\\n# why\n    --port 80\n"}, "Dockerfile", "FROM debian:12\nCMD exec app \\\n# why\n    --port 80\n"},
		"quotes and backslashes": {map[string]string{"Dockerfile": "FROM debian:12\nCMD app 'a \"b\"' \"c\\\\d\" e\\ f <g>\n"}, "", ""},
		"what JSON escapes":      {map[string]string{"Dockerfile": "FROM debian:12\nCMD app 'a \"b\" & <c>' \"c\\\\d\" e\\ f\n"}, "Dockerfile", "FROM debian:12\nCMD [\"app\", \"a \\\"b\\\" & <c>\", \"c\\\\d\", \"e f\"]\n"},
		"a glob":                 {map[string]string{"Dockerfile": "FROM debian:12\nCMD app *.conf\n"}, "Dockerfile", "FROM debian:12\nCMD exec app *.conf\n"},
		"a variable":             {map[string]string{"Dockerfile": "FROM debian:12\nCMD app --port $PORT\n"}, "Dockerfile", "FROM debian:12\nCMD exec app --port $PORT\n"},
		"an ignored CMD":         {map[string]string{"Dockerfile": "FROM debian:12\nENTRYPOINT app -x\nCMD [\"y\"]\n"}, "Dockerfile", "FROM debian:12\nENTRYPOINT exec app -x\nCMD [\"y\"]\n"},
		"exec is there already":  {map[string]string{"Dockerfile": "FROM debian:12\nENTRYPOINT exec /app/server\n"}, "", ""},
		"supervisord.conf of Windows": {map[string]string{"Dockerfile": supervised, "supervisord.conf": "[supervisord]\r\n[program:web]\r\ncommand = sh -c \"server %(program_name)s\" ; web\r\nautorestart = true\r\n"},
			"supervisord.conf", "[supervisord]\r\n[program:web]\r\ncommand = sh -c \"exec server %(program_name)s\" ; web\r\nautorestart = true\r\n"},
		"its groups": {map[string]string{"Dockerfile": supervised, "supervisord.conf": "[supervisord]\r\n[program:web]\r\n\tcommand = sh -c \"while :; do server; done\" ; web\r\n"},
			"unsafe supervisord.conf", "[supervisord]\r\n[program:web]\r\n\tcommand = sh -c \"while :; do server; done\" ; web\r\n\tstopasgroup = true\r\n\tkillasgroup = true\r\n"},
		"its last line": {map[string]string{"Dockerfile": supervised, "supervisord.conf": "[supervisord]\n[program:web]\ncommand=sh -c \"while :; do server; done\""},
			"unsafe supervisord.conf", "[supervisord]\n[program:web]\ncommand=sh -c \"while :; do server; done\"\nstopasgroup=true\nkillasgroup=true"},
		"package.json": {map[string]string{"Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"npm\", \"start\"]\n",
			"package.json": "{\n\t\"scripts\": { \"start\" : \"NODE_ENV=production node server.js\" }\n}"}, "package.json",
			"{\n\t\"scripts\": { \"start\" : \"NODE_ENV=production exec node server.js\" }\n}"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for path, text := range test.files {
				fsys[path] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
			}
			p, err := Load(fsys, &config.Config{}, []string{"."})
			if err != nil {
				t.Fatal(err)
			}
			path, unsafe := strings.CutPrefix(test.path, "unsafe ")
			done := p.Fix(rules.All(), unsafe)
			switch {
			case test.path == "" && len(done.Files) == 0:
			case len(done.Files) != 1 || done.Files[0].Path != path || done.Files[0].After != test.want:
				t.Errorf("got %q, want %q", done.Files, test.want)
			case done.Files[0].Before != test.files[path]:
				t.Errorf("before it was %q", done.Files[0].Before)
			}
		})
	}
}
