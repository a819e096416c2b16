package image

import "strings"

// Resolve says what the image of a reference brings along, written as in a FROM line or a Compose file.
//
// It answers false where the image itself is not known. Then Name is still its normalised name, and System and what follows from it are filled in
// where a suite in the tag tells ("registry.example.com/app:1.2-alpine3.19"); nothing is known of its entrypoint then, and StartKnown is false.
//
// The system comes from the tag itself for images of systems; else from tags.txt, a suite in the tag, the version that the tag begins with, and
// the image's entry in images.txt, in this order.
func Resolve(ref string) (Base, bool) {
	r := parseReference(ref)
	b := Base{Name: r.String()}
	if r.name == "" {
		return b, false
	}
	e, known := findEntry(r)
	s := r.system(e)
	if s.os == "windows" {
		b.System, b.Windows, b.HasSh, b.HasBash, b.Source = s.name, true, No, No, s.source
		return b, known || strings.HasPrefix(r.name, "mcr.microsoft.com/windows")
	}
	s.describe(&b)
	if !known {
		b.Complete = false
		return b, false
	}
	e.describe(&b, s)
	b.Complete = e.complete && s.complete
	return b, true
}

// system finds the system of an image and tag; e is the image's entry, the zero entry where there is none.
func (r reference) system(e entry) system {
	if r.windows || strings.Contains(e.system, "windows") || windowsTag(r.tag) {
		return findSystem("windows")
	}
	if os, ok := strings.CutSuffix(e.system, "/"); ok {
		return release(os, r.tag)
	}
	if e.system != "" {
		return findSystem(e.system)
	}
	image := r.name
	if e.like != "" {
		image = e.like
	}
	key, exact := findTag(image, r.tag)
	if key != "" && exact {
		return findSystem(key)
	}
	if s := suite(r.tag); s.name != "" {
		return s
	}
	if key != "" {
		return findSystem(key)
	}
	if s := bareSystem(r.tag); s.name != "" {
		return s
	}
	if e.fallback != "" && r.tag != "" { // a digest alone may be of any variant
		return findSystem(e.fallback)
	}
	return system{}
}

// windowsTag says whether a tag is of a Windows image: "ltsc2022", "8.0-nanoserver-1809".
func windowsTag(tag string) bool {
	return strings.Contains(tag, "nanoserver") || strings.Contains(tag, "windowsservercore") || strings.Contains(tag, "servercore-ltsc") ||
		strings.HasPrefix(tag, "ltsc20") || strings.Contains(tag, "-ltsc20") || strings.Contains(tag, "windows-")
}
