package lint

import (
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
)

// FuzzLookup lets any text be a Dockerfile and any path be asked for: it must neither panic nor take long.
func FuzzLookup(f *testing.F) {
	for _, text := range []string{
		"FROM alpine\nCOPY . /\nRUN mv /a /b && ln -s /b /c && chmod +x /c\nCMD [\"/c\"]",
		"FROM alpine AS x\nRUN cat > /a.sh <<EOF\n$A\nEOF\nFROM x\nCOPY --from=x --chmod=u+x /* /\nADD http://x/y /z\nENTRYPOINT /a.sh",
		"ARG T\nFROM debian:$T\nCOPY --parents ./a/./b* c/../d /e\nCOPY <<-'E' <<F /x/\n\ta\nE\n$B ${C:-d}\nF\nRUN [\"cp\", \"-t\", \"/\", \"-r\"]\nCMD a",
		"FROM scratch\nSHELL [\"\"]\nRUN for f in a b; do install -Dm755 $f /{c,d}/; done; apk add -t v a=1; echo -e '\\x' >> /e; curl -o; sed -i -e; tar x | tee\nCMD b",
	} {
		f.Add(text, "/a.sh")
	}
	f.Fuzz(func(t *testing.T, text, look string) {
		begin := time.Now()
		p, err := Load(tree(map[string]string{"Dockerfile": text, "a/b": "x", "start.sh": "#!/bin/sh\n", ".dockerignore": look, ".gitignore": look}), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := p.connectDockerfile(unit{path: "Dockerfile", kind: process.KindDockerfile, sure: true})
		if c == nil {
			return
		}
		for _, name := range []string{inDir("/", look), "/bin/sh", "/usr/local/bin/docker-entrypoint.sh", "/", "/a/b/c.sh"} {
			c.files.Lookup(name)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
