package lint

import (
	"path"
	"strings"
)

// A nameKind is what the name of a file says about its content.
type nameKind uint8

const (
	otherName      nameKind = iota
	dockerfileName          // surely meant to be a Dockerfile
	likeDockerfile          // may be a Dockerfile: its content has to be looked at
	templateName            // becomes a Dockerfile only after a template engine has run over it
	scriptName              // a shell script
	besideName              // belongs to a Dockerfile but is none: Dockerfile.dockerignore
	composeName             // a Compose file, if its content is one
	yamlName                // YAML that may be a manifest: its content has to be looked at
)

// kindOfName takes the path of a file and returns what its name says.
//
// Known forms: Dockerfile and Containerfile in any case, with a suffix behind ".", "-" or "_" or with a number, and
// anything that ends in .dockerfile or .containerfile. YAML files: composePattern.
func kindOfName(name string) nameKind {
	name = strings.ToLower(path.Base(name))
	ext := path.Ext(name)
	switch ext {
	case ".dockerfile", ".containerfile":
		return dockerfileName
	case ".sh", ".bash", ".ash", ".dash", ".ksh", ".zsh":
		return scriptName
	case ".yaml", ".yml":
		if composePattern.MatchString(name) {
			return composeName
		}
		return yamlName
	}
	rest, found := strings.CutPrefix(name, "dockerfile")
	if !found {
		rest, found = strings.CutPrefix(name, "containerfile")
	}
	if !found {
		if strings.HasSuffix(name, "dockerfile") || strings.HasSuffix(name, "containerfile") {
			// my-dockerfile, Dev_Dockerfile: real, but so are folders and notes of that name.
			return likeDockerfile
		}
		return otherName
	}
	if rest == "" {
		return dockerfileName
	}
	parts := strings.FieldsFunc(rest, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
	for _, part := range parts {
		if templateEngines[part] {
			return templateName
		}
	}
	switch {
	case ext == ".dockerignore" || ext == ".containerignore":
		return besideName
	case ext == ".in":
		return templateName
	case otherFormats[ext] || strings.HasSuffix(name, "~"):
		return otherName
	case strings.ContainsRune(".-_", rune(rest[0])) || isNumber(rest):
		return dockerfileName
	}
	return likeDockerfile
}

// templateEngines are the words by which the names of templates give themselves away.
var templateEngines = map[string]bool{
	"template": true, "templates": true, "tmpl": true, "tpl": true, "gotmpl": true, "j2": true, "jinja": true, "jinja2": true,
	"erb": true, "ejs": true, "hbs": true, "handlebars": true, "mustache": true, "liquid": true, "twig": true, "njk": true,
	"mako": true, "m4": true, "envsubst": true, "cookiecutter": true, "dot": true,
}

// otherFormats are the endings of files that are about Dockerfiles, or made from them, and are none.
var otherFormats = map[string]bool{
	".md": true, ".rst": true, ".txt": true, ".adoc": true, ".html": true, ".pdf": true, ".png": true, ".svg": true,
	".sh": true, ".go": true, ".py": true, ".rb": true, ".rs": true, ".js": true, ".ts": true, ".java": true, ".c": true, ".h": true,
	".php": true, ".pl": true, ".lua": true, ".cs": true, ".kt": true, ".scala": true, ".ps1": true, ".bat": true, ".nix": true,
	".json": true, ".yaml": true, ".yml": true, ".toml": true, ".xml": true, ".ini": true, ".cfg": true, ".lock": true,
	".tf": true, ".mk": true, ".cmake": true, ".snap": true, ".golden": true, ".vim": true, ".el": true,
	".orig": true, ".rej": true, ".bak": true, ".swp": true, ".swo": true, ".tmp": true, ".diff": true, ".patch": true,
	".gz": true, ".tgz": true, ".zip": true, ".tar": true, ".sha256": true, ".asc": true, ".sig": true, ".log": true,
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// looksLikeDockerfile reports whether a text starts as a Dockerfile does: with FROM, or with ARG and a FROM further down.
func looksLikeDockerfile(src string) bool {
	first := true
	for line := range strings.Lines(strings.TrimPrefix(src, "\ufeff")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if strings.EqualFold(word, "FROM") && strings.TrimSpace(rest) != "" {
			return true
		}
		if first && !strings.EqualFold(word, "ARG") {
			return false
		}
		first = false
	}
	return false
}
