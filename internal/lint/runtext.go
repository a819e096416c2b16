package lint

import "strings"

// RunText implements process.RunReader: what all RUN instructions of the image say, and whether its base image is known, so that
// nothing else has written into it.
func (f launchFiles) RunText() (text string, whole bool) {
	var all strings.Builder
	for _, st := range f.files.steps {
		if st.copy == nil {
			all.WriteString(st.text())
			all.WriteString("\n")
		}
	}
	b := f.files.base
	return all.String(), b.StartKnown || b.Complete
}
