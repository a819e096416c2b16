package program

import (
	"path"
	"slices"
	"strings"
)

// A javaCommand is a command line of java, with what its environment adds.
type javaCommand struct {
	jar        string            // as it is written; "" where it starts a class
	properties map[string]string // -Dname=value, of the environment too
	args       []string          // of the application
	more       bool              // there are options that are not known
	class      string            // that is started, where it is no jar
	path       string            // the class path
}

// unpacked reports whether the application may be a jar that was taken to pieces: Spring Boot's launcher starts it, or its main class
// does with a folder of libraries.
func (j *javaCommand) unpacked() bool {
	return strings.HasPrefix(j.class, "org.springframework.boot.loader.") || j.class != "" && strings.Contains(j.path, "/*")
}

// javaOptions are variables whose options java takes, the one that counts most last. JAVA_OPTS is none of them: scripts use it.
//
// Source: docs.oracle.com, JDK 17 tool reference, java (JDK_JAVA_OPTIONS); JVMTI 1.2 (JAVA_TOOL_OPTIONS goes in front of the command line).
var javaOptions = []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}

// parseJava reads a command line. It returns false where that is not one of java, or its options are in a file.
func parseJava(c Command) (*javaCommand, bool) {
	if len(c.Args) == 0 || path.Base(c.Args[0]) != "java" {
		return nil, false
	}
	runtime, _ := RuntimeNamed("java")
	j := &javaCommand{properties: map[string]string{}}
	property := func(arg string) {
		if text, ok := strings.CutPrefix(arg, "-D"); ok {
			name, value, _ := strings.Cut(text, "=")
			j.properties[name] = value
		}
	}
	for _, name := range javaOptions {
		for _, arg := range strings.Fields(c.Variable(name)) {
			j.more = j.more || arg == Unresolved || strings.HasPrefix(arg, "@")
			property(arg)
		}
	}
	jar := false
	for i := 1; i < len(c.Args); i++ {
		switch arg := c.Args[i]; {
		case arg == "-jar":
			jar = true // further options may follow, and then the file
		case strings.HasPrefix(arg, "@"):
			return nil, false
		case strings.HasPrefix(arg, "-D"):
			property(arg)
		case strings.HasPrefix(arg, "-"):
			if strings.Contains(runtime.Values, " "+arg+" ") {
				if i++; i < len(c.Args) && (arg == "-cp" || strings.HasSuffix(arg, "classpath") || strings.HasSuffix(arg, "class-path")) {
					j.path = c.Args[i]
				}
			}
		case strings.HasPrefix(arg, "$"):
			// A variable that is not set brings nothing.
			j.more = j.more || c.Variable(strings.Trim(arg, "${}")) == Unresolved
		default:
			if jar {
				j.jar = arg
			} else {
				j.class = arg
			}
			j.args = c.Args[i+1:]
			return j, true
		}
	}
	return j, true
}

// argument returns what "--name=value" of the application says, the last one that is given.
func (j *javaCommand) argument(name string) (value string, given bool) {
	for _, arg := range j.args {
		if rest, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			value, given = rest, true
		}
	}
	return value, given
}

// begins reports whether an argument or a property of the command begins so: "spring.config.".
func (j *javaCommand) begins(prefix string) bool {
	for name := range j.properties {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.ContainsFunc(j.args, func(arg string) bool { return strings.HasPrefix(arg, "--"+prefix) })
}
