package program

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pid1lint/pid1lint/parser"
)

// A javaSettings is where the settings of an application of Spring Boot, Dubbo, Micronaut or Quarkus are looked for: on its command line, in its
// environment and in the files of its module.
type javaSettings struct {
	command   Command
	java      *javaCommand
	files     []settingsFile
	profiles  []string // those that the command or its environment names
	chosen    bool     // it names some
	elsewhere bool     // settings are read from elsewhere, too: a server, another file
}

// A settingsFile is one file of settings.
type settingsFile struct {
	profile    string // of its name: "prod" of application-prod.yml; "" for all
	properties []parser.Property
}

// A javaSetting is what is known of one setting.
type javaSetting struct {
	value string
	at    parser.Span // where it is written; zero for an option or a variable
	set   bool
	known bool // that it is not set, or what it is set to
}

// canonical returns the name of a setting in the form in which all ways to write it are the same.
//
// Source: docs.spring.io, Spring Boot 3.3 reference, features/external-config, relaxed binding.
func canonical(key string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(key, "-", ""), "_", ""))
}

// newJavaSettings reads the files of settings of a module, in Spring's places and, for Quarkus, its own.
func newJavaSettings(c Command, j *javaCommand, b *javaBuild) *javaSettings {
	s := &javaSettings{command: c, java: j}
	for _, module := range b.modules {
		for _, folder := range []string{"src/main/resources", "src/main/resources/config"} {
			s.readFolder(b, path.Join(module, folder))
		}
	}
	for _, module := range b.modules {
		for _, name := range b.sources.Names(path.Join(module, "src/main/resources/META-INF")) {
			s.elsewhere = s.elsewhere || strings.HasPrefix(name, "microprofile-config")
		}
	}
	// Whoever has no file of settings in the module has it elsewhere.
	s.elsewhere = s.elsewhere || b.custom || j.more || len(s.files) == 0
	s.chooseProfiles()
	return s
}

var settingsFileName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(application|bootstrap|dubbo)(?:-([\w.-]+))?\.(properties|ya?ml)$`)
})

func (s *javaSettings) readFolder(b *javaBuild, dir string) {
	for _, name := range b.sources.Names(dir) {
		m := settingsFileName().FindStringSubmatch(name)
		if m == nil {
			continue
		}
		file := b.read(path.Join(dir, name))
		if file == nil {
			s.elsewhere = true // it is there, and cannot be read
			continue
		}
		if m[1] == "bootstrap" {
			s.elsewhere = true // it says from which server further settings come
		}
		properties, err := settingsOf(file)
		if err != nil {
			s.elsewhere = true
			continue
		}
		for _, p := range properties {
			s.elsewhere = s.elsewhere || fromElsewhere(canonical(p.Key))
		}
		s.files = append(s.files, settingsFile{m[2], properties})
	}
}

// fromElsewhere reports whether a setting says where further settings come from.
func fromElsewhere(key string) bool {
	if strings.HasPrefix(key, "spring.config.activate.") {
		return false
	}
	return slices.ContainsFunc([]string{"spring.config.", "spring.cloud.config.", "spring.cloud.nacos.", "spring.cloud.kubernetes.", "spring.cloud.consul.", "spring.cloud.zookeeper.",
		"spring.cloud.vault.", "apollo.", "micronaut.config"}, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

func settingsOf(file *parser.File) ([]parser.Property, error) {
	if path.Ext(file.Path) == ".properties" {
		return parser.ParseProperties(file), nil
	}
	y, err := parser.ParseYAML(file)
	if err != nil {
		return nil, err
	}
	return y.Properties(), nil
}

// chooseProfiles finds the profiles that the command or its environment names. What a file names is often changed when a container
// starts.
func (s *javaSettings) chooseProfiles() {
	names, given := s.given("spring.profiles.active")
	if !given {
		return
	}
	s.chosen = !strings.Contains(names, "$")
	for name := range strings.SplitSeq(names, ",") {
		s.profiles = append(s.profiles, strings.TrimSpace(name))
	}
}

// given returns what the command line, properties of the JVM or the environment say of a setting; the first of these counts.
func (s *javaSettings) given(name string) (string, bool) {
	if value, ok := s.java.argument(name); ok {
		return value, true
	}
	for key, value := range s.java.properties {
		if canonical(key) == canonical(name) {
			return value, true
		}
	}
	upper := strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
	for _, variable := range []string{strings.ReplaceAll(upper, "-", ""), strings.ReplaceAll(upper, "-", "_")} {
		if value := s.command.Variable(variable); value != "" {
			return value, true
		}
	}
	return "", false
}

// get returns what is known of a setting.
func (s *javaSettings) get(name string) javaSetting {
	if s.command.Variable("SPRING_APPLICATION_JSON") != "" {
		return javaSetting{}
	}
	if value, ok := s.given(name); ok {
		return javaSetting{value: value, set: true, known: !strings.ContainsAny(value, "$@")}
	}
	if s.elsewhere || s.java.begins("spring.config.") || s.command.Variable("SPRING_CONFIG_LOCATION")+s.command.Variable("SPRING_CONFIG_ADDITIONAL_LOCATION")+s.command.Variable("SPRING_CONFIG_IMPORT")+s.command.Variable("SPRING_CONFIG_NAME") != "" {
		return javaSetting{}
	}
	var general, special []parser.Property
	for _, file := range s.files {
		for _, p := range file.properties {
			if strings.HasPrefix(p.Key, "%") && strings.HasSuffix(canonical(p.Key), "."+canonical(name)) {
				return javaSetting{set: true} // of a profile of Quarkus
			}
			if canonical(p.Key) != canonical(name) {
				continue
			}
			profile, plain := file.profile, true
			if own, ok := profileOf(file.properties, p.Document); ok {
				plain, profile = profile == "" && isProfile(own), own
			}
			switch {
			case !plain:
				return javaSetting{set: true}
			case profile == "":
				general = append(general, p)
			case !s.chosen:
				return javaSetting{set: true}
			case slices.Contains(s.profiles, profile):
				special = append(special, p)
			}
		}
	}
	if len(special) == 0 {
		special = general
	}
	if len(special) == 0 {
		return javaSetting{known: true}
	}
	last := special[len(special)-1]
	for _, p := range special {
		if p.Value.Text != last.Value.Text || !p.Value.Known {
			return javaSetting{set: true}
		}
	}
	return javaSetting{value: strings.TrimSpace(last.Value.Text), at: last.Value.Span, set: true, known: true}
}

// profileOf returns the profile that a document of a file is for.
func profileOf(properties []parser.Property, document int) (string, bool) {
	for _, p := range properties {
		if p.Document != document {
			continue
		}
		switch key := canonical(p.Key); {
		case key == "spring.config.activate.onprofile", key == "spring.profiles":
			return p.Value.Text, true
		case strings.HasPrefix(key, "spring.config.activate."), strings.HasPrefix(key, "spring.profiles["):
			return "?", true
		}
	}
	return "", false
}

// isProfile reports whether a text is the name of one profile, and no expression.
func isProfile(text string) bool {
	return text != "" && !strings.ContainsAny(text, "!&|(), ?$#@")
}
