package lint

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

const podHead = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n"

// launchesOf lints files and describes each launch in a line.
func launchesOf(t *testing.T, files map[string]string, describe func(l *process.Launch) string) []string {
	t.Helper()
	_, result := run(t, files)
	for _, p := range result.Problems {
		t.Errorf("problem: %s", p.Message)
	}
	var got []string
	for _, l := range result.Launches {
		if l.Kind == process.KindKubernetes {
			got = append(got, describe(l))
		}
	}
	return got
}

// TestContainerNames has containers that share their names.
func TestContainerNames(t *testing.T) {
	pod := func(kind, name string, containers ...string) string {
		text := "apiVersion: v1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec:\n  containers:\n"
		for _, c := range containers {
			text += "  - {name: " + c + ", image: debian:12, command: [server]}\n"
		}
		return text + "---\n"
	}
	for src, want := range map[string][]string{
		pod("Pod", "a", "x", "y"):                                          {"x", "y"},
		pod("Pod", "a", "x", "y") + pod("Pod", "b", "x"):                   {"a/x", "y", "b/x"},
		pod("Pod", "a", "x") + pod("Job", "a", "x"):                        {"pod/a/x", "job/a/x"},
		pod("Pod", "a", "x") + pod("Pod", "a", "x") + pod("Pod", "a", "x"): {"pod/a/x", "pod/a/x#2", "pod/a/x#3"},
		"apiVersion: v1\nkind: Service\nmetadata: {name: k}\nspec: {containers: [{image: debian:12, command: [server]}]}\n": {"k"},
	} {
		got := launchesOf(t, map[string]string{"k.yaml": src}, func(l *process.Launch) string { return l.Target })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", src, diff)
		}
	}
}

