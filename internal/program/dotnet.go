package program

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// dotnetShutdown reads how long the host of a .NET application waits for its services, the web server among them: what its project sets,
// or the variables that it reads. The defaults, 5 seconds and since .NET 7 30, are left out: nobody has asked for them.
//
// Source: dotnet/runtime, Microsoft.Extensions.Hosting/src/HostOptions.cs (shutdownTimeoutSeconds of the host's configuration, which what
// is configured in code comes behind; pull request 63712 for the defaults), HostingHostBuilderExtensions.cs (the prefix DOTNET_);
// dotnet/aspnetcore, GenericWebHostBuilder.cs (the prefix ASPNETCORE_). Issue 47798: before .NET 6 the variables say nothing to it.
func dotnetShutdown(c Command, s Sources) *Shutdown {
	if len(c.Args) == 0 {
		return nil
	}
	file, runs := c.File, path.Base(c.Args[0]) == "dotnet"
	if runs {
		if len(c.Args) < 2 || path.Ext(c.Args[1]) != ".dll" {
			return nil
		}
		file = absolute(c.Dir, c.Args[1])
	}
	project := findDotnetProject(file, s)
	if project == nil && !runs {
		return nil
	}
	out := &Shutdown{Of: "the .NET host"}
	version, _ := ParseVersion(c.Variable("DOTNET_VERSION"))
	if project != nil {
		out.Files = project.files
		if found, known := project.timeout(out); found || !known {
			if !known {
				return nil
			}
			return out
		}
		version, _ = ParseVersion(project.framework)
	}
	if version[0] > 0 && version[0] < 6 {
		return nil
	}
	general, web := c.Variable("DOTNET_SHUTDOWNTIMEOUTSECONDS"), c.Variable("ASPNETCORE_SHUTDOWNTIMEOUTSECONDS")
	switch {
	case general != "" && web != "" && general != web:
		return nil
	case general != "":
		return out.limited("DOTNET_SHUTDOWNTIMEOUTSECONDS", general, time.Second)
	}
	return out.limited("ASPNETCORE_SHUTDOWNTIMEOUTSECONDS", web, time.Second)
}

// A dotnetProject is the project that an assembly is published from.
type dotnetProject struct {
	dir       string
	framework string // "8.0" of net8.0, "" where that is not written in the project
	sources   Sources
	files     []*parser.File
}

var dotnetFramework = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`<TargetFramework>\s*net(?:coreapp)?(\d+\.\d+)\s*</TargetFramework>`)
})

// findDotnetProject returns the project that "dotnet publish" makes an assembly or its launcher of, nil where that is not certain.
func findDotnetProject(file string, s Sources) *dotnetProject {
	if !path.IsAbs(file) {
		return nil
	}
	origin := s.Origin(file)
	if origin == nil {
		return nil
	}
	name := strings.TrimSuffix(path.Base(origin.Path), ".dll") + ".csproj"
	for _, dir := range origin.publishedFrom(name) {
		project := origin.Sources.File(path.Join(dir, name))
		if project == nil || strings.Contains(project.Src, "<AssemblyName>") {
			continue
		}
		p := &dotnetProject{dir: dir, sources: origin.Sources, files: []*parser.File{project}}
		if m := dotnetFramework().FindStringSubmatch(project.Src); m != nil {
			p.framework = m[1]
		}
		return p
	}
	return nil
}

// publishedFrom returns the folders in which the project of that name may be that a file is published from.
func (o *Origin) publishedFrom(name string) []string {
	if at := strings.Index(o.Path, "/bin/Release/"); at >= 0 {
		return []string{o.Path[:at]}
	}
	var dirs []string
	for _, c := range o.Commands("dotnet") {
		if len(c.Args) < 2 || path.Base(c.Args[0].Text) != "dotnet" || c.Args[1].Text != "publish" || c.Dir == "" {
			continue
		}
		var args []string
		project := ""
		for i, word := range c.Args[2:] {
			args = append(args, word.Text)
			if before := c.Args[i+1].Text; word.Known && path.Ext(word.Text) != ".sln" && word.Text[:min(1, len(word.Text))] != "-" &&
				(i == 0 || before[:min(1, len(before))] != "-" || strings.HasPrefix(before, "--no-")) && project == "" {
				project = word.Text
			}
		}
		out := option(args, "-o") + option(args, "--output")
		if out == "" || absolute(c.Dir, out) != path.Dir(o.Path) {
			continue
		}
		dir := absolute(c.Dir, project)
		if path.Ext(project) == ".csproj" {
			if path.Base(project) != name {
				continue
			}
			dir = path.Dir(dir)
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

var (
	dotnetWiring = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(program|startup|host|config|extension|service|shutdown|setup|app).*\.cs$`)
	})
	dotnetTimeout = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(Use)?ShutdownTimeout\b(?:\s*[=(]\s*(?:System\.)?TimeSpan\.From(Seconds|Minutes|Milliseconds)\(\s*(\d{1,7})(?:\.0)?\s*\))?`)
	})
	dotnetComment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)//.*$|/\*(?s:.*?)\*/`) })
)

// timeout looks for what the code of the project sets. It returns false where it does so in a form that is not known, or more than once.
func (p *dotnetProject) timeout(out *Shutdown) (found, known bool) {
	left := maxNames
	known = true
	var look func(dir string, depth int)
	look = func(dir string, depth int) {
		for _, name := range p.sources.Names(dir) {
			if left--; left < 0 || depth > 20 {
				known = false
				return
			}
			switch {
			case !strings.Contains(name, ".") && name != "bin" && name != "obj" && name != "node_modules":
				look(path.Join(dir, name), depth+1)
			case dotnetWiring().MatchString(name):
				file := p.sources.File(path.Join(dir, name))
				if file == nil {
					known = false
					return
				}
				src := dotnetComment().ReplaceAllStringFunc(file.Src, func(comment string) string { return strings.Repeat(" ", len(comment)) })
				for _, m := range dotnetTimeout().FindAllStringSubmatchIndex(src, -1) {
					if m[2] < 0 && !strings.Contains(src, "HostOptions") {
						continue // another thing's
					}
					if found || m[4] < 0 || strings.Contains(src[max(0, m[0]-300):m[0]], "if (") {
						known = false
						return
					}
					unit := map[string]time.Duration{"Seconds": time.Second, "Minutes": time.Minute, "Milliseconds": time.Millisecond}[src[m[4]:m[5]]]
					n, err := strconv.Atoi(src[m[6]:m[7]])
					if err != nil || n <= 0 {
						known = false
						return
					}
					found = true
					out.Limit = Limit{Time: time.Duration(n) * unit, Setting: "ShutdownTimeout", At: parser.Span{File: file, Start: m[0], End: m[1]}}
					p.files = append(p.files, file)
					out.Files = p.files
				}
			}
		}
	}
	look(p.dir, 0)
	return found, known
}
