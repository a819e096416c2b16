package lint

import (
	"fmt"
	"testing"

	"github.com/pid1lint/pid1lint/rules"
)

// TestParallel lints many Dockerfiles at once whose RUN instructions print: nothing that they share may be written to.
func TestParallel(t *testing.T) {
	files := map[string]string{}
	for n := range 1000 {
		files[fmt.Sprintf("%d/Dockerfile", n)] = fmt.Sprintf("FROM debian:12\nRUN if a; then echo -e 'a\\t%d' > /a; fi; printf '#!/bin/sh\\nexec server %%s\\n' %d > /start.sh && chmod +x /start.sh\nCMD [\"/start.sh\"]\n", n, n)
	}
	p, err := Load(tree(files), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	result := p.Run(rules.All())
	for _, problem := range result.Problems {
		t.Error(problem.Message)
	}
	for _, l := range result.Launches {
		if want := fmt.Sprintf("server %s", l.Origin.File.Path[:len(l.Origin.File.Path)-len("/Dockerfile")]); l.App == nil || l.App.Argv[0].Text+" "+l.App.Argv[1].Text != want {
			t.Errorf("%s starts %v, want %s", l.Origin.File.Path, l.App, want)
		}
	}
}