// TestContainerStart has what a container says about the start of its image.
func TestContainerStart(t *testing.T) {
	for name, test := range map[string]struct {
		pod, container string
		want           string
	}{
		"command":                   {"", "command: [a, b]", "[a b] 30s graceful"},
		"args":                      {"", "args: [a, b]", "[a b] 30s graceful"},
		"both":                      {"", "command: [a], args: [b]", "[a b] 30s graceful"},
		"command drops CMD":         {"", "image: 'nginx:1.27', command: [/docker-entrypoint.sh]", "[/docker-entrypoint.sh] 30s SIGQUIT ends-at-once"},
		"args instead of CMD":       {"", "image: 'nginx:1.27', args: [nginx, -g, daemon off;]", "[/docker-entrypoint.sh nginx -g daemon off;] 30s SIGQUIT graceful"},
		"nothing":                   {"", "image: 'nginx:1.27'", "[/docker-entrypoint.sh nginx -g daemon off;] 30s SIGQUIT graceful"},
		"grace":                     {"  terminationGracePeriodSeconds: 90\n", "command: [a]", "[a] 1m30s graceful"},
		"no grace at all":           {"  terminationGracePeriodSeconds: 0\n", "command: [a]", "[a] 2s graceful"},
		"a grace period of a probe": {"", "command: [a], livenessProbe: {terminationGracePeriodSeconds: 5}", "[a] 30s graceful"},
		"signal":                    {"", "command: [a], lifecycle: {stopSignal: SIGUSR1}", "[a] 30s SIGUSR1 graceful"},
		"user":                      {"  securityContext: {runAsUser: 1000}\n", "command: [a]", "[a] 30s user 1000 graceful"},
		"user of the container":     {"  securityContext: {runAsUser: 1000}\n", "command: [a], securityContext: {runAsUser: 2000}", "[a] 30s user 2000 graceful"},
		"folder":                    {"", "workingDir: /srv, command: [./a]", "[./a] 30s in /srv graceful"},
		"windows":                   {"  nodeSelector: {kubernetes.io/os: windows}\n", "command: [a]", ""},
		"shared":                    {"  shareProcessNamespace: true\n", "command: [sh, -c, 'a; b']", "[sh -c a; b] 30s lost"},
		"the host's":                {"  hostPID: true\n", "command: [sh, -c, 'exec a']", "[sh -c exec a] 30s graceful"},
		"not shared":                {"  hostPID: false\n", "command: [sh, -c, 'a; b']", "[sh -c a; b] 30s ignored"},
		"terminal":                  {"", "stdin: true, tty: true, command: [sh]", "[sh] 30s unknown"},
		"never again":               {"  restartPolicy: Never\n", "command: [a]", "[a] 30s graceful one-shot"},
		"a template":                {"", "image: '{{ .Values.image }}', command: [a]", "[] 30s unknown"},
		"substituted":               {"", "image: '${IMAGE}', command: [a]", "[] 30s unknown"},
		"another image":             {"", "image: example.com/x, args: [a]", "[a] 30s unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(test.container, "image:") {
				test.container = "image: 'debian:12', " + test.container
			}
			src := podHead + test.pod + "  containers:\n  - {name: c, " + test.container + "}\n"
			got := strings.Join(launchesOf(t, map[string]string{"k.yaml": src}, func(l *process.Launch) string {
				text := fmt.Sprintf("%v %v", parser.Texts(l.Argv), l.GracePeriod())
				if l.Signal != 0 {
					text += " " + l.Signal.String()
				}
				if l.User != "" {
					text += " user " + l.User
				}
				if l.Dir != "/" && l.Dir != "" {
					text += " in " + l.Dir
				}
				text += " " + string(l.Verdict)
				if l.OneShot {
					text += " one-shot"
				}
				return text
			}), "\n")
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestContainerImage has images that the project builds.
func TestContainerImage(t *testing.T) {
	const dockerfile = "FROM debian:12\nENTRYPOINT [\"server\"]\n"
	pod := podHead + "  containers:\n  - {name: c, image: 'registry.example.com/shop/api:v1@sha256:0123456789012345678901234567890123456789012345678901234567890123'}\n"
	skaffold := func(artifact string) string {
		return "apiVersion: skaffold/v4beta6\nkind: Config\nbuild:\n  artifacts:\n  - {image: other, context: x}\n  - {image: registry.example.com/shop/api, " + artifact + "}\n"
	}
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nobody builds it":     {map[string]string{"other/Dockerfile": dockerfile}, "registry.example.com/shop/api unknown"},
		"Skaffold":             {map[string]string{"skaffold.yaml": skaffold("context: src"), "src/Dockerfile": dockerfile}, "debian:12 graceful"},
		"another Dockerfile":   {map[string]string{"skaffold.yaml": skaffold("context: src, docker: {dockerfile: d/api, target: x}"), "src/d/api": "FROM debian:12 AS x\nCMD server\nFROM scratch\n"}, "debian:12 ignored"},
		"not with Docker":      {map[string]string{"skaffold.yaml": skaffold("context: src, jib: {}"), "src/Dockerfile": dockerfile}, "registry.example.com/shop/api unknown"},
		"no such file":         {map[string]string{"skaffold.yaml": skaffold("context: nowhere")}, "registry.example.com/shop/api unknown"},
		"Compose":              {map[string]string{"compose.yaml": "services:\n  api:\n    image: registry.example.com/shop/api\n    build: src\n", "src/Dockerfile": dockerfile}, "debian:12 graceful"},
		"two of Compose":       {map[string]string{"compose.yaml": "services:\n  api:\n    image: registry.example.com/shop/api:a\n    build: src\n  b:\n    image: registry.example.com/shop/api:b\n    build: b\n", "src/Dockerfile": dockerfile, "b/Dockerfile": dockerfile}, "registry.example.com/shop/api unknown"},
		"by the folder's name": {map[string]string{"api/Dockerfile": dockerfile}, "registry.example.com/shop/api unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			test.files["deploy/k8s/web.yaml"] = pod
			got := strings.Join(launchesOf(t, test.files, func(l *process.Launch) string {
				base, _, _ := strings.Cut(l.Base, ":v1")
				return base + " " + string(l.Verdict)
			}), "\n")
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestHostileManifests has files that are made to cost much: they are left out, and the memory that they take is bounded.
func TestHostileManifests(t *testing.T) {
	merges := "a0: &a0 {name: c, image: i}\n"
	for n := range 60 {
		merges += fmt.Sprintf("a%d: &a%d\n  <<: [*a%d, *a%d]\n", n+1, n+1, n, n)
	}
	items := strings.Repeat("  - {name: c, image: 'debian:12', command: &c [sh, -c, x]}\n", 20_000)
	for name, src := range map[string]string{
		"merges":     merges + podHead + "  containers:\n  - *a60\n",
		"deep":       podHead + "  containers: " + strings.Repeat("[", 500_000),
		"flat":       podHead + "  containers: [" + strings.Repeat("a,", 1<<20),
		"documents":  strings.Repeat("---\na: [\n", 100_000) + "---\n" + podHead + "  containers: [{name: c, image: i}]\n",
		"containers": podHead + "  containers:\n" + items,
		"a long key": podHead + "  containers:\n  - " + strings.Repeat("x", 1<<20) + "\n",
		"a variable": podHead + "  containers:\n  - {name: c, image: i, env: [{name: A, value: " + strings.Repeat("x", 1000) + "}, {name: B, value: " + strings.Repeat("$(A)", 1000) + "}, {name: C, value: " + strings.Repeat("$(B)", 1000) + "}], args: ['$(C)']}\n",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			_, result := run(t, map[string]string{"k.yaml": src})
			runtime.ReadMemStats(&after)
			took, mib := time.Since(begin), (after.TotalAlloc-before.TotalAlloc)>>20
			t.Logf("%v, %d MiB, %d launches, %d problems", took, mib, len(result.Launches), len(result.Problems))
			if took > 30*time.Second || mib > 2000 {
				t.Errorf("%d bytes took %v and %d MiB", len(src), took, mib)
			}
		})
	}
}
