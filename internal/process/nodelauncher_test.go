package process

import (
	"path"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// List implements Lister.
func (f *fakeFiles) List(dir string) (names []string, known bool) {
	seen := map[string]bool{}
	for name := range f.entries {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			if first, _, _ := strings.Cut(rest, "/"); !seen[first] {
				seen[first] = true
				names = append(names, first)
			}
		}
	}
	return names, true
}

var imageShells = map[string]image.Shell{
	"dash": {Family: image.DashDebian, Version: "0.5.12-2"},
	"ash":  {Family: image.Ash, Version: "1.37.0"},
	"bash": {Family: image.BashSh, Version: "5.2.15"},
}

// predictFiles predicts a command in an image with some files, in /app.
func predictFiles(base, shell, command string, texts map[string]string) *Launch {
	files := newFakeFiles()
	for _, name := range []string{"/bin/sh", "/usr/bin/sh"} {
		files.entries[name] = Entry{Kind: ShellProgram, Shell: imageShells[shell]}
	}
	for name, text := range texts {
		files.text(path.Join("/app", name), text, 0o755)
	}
	var argv []parser.Word
	for _, text := range splitCommand(command) {
		argv = append(argv, parser.Word{Text: text, Known: true, Span: parser.Span{File: &parser.File{Src: text}, End: len(text)}})
	}
	start := Start{Kind: KindDockerfile, Base: base, Argv: argv, Dir: "/app", Env: map[string]string{}, Closed: true}
	return predict(&machine{start: start, files: files, declared: func(name string) (program, bool) {
		if name == "node" || name == "php-fpm" || name == "nginx" {
			return program{kind: application, name: name, caught: handled, stays: true}, true
		}
		return declaredApps(name)
	}})
}

