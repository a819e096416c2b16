package lint

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
)

// deployment finds out, once for a project, whether it sets elsewhere what decides how its applications of Spring Boot or Quarkus stop:
// in a folder of settings that is mounted, in a chart, in a task definition.
type deployment struct {
	once sync.Once
	sets bool
}

// stopSettings are the names under which it may be set, and those under which other files of settings may be named.
var stopSettings = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)server\.?_?shutdown|shutdown["']?\s*[:=]\s*["']?graceful|spring[._]config[._](location|import|additional|name)|quarkus[._]shutdown|graceful[-_]?shutdown|micronaut[._]config`)
})

// The limits of the search. A project that is larger may set it.
const (
	maxDeployed     = 30000
	maxDeployedSize = 256 << 10
)

// setsElsewhere reports whether a file of the project that is no source of a module may set it.
func (p *Project) setsElsewhere() bool {
	p.deployment.once.Do(func() {
		left := maxDeployed
		err := fs.WalkDir(p.sources.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil //nolint:nilerr // what cannot be read is passed over
			case left <= 0:
				p.deployment.sets = true
				return fs.SkipAll
			case entry.IsDir():
				switch base := entry.Name(); {
				case base == "node_modules", base == "target", base == "vendor", name != "." && strings.HasPrefix(base, "."),
					path.Base(path.Dir(name)) == "src" && (base == "main" || base == "test"):
					return fs.SkipDir
				}
				return nil
			}
			left--
			if !mayDeploy(entry.Name()) {
				return nil
			}
			if info, err := entry.Info(); err != nil || info.Size() > maxDeployedSize {
				return nil //nolint:nilerr // as above; nobody writes so many settings
			}
			if text, _, err := readFile(p.sources.fsys, name); err == nil && stopSettings().MatchString(text) {
				p.deployment.sets = true
				return fs.SkipAll
			}
			return nil
		})
		p.deployment.sets = p.deployment.sets || err != nil
	})
	return p.deployment.sets
}

// mayDeploy reports whether a file of that name may say how an image is run.
func mayDeploy(name string) bool {
	switch path.Ext(name) {
	case ".yml", ".yaml", ".properties", ".env", ".json", ".tf", ".tpl", ".sh", ".conf", ".toml":
		return name != "package-lock.json"
	}
	return strings.HasPrefix(name, ".env")
}
