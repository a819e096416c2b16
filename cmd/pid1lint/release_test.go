package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// A release is what .goreleaser.yaml says, as far as other files rely on it.
type release struct {
	Builds []struct {
		Main    string   `yaml:"main"`
		OS      []string `yaml:"goos"`
		Arch    []string `yaml:"goarch"`
		Flags   []string `yaml:"flags"`
		Linking []string `yaml:"ldflags"`
	} `yaml:"builds"`
	Archives []struct {
		Name    string   `yaml:"name_template"`
		Formats []string `yaml:"formats"`
	} `yaml:"archives"`
	Checksum struct {
		Name string `yaml:"name_template"`
	} `yaml:"checksum"`
	Images []struct {
		Files []string          `yaml:"extra_files"`
		Args  map[string]string `yaml:"build_args"`
	} `yaml:"dockers_v2"`
}

func readRelease(t *testing.T) release {
	t.Helper()
	var r release
	if err := yaml.Unmarshal([]byte(get(t, "../..", ".goreleaser.yaml")), &r); err != nil {
		t.Fatalf("reading .goreleaser.yaml: %v", err)
	}
	if len(r.Builds) != 1 || len(r.Archives) != 1 || len(r.Images) != 1 {
		t.Fatalf("one build, one archive and one image were expected: %+v", r)
	}
	return r
}

// targets lists what a release is built for, as the names of archives have it: "linux_amd64".
func (r release) targets() []string {
	var all []string
	for _, system := range r.Builds[0].OS {
		for _, arch := range r.Builds[0].Arch {
			all = append(all, system+"_"+arch)
		}
	}
	return all
}

// TestRelease holds the configuration of releases against the files that rely on it: action.yml loads the archives, and the
// Dockerfile copies what stands in the build context.
func TestRelease(t *testing.T) {
	r := readRelease(t)
	if want := []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"}; !slices.Equal(r.targets(), want) {
		t.Errorf("it is built for %q", r.targets())
	}
	if a := r.Archives[0]; a.Name != "{{ .ProjectName }}_{{ .Os }}_{{ .Arch }}" || a.Formats != nil || r.Checksum.Name != "checksums.txt" {
		t.Errorf("action.yml does not know archives named %s in the formats %q with %s", a.Name, a.Formats, r.Checksum.Name)
	}
	build, args := strings.Join(append(r.Builds[0].Linking, r.Builds[0].Flags...), " "), r.Images[0].Args
	if !strings.Contains(build, "-X main.version=v{{ .Version }}") || args["VERSION"] != "v{{ .Version }}" || !strings.Contains(build, "-trimpath") {
		t.Errorf("it is built with %s, the image with %q", build, args)
	}
	var copied []string
	for line := range strings.Lines(get(t, "../..", "Dockerfile")) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == "COPY" && !strings.HasPrefix(fields[1], "--") {
			copied = append(copied, fields[1:len(fields)-1]...)
		}
	}
	if diff := cmp.Diff(copied, r.Images[0].Files); diff != "" {
		t.Errorf("files of the image (-copied +in its context):\n%s", diff)
	}
}