// splitCommand splits at blanks outside of single quotes.
func splitCommand(command string) []string {
	var words []string
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

// TestScriptLaunchers holds the model against facts/launchers.md section 5 and facts/shells.md section 5.
func TestScriptLaunchers(t *testing.T) {
	pkg := func(script string) map[string]string {
		return map[string]string{"package.json": `{"name": "a", "scripts": {"start": "` + script + `", "serve": "` + script + `"}, "main": "server.js"}`}
	}
	with := func(files map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	managed := func(manager, script string) map[string]string {
		return map[string]string{"package.json": `{"packageManager": "` + manager + `", "scripts": {"start": "` + script + `"}}`}
	}
	const plain, execed, chained = "node server.js", "exec node server.js", "app-quick && node server.js"
	for _, test := range []struct {
		name, base, shell, command string
		files                      map[string]string
		want                       Verdict
		told                       bool
	}{
		{"npm on dash", "node:22", "dash", "npm start", pkg(plain), Lost, false},
		{"npm on ash", "node:22-alpine", "ash", "npm start", pkg(plain), Graceful, true},
		{"npm on bash", "", "bash", "npm start", pkg(plain), Graceful, true},
		{"npm with exec on dash", "node:22", "dash", "npm start", pkg(execed), Graceful, true},
		{"npm with exec on ash", "node:22-alpine", "ash", "npm start", pkg(execed), Graceful, true},
		{"npm run on dash", "node:22", "dash", "npm run serve", pkg(plain), Lost, false},
		{"npm run on ash", "node:22", "ash", "npm run-script serve -- --port 80", pkg(plain), Graceful, true},
		{"npm, chained on dash", "node:22", "dash", "npm start", pkg(chained), Lost, false},
		{"npm, chained on ash", "node:22", "ash", "npm start", pkg(chained), Graceful, true},
		{"npm, && behind on dash", "node:22", "dash", "npm start", pkg("node server.js && true"), Lost, false},
		{"npm, && behind on ash", "node:22", "ash", "npm start", pkg("node server.js && true"), Lost, false},
		{"npm, && behind on bash", "node:22", "bash", "npm start", pkg("node server.js && true"), Lost, false},
		{"npm behind tini on dash", "node:22", "dash", "tini -- npm start", pkg(plain), Lost, false},
		{"npm behind tini on ash", "node:22", "ash", "tini -- npm start", pkg(plain), Graceful, true},
		{"npm in a shell form on dash", "node:22", "dash", "/bin/sh -c 'npm start'", pkg(plain), Ignored, false},
		{"npm in a shell form on ash", "node:22", "ash", "/bin/sh -c 'npm start'", pkg(plain), Graceful, true},
		{"npm in npm on ash", "node:22", "ash", "npm start", map[string]string{"package.json": `{"scripts": {"start": "npm run serve", "serve": "node server.js"}}`}, Graceful, true},
		{"npm in npm on dash", "node:22", "dash", "npm start", map[string]string{"package.json": `{"scripts": {"start": "npm run serve", "serve": "node server.js"}}`}, Lost, false},
		{"npm 9.6.7 on ash", "node:18.17.1-alpine", "ash", "npm start", pkg(plain), Ignored, false},
		{"npm 9.8 with exec on dash", "node:18.18", "dash", "npm start", pkg(execed), Ignored, false},
		{"npm 10.2.4 on ash", "node:20.11.1-alpine", "ash", "npm start", pkg(plain), Ignored, false},
		{"npm 9.6.6 on ash", "node:20.2.0-alpine", "ash", "npm start", pkg(plain), Graceful, true},
		{"npm 10.5 on ash", "node:20.12.0-alpine", "ash", "npm start", pkg(plain), Graceful, true},
		{"npm 11.5.1 on ash", "node:24.5.0-alpine", "ash", "npm start", pkg(plain), Lost, true},
		{"npm 11.6.0 on ash", "node:24.8.0-alpine", "ash", "npm start", pkg(plain), Graceful, true},
		{"a moving tag", "node:20-alpine", "ash", "npm start", pkg(plain), Graceful, true},
		{"npm with another shell", "node:22", "dash", "npm start --script-shell bash", pkg(plain), Graceful, true},
		{"npm with another shell in .npmrc", "node:22", "dash", "npm start", with(pkg(plain), ".npmrc", "script-shell=bash\n"), Graceful, true},
		{"npm in another folder", "node:22", "ash", "npm --prefix web start", map[string]string{"web/package.json": pkg(plain)["package.json"]}, Graceful, true},
		{"npm below the folder", "node:22", "ash", "npm --prefix web/src start", map[string]string{"web/package.json": pkg(plain)["package.json"]}, Graceful, true},
		{"npm start without a script", "node:22", "dash", "npm start", map[string]string{"package.json": `{}`, "server.js": "x()"}, Lost, false},
		{"npm start without a script on ash", "node:22", "ash", "npm start", map[string]string{"package.json": `{}`, "server.js": "x()"}, Graceful, true},
		{"npm run without the script", "node:22", "ash", "npm run serve", map[string]string{"package.json": `{"scripts": {}}`}, FailsToStart, false},
		{"npm without package.json", "node:22", "ash", "npm start", nil, Undecided, true},
		{"npm 9.6.7 without package.json", "node:18.17.0", "ash", "npm start", nil, Ignored, false},
		{"npm with a pre script", "node:22", "ash", "npm start", map[string]string{"package.json": `{"scripts": {"prestart": "node build.js", "start": "node server.js"}}`}, Graceful, true},
		{"npx on dash", "node:22", "dash", "npx app", nil, Lost, false},
		{"npx on ash", "node:22", "ash", "npx --yes app@14 -s build", nil, Graceful, true},
		{"npx 6", "node:14", "ash", "npx app", nil, Ignored, false},
		{"npm exec on dash", "node:22", "dash", "npm exec -- app", nil, Lost, false},
		{"yarn 1 on dash", "node:22", "dash", "yarn start", pkg(plain), Lost, false},
		{"yarn 1 on ash", "node:22", "ash", "yarn start", pkg(plain), Lost, true},
		{"yarn 1 with exec", "node:22", "dash", "yarn run start", pkg(execed), Lost, true},
		{"yarn 1 node", "node:22", "dash", "yarn node server.js", pkg(plain), Lost, true},
		{"yarn 1 by the name of the script", "node:22", "ash", "yarn serve", pkg(plain), Lost, true},
		{"yarn 1 behind tini", "node:22", "ash", "tini -- yarn start", pkg(plain), Lost, true},
		{"yarn 1 without package.json", "node:22", "ash", "yarn start", nil, Lost, true},
		{"yarn 4 on dash", "node:22", "dash", "yarn start", managed("yarn@4.18.1", plain), Graceful, true},
		{"yarn 4 by its file", "node:22", "dash", "yarn run start", with(pkg(plain), ".yarnrc.yml", "yarnPath: .yarn/releases/yarn-4.cjs\n"), Graceful, true},
		{"yarn 4, chained", "node:22", "dash", "yarn start", managed("yarn@4.18.1", chained), Graceful, true},
		{"yarn 4 with exec", "node:22", "dash", "yarn start", managed("yarn@4.18.1", execed), Undecided, true},
		{"pnpm 9 on dash", "node:22", "dash", "pnpm start", managed("pnpm@9.15.0", plain), Lost, true},
		{"pnpm 9 on ash", "node:22", "ash", "pnpm start", managed("pnpm@9.15.0", plain), Graceful, true},
		{"pnpm 9 with exec on dash", "node:22", "dash", "pnpm run start", managed("pnpm@9.15.0", execed), Graceful, true},
		{"pnpm 8 on dash", "node:22", "dash", "pnpm start", managed("pnpm@8.15.9", plain), Lost, true},
		{"pnpm 10 on bash", "node:22", "bash", "pnpm start", managed("pnpm@10.34.0", plain), Graceful, true},
		{"pnpm 9 exec", "node:22", "dash", "pnpm exec app", managed("pnpm@9.15.0", plain), Graceful, true},
		{"pnpm 9 exec behind tini", "node:22", "dash", "tini -- pnpm exec app", managed("pnpm@9.15.0", plain), Lost, true},
		{"pnpm 12 on dash", "node:22", "dash", "pnpm start", managed("pnpm@12.21.0", plain), Graceful, true},
		{"pnpm 12 on dash behind tini", "node:22", "dash", "tini -- pnpm start", managed("pnpm@12.21.0", plain), Graceful, true},
		{"pnpm of some version on dash", "node:22", "dash", "pnpm start", pkg(plain), Undecided, true},
		{"pnpm of some version on ash", "node:22", "ash", "pnpm start", pkg(plain), Graceful, true},
		{"pnpm of a workspace", "node:22", "ash", "pnpm --filter api start", pkg(plain), Undecided, true},
		{"bun run", "oven/bun:1", "dash", "bun run start", pkg(plain), Graceful, true},
		{"deno task", "denoland/deno:2", "dash", "deno task start", map[string]string{"deno.json": `{"tasks": {"start": "app --allow-net main.ts"}}`}, Graceful, true},
		{"npm ci in a script", "node:22", "ash", "./start.sh", map[string]string{"start.sh": "#!/bin/sh\nnpm ci\nexec node server.js\n"}, Graceful, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := predictFiles(test.base, test.shell, test.command, test.files)
			told := l.App != nil && (l.App.Told || l.App.Receives != image.No)
			if l.Verdict != test.want || told != test.told {
				t.Errorf("%s, told %v (%s %v), want %s, %v", l.Verdict, told, l.Reason, l.Unknown, test.want, test.told)
			}
		})
	}
}

// TestScriptSpan holds the place of a script fast: the shell that waits for the application stands in package.json.
func TestScriptSpan(t *testing.T) {
	l := predictFiles("node:22", "dash", "npm start", map[string]string{"package.json": `{"scripts": {"start": "node server.js"}}`})
	if len(l.Chain) != 3 {
		t.Fatalf("%d processes on the way, want npm, sh and node", len(l.Chain))
	}
	if at := l.Chain[1].At; at.Text() != "node server.js" || at.File.Path != "app/package.json" {
		t.Errorf("the shell waits at %q of %v", at.Text(), at.File)
	}
}
