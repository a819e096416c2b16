package lint

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/pid1lint/pid1lint/internal/process"
)

func TestList(t *testing.T) {
	files := map[string]string{"conf.d/a.conf": "a", "conf.d/b.conf": "b", "app.conf": "c", "etc/supervisor/conf.d/x.conf": "d"}
	for _, test := range []struct {
		name, dockerfile string
		want             []string
		known            bool
	}{
		{"a folder", "COPY conf.d /etc/supervisor/conf.d", []string{"a.conf", "b.conf"}, true},
		{"a folder above", "COPY etc /etc", []string{"x.conf"}, true},
		{"a file by its name", "COPY app.conf /etc/supervisor/conf.d/web.conf", []string{"web.conf"}, true},
		{"a file into the folder", "COPY app.conf /etc/supervisor/conf.d/", []string{"app.conf"}, true},
		{"a pattern", "COPY conf.d/*.conf /etc/supervisor/conf.d/", []string{"a.conf", "b.conf"}, true},
		{"a here-document", "COPY <<EOF /etc/supervisor/conf.d/h.conf\nx\nEOF", []string{"h.conf"}, true},
		{"written by a command", "RUN echo x > /etc/supervisor/conf.d/r.conf", []string{"r.conf"}, true},
		{"another stage", "RUN true\nFROM debian:12\nCOPY --from=0 /conf /etc/supervisor/conf.d", []string{"conf"}, true},
		{"another image", "COPY --from=other:1 /etc /etc", nil, false},
		{"nothing", "COPY app.conf /app.conf", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			fsys := fstest.MapFS{"Dockerfile": &fstest.MapFile{Data: []byte("FROM debian:12\n" + test.dockerfile + "\nCMD [\"x\"]\n")}}
			for name, text := range files {
				fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
			}
			lister := connectFile(t, fsys, "Dockerfile", "").files.(process.Lister)
			names, known := lister.List("/etc/supervisor/conf.d")
			slices.Sort(names)
			if !slices.Equal(names, test.want) || known != test.known {
				t.Errorf("%q, known %v; want %q, %v", names, known, test.want, test.known)
			}
		})
	}
}
