package lint

import (
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// An override is what is said about a start outside of the image: by a service of a Compose file, by a container of a manifest.
type override struct {
	kind   process.Kind
	name   string      // of the service or the container, or the stage that is asked for
	origin parser.Span // where the start is written; zero for the place in the Dockerfile

	entrypoint *parser.Command // instead of that of the image, whose CMD then does not count either; nil leaves both
	cmd        *parser.Command // instead of CMD; nil leaves it
	env        map[string]string
	unresolved []string    // names of variables that are set to something that cannot be known
	moreEnv    bool        // there are more variables, which are not known
	signal     parser.Word // Text is "" where nothing is said, as in the following
	user       parser.Word
	dir        parser.Word
	grace      time.Duration // 0 where nothing is said
	init       bool
	input      bool // standard input stays open
	oneShot    bool // it is to end by itself
	graceAt    parser.Span
	fields     parser.Span
	sharedPID  parser.Span
	dropped    parser.Span                    // what Compose leaves out of a command
	scripts    map[parser.Word]*parser.Script // of the words that are programs of a shell
	gaps       []process.Gap
	preStop    *process.Hook
	awaited    string      // who waits for its end
	imageAt    parser.Span // where the image is named, for a container of a manifest
}

func (o *override) gap(at parser.Span, reason string) {
	o.gaps = append(o.gaps, process.Gap{Span: at, Reason: reason})
}

// change makes the configuration of an image that of a container.
//
// Source: merge in daemon/commit.go of Moby; Kubernetes has the same rules in "Define a Command and Arguments for a Container".
func (o *override) change(config *parser.Config) {
	if o.entrypoint != nil {
		config.Entrypoint = *o.entrypoint
		if len(o.entrypoint.Words) > 0 {
			config.Cmd = parser.Command{}
		}
	}
	if o.cmd != nil {
		config.Cmd = *o.cmd
	}
	for name, value := range o.env {
		config.Env[name] = value
		delete(config.Unresolved, name)
	}
	for _, name := range o.unresolved {
		config.Unresolved[name] = true
	}
	if o.signal.Text != "" {
		config.StopSignal = o.signal
	}
	if o.user.Text != "" {
		config.User = o.user
	}
	if o.dir.Text != "" {
		config.Workdir, config.WorkdirUnknown = inDir("/", o.dir.Text), !o.dir.Known
	}
}
