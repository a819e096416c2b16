package main

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// utf16Of returns a text in UTF-16, with a byte-order mark.
func utf16Of(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// mangled are ways in which a file comes to be another one than its author sees.
var mangled = map[string]func(string) string{
	"a byte-order mark":    func(s string) string { return "\ufeff" + s },
	"UTF-16":               func(s string) string { return utf16Of(s, binary.LittleEndian) },
	"UTF-16 of big ends":   func(s string) string { return utf16Of(s, binary.BigEndian) },
	"Windows line ends":    func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"old Mac line ends":    func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	"mixed line ends":      func(s string) string { return strings.Replace(s, "\n", "\r\n", 1) },
	"no line end":          func(s string) string { return strings.TrimSuffix(s, "\n") },
	"blank lines":          func(s string) string { return "\n \n" + s + "\n\t\n" },
	"bytes of zero":        func(s string) string { return strings.ReplaceAll(s, "a", "a\x00") },
	"a byte of zero first": func(s string) string { return "\x00" + s },
	"Latin-1":              func(s string) string { return strings.ReplaceAll(s, "a", "\xe4") },
	"half a character":     func(s string) string { return s + "\xe2\x82" },
	"white space":          func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
	"line separators":      func(s string) string { return strings.ReplaceAll(s, "\n", "\u2028") },
	"control characters":   func(s string) string { return strings.ReplaceAll(s, " ", " \x1b[2J\x08\x0c ") },
	"nothing":              func(string) string { return "" },
	"blanks only":          func(string) string { return " \t\r\n\n" },
	"half of it":           func(s string) string { return s[:len(s)/2] },
	"it twice":             func(s string) string { return s + s },
}

// TestEncodings spoils the files of a project in many ways, one of them and all at once. Whatever comes of it, every format can be read, each fix that is offered
// applies and changes nothing else, and fixing ends.
func TestEncodings(t *testing.T) {
	texts := map[string]string{
		"Dockerfile":        "FROM debian:12\nCOPY --chmod=755 start.sh /start.sh\n# pid1lint ignore=no-trap\nENTRYPOINT [\"/start.sh\"]\n",
		"start.sh":          "#!/bin/sh\nset -e\nif [ \"$A\" = b ]; then\n\tserver --port 80\nelse\n\tother | cat\nfi\n",
		"api.Dockerfile":    "FROM node:20\nWORKDIR /app\nCOPY package.json .\nSTOPSIGNAL KILL\nCMD npm start --port $PORT\n",
		"package.json":      `{"scripts": {"start": "node a.js"}}` + "\n",
		"compose.yaml":      "services:\n  a:\n    build: .\n    command: sh -c 'a; b'\n    stop_grace_period: 1s\n  b:\n    image: debian\n    entrypoint: [\"sh\", \"-c\", \"server && x\"]\n",
		"pod.yaml":          "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: debian\n    command: [sh, -c]\n    args: ['server; x']\n",
		".dockerignore":     "a*\n!start.sh\n",
		".gitignore":        "vendor/\n*.a\n",
		"supervisord.conf":  "[supervisord]\nnodaemon=true\n[program:a]\ncommand=a b\n",
		"super.Dockerfile":  "FROM debian\nRUN apt-get install -y supervisor\nCOPY supervisord.conf /etc/supervisord.conf\nCMD supervisord -c /etc/supervisord.conf\n",
		"inline.Dockerfile": "FROM debian\nCOPY <<E /a.sh\n#!/bin/sh\na; b\nE\nRUN printf '#!/bin/sh\\nserver\\n' > /b.sh\nCMD sh /a.sh\n",
	}
	look := report.Options{ShowSuppressed: true}
	plain := lintTexts(t, texts, nil)
	if len(plain.Findings) < 8 || len(plain.Problems) > 0 {
		t.Fatalf("%d findings and %v", len(plain.Findings), plain.Problems)
	}
	for how, mangle := range mangled {
		for _, name := range []string{"Dockerfile", "start.sh", "compose.yaml", "pod.yaml", "all of them"} {
			files := maps.Clone(texts)
			for other := range files {
				if name == other || name == "all of them" {
					files[other] = mangle(texts[other])
				}
			}
			result := lintTexts(t, files, nil)
			if name == "all of them" {
				for format, write := range lintFormats {
					checkFormat(t, format, written(t, write, result, look))
				}
				for format, write := range explainFormats {
					checkFormat(t, format, written(t, write, result, look))
				}
			}
			for _, finding := range result.Findings {
				for _, offered := range finding.Fixes {
					checkFix(t, files, offered, result.Problems)
				}
			}
			var repair lint.Repair
			lintTexts(t, files, func(p *lint.Project) { repair = p.Fix(rules.All(), true) })
			for _, file := range repair.Files {
				if name == "start.sh" {
					continue // for a kernel and a shell neither is right, and to mend that is a fix
				}
				if how == "Windows line ends" && strings.Count(file.After, "\n") != strings.Count(file.After, "\r\n") && file.Path == name {
					t.Errorf("%s of %s: fixing makes %q of %q", how, name, file.After, file.Before)
				}
				if how == "a byte-order mark" && file.Path == name && !strings.HasPrefix(file.After, "\ufeff") {
					t.Errorf("%s of %s: fixing makes %q of %q", how, name, file.After, file.Before)
				}
			}
		}
		// What nobody sees in an editor changes nothing about the files that are read by BuildKit and Compose.
		if slices.Contains([]string{"a byte-order mark", "blank lines", "no line end"}, how) {
			for _, name := range []string{"Dockerfile", "api.Dockerfile", "compose.yaml", "pod.yaml"} {
				files := maps.Clone(texts)
				files[name] = mangle(texts[name])
				if got := lintTexts(t, files, nil); len(got.Findings) != len(plain.Findings) || len(got.Problems) != 0 {
					t.Errorf("%s of %s: %d findings and %v, want %d", how, name, len(got.Findings), got.Problems, len(plain.Findings))
				}
			}
		}
	}
	// What is no text is said to be none.
	for name, want := range map[string]string{"Dockerfile": "UTF-16", "compose.yaml": "UTF-8"} {
		files := maps.Clone(texts)
		files[name] = utf16Of(texts[name], binary.LittleEndian)
		result := lintTexts(t, files, nil)
		if !slices.ContainsFunc(result.Problems, func(p rules.Problem) bool { return p.Path == name && strings.Contains(p.Message, want) }) {
			t.Errorf("%s in UTF-16: %v", name, result.Problems)
		}
	}
}
