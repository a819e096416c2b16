package program

import (
	"strings"
	"sync"
)

// A Server is what is known of a program that serves until it is stopped. Of a signal that is in none of its sets nothing
// is known.
type Server struct {
	Form Form
	Options
	Graceful   Signals // they let it finish what it does
	Abrupt     Signals // they end it with its work undone
	Deaf       Signals // it handles them without ending
	None       Signals // it has no handler for them: as PID 1 it ignores them
	Daemonizes bool    // it goes into the background by itself
	Setting    Setting // a file says what it does
	Brief      bool    // it is not the server at all: nginx -t
	Helper     bool    // it serves others: what becomes of it matters where it is alone
	Drain      string  // the option that says for how many seconds it goes on with what it is at
	Seconds    int     // how long it needs to stop in any case, where that is longer than usual
	Root       bool    // so it is only where root starts it
	Why        string  // a clause behind "because": what it does with the signal
	Foreground string  // how to keep it in the foreground, for one that daemonizes
	Source     string
}

// A Setting names a kind of configuration that decides about a server.
type Setting uint8

// The settings.
const (
	NoSetting    Setting = iota
	NginxDaemon          // "daemon off;" in nginx.conf keeps it in the foreground
	FPMDaemonize         // "daemonize = no" in php-fpm.conf keeps it in the foreground
	FPMControl           // process_control_timeout in php-fpm.conf makes SIGQUIT graceful
	RedisConf            // "daemonize yes" in redis.conf
	UWSGIConf            // master, die-on-term and hooks in the configuration of uwsgi
)

const (
	nginxWhy  = "nginx takes it as a fast shutdown and drops the requests in flight"
	apacheWhy = "apache drops the requests in flight"
	fpmWhy    = "php-fpm drops the requests in flight"
	noTERM    = "it installs no handler for it"
	quick     = "it ends at once and drops the requests in flight"
	uwsgiSrc  = "measured, uwsgi 2.0.28"
	cronSrc   = "measured, cron 3.0pl1, busybox 1.37"
	daemons   = "measured, sysvinit-utils"
)

// servers. The first row that fits decides.
var servers = []Server{
	{Form: "nginx|openresty|nginx-debug", Options: Options{With: "-t -T -v -V -s -h -?"}, Brief: true, Source: "nginx(8)"},
	{Form: "nginx|openresty|nginx-debug", Graceful: quit, Abrupt: term | intr, Deaf: hup | usr1 | usr2 | winch, Setting: NginxDaemon, Why: nginxWhy, Foreground: `-g "daemon off;"`, Source: "measured, nginx 1.26.3; nginx(8)"},

	{Form: "apache2|httpd", Options: Options{With: "-t -v -V -S -M -l -L stop graceful-stop"}, Brief: true, Source: "httpd(8)"},
	{Form: "apache2|httpd", Options: Options{With: "-DFOREGROUND FOREGROUND -DNO_DETACH NO_DETACH -X"}, Graceful: winch, Abrupt: term | intr, Deaf: hup | usr1, Why: apacheWhy, Source: "measured, apache 2.4.71; docker-library httpd"},
	{Form: "apache2|httpd", Graceful: winch, Abrupt: term | intr, Deaf: hup | usr1, Daemonizes: true, Why: apacheWhy, Foreground: "-DFOREGROUND", Source: "httpd(8)"},
	{Form: "apache2-foreground|httpd-foreground", Graceful: winch, Abrupt: term | intr, Deaf: hup | usr1, Why: apacheWhy, Source: "measured, apache 2.4.71; docker-library php and httpd end in exec"},
	{Form: "apachectl|apache2ctl", Options: Options{With: "configtest stop graceful-stop status fullstatus -t -v -V -S -M -l -L"}, Brief: true, Source: "apachectl(8)"},
	{Form: "apachectl|apache2ctl", Options: Options{Without: "-DFOREGROUND FOREGROUND -DNO_DETACH NO_DETACH -X"}, Daemonizes: true, Graceful: winch, Abrupt: term | intr, Why: apacheWhy, Foreground: "apache2-foreground, or apache2 -DFOREGROUND with exec", Source: "apachectl(8)"},

	{Form: "php-fpm*|php-fpm*-fpm", Options: Options{With: "-t -i -m -v -h --test --version --help"}, Brief: true, Source: "php-fpm(8)"},
	{Form: "php-fpm*", Options: Options{With: "-D --daemonize", Clusters: true}, Daemonizes: true, Abrupt: term | intr, Why: fpmWhy, Foreground: "-F", Source: "php-fpm(8)"},
	{Form: "php-fpm*", Options: Options{With: "-F --nodaemonize", Clusters: true}, Abrupt: term | intr, Deaf: usr1 | usr2, Setting: FPMControl, Why: fpmWhy, Source: "measured, php-fpm 8.4.28"},
	{Form: "php-fpm*", Abrupt: term | intr, Deaf: usr1 | usr2, Setting: FPMDaemonize, Why: fpmWhy, Foreground: "-F", Source: "measured, php-fpm 8.4.28; php-fpm(8)"},

	{Form: "haproxy", Options: Options{With: "-c -v -vv"}, Brief: true, Source: "haproxy(1)"},
	{Form: "haproxy", Options: Options{With: "-D"}, Daemonizes: true, Graceful: usr1, Foreground: "-W -db", Source: "haproxy(1)"},
	{Form: "haproxy", Options: Options{With: "-W -Ws"}, Graceful: usr1, Abrupt: term | intr, Deaf: hup | usr2, Why: "haproxy drops the connections in flight", Source: "measured, haproxy 3.0.11"},
	{Form: "haproxy", Graceful: usr1, None: term | intr, Why: "haproxy without -W installs no handler for it", Source: "measured, haproxy 3.0.11"},

	{Form: "postgres|postmaster", Graceful: intr, Abrupt: quit, Deaf: term | hup, Why: "postgres takes it as a smart shutdown, which waits until the last client has gone", Source: "measured, postgresql 17.12; postgres(1)"},
	{Form: "mysqld|mariadbd", Graceful: term, Source: "measured, mariadb 11.8.6"},
	{Form: "redis-server|valkey-server", Graceful: term | intr, Setting: RedisConf, Foreground: "--daemonize no", Source: "measured, redis 8.0.2, valkey 8.1.1"},
	{Form: "memcached", Options: Options{With: "-d --daemon"}, Daemonizes: true, Graceful: term, Foreground: "no -d", Source: "memcached(1)"},
	{Form: "memcached", Graceful: term | intr, Source: "measured, memcached 1.6.38"},
	{Form: "rabbitmq-server", Options: Options{With: "-detached"}, Daemonizes: true, Graceful: term, Foreground: "no -detached", Source: "rabbitmq-server(8)"},
	{Form: "rabbitmq-server", Root: true, None: term | intr, Why: "Debian's script runs the server through su without exec where root starts it", Source: "measured, rabbitmq-server 4.0.5 of Debian as root"},
	{Form: "rabbitmq-server", Graceful: term, Source: "measured, rabbitmq-server 4.0.5 as its user"},
	{Form: "elasticsearch", Graceful: term, Source: "elastic/elasticsearch docker-entrypoint.sh"},

	{Form: "gunicorn", Options: Options{With: "-D --daemon"}, Daemonizes: true, Graceful: term, Foreground: "no --daemon", Source: "docs.gunicorn.org settings"},
	{Form: "gunicorn", Drain: "--graceful-timeout", Graceful: term, Abrupt: intr | quit, Deaf: hup | usr1 | usr2 | ttin | ttou | winch, Why: "gunicorn takes it as a quick shutdown and drops the requests in flight", Source: "measured, gunicorn 23.0.0; docs.gunicorn.org signals"},
	{Form: "uvicorn", Drain: "--timeout-graceful-shutdown", Graceful: term | intr, Source: "measured, uvicorn 0.32.0"},
	{Form: "hypercorn", Drain: "--graceful-timeout", Graceful: term | intr, Source: "measured, hypercorn 0.17.3"},
	{Form: "daphne", Abrupt: term, Why: "daphne " + quickly, Source: "measured, daphne 4.1.2"},
	{Form: "waitress-serve|waitress", Graceful: intr, None: term, Why: "waitress installs no handler for it", Source: "measured, waitress 3.0.2"},
	{Form: "flask run", Options: Options{With: "--debug --reload"}, Abrupt: term, Why: "flask's reloader " + quickly, Source: "measured, flask 3.1.1"},
	{Form: "flask run", Graceful: intr, None: term, Why: "flask run installs no handler for it", Source: "measured, flask 3.1.1"},
	{Form: "manage.py|django-admin runserver|runserver_plus", Options: Options{With: "--noreload"}, Graceful: intr, None: term, Why: "runserver --noreload installs no handler for it", Source: "measured, django 4.2.28"},
	{Form: "manage.py|django-admin runserver", Abrupt: term, Why: "django's autoreloader " + quickly, Source: "measured, django 4.2.28"},
	{Form: "http.server|SimpleHTTPServer", Graceful: intr, None: term, Why: "python's http.server installs no handler for it", Source: "measured, CPython 3.13.5"},
	{Form: "uwsgi", Options: Options{With: "-d --daemonize --daemonize2"}, Daemonizes: true, Foreground: "no --daemonize", Source: "uwsgi-docs Options"},
	{Form: "uwsgi", Setting: UWSGIConf, Source: uwsgiSrc},
	{Form: "celery", Options: Options{With: "worker"}, Graceful: term | intr, Abrupt: quit, Why: "celery takes it as a cold shutdown and drops its tasks", Source: "measured, celery 5.5.2"},
	{Form: "celery", Options: Options{With: "beat"}, Graceful: term | intr, Source: "measured, celery 5.5.2"},
	{Form: "jupyter|jupyter-server|jupyter-lab|jupyter-notebook|jupyterhub-singleuser", Graceful: term, Source: "measured, jupyter-server 2.15.0"},
	{Form: "streamlit run", Abrupt: term, Why: "streamlit stops its server at once", Source: "streamlit/streamlit lib/streamlit/web/bootstrap.py _set_up_signal_handler"},
	{Form: "airflow webserver|scheduler|standalone|api-server|celery", Graceful: term, Source: "apache/airflow Dockerfile"},

	{Form: "puma", Graceful: term | intr, Source: "measured, puma 6.6.0"},
	{Form: "rackup", Graceful: term | intr, Source: "measured, rackup 2.1.0"},
	{Form: "rails server|s", Graceful: term | intr, Source: "it runs puma in its own process; puma 6.6.0 measured"},
	{Form: "sidekiq", Graceful: term | intr, Source: "measured, sidekiq 7.3.2"},
	{Form: "unicorn|unicorn_rails", Options: Options{With: "-D --daemonize"}, Daemonizes: true, Graceful: quit, Foreground: "no -D", Source: "unicorn(1)"},
	{Form: "unicorn|unicorn_rails", Graceful: quit, Abrupt: term | intr, Deaf: hup | usr1 | usr2 | winch | ttin | ttou, Why: "unicorn takes it as a quick shutdown and drops the requests in flight", Source: "measured, unicorn 6.1.0; unicorn SIGNALS"},

	{Form: "next start", Graceful: term, Source: "measured, next 16.4.6"},
	{Form: "next dev", Graceful: term, Source: "measured, next 16.4.6"},
	{Form: "vite", Abrupt: term, Why: "vite " + quickly, Source: "measured, vite 8.3.8"},
	{Form: "http-server|serve", Graceful: term, Source: "measured, http-server 14.1.1, serve 14.2.7"},

	{Form: "artisan key:generate|migrate|migrate:fresh|migrate:status|db:seed|config:cache|config:clear|cache:clear|route:cache|route:clear|view:cache|view:clear|event:cache|event:clear|optimize|optimize:clear|storage:link|package:discover|passport:install|passport:keys|vendor:publish|queue:restart|about|list", Brief: true, Source: "laravel/framework Illuminate/Foundation/Console, Database/Console; laravel/passport Console"},
	{Form: "artisan queue:work|horizon|schedule:work", Graceful: term | intr | quit, Source: "laravel/framework Queue/Worker.php:928-985, with ext-pcntl"},

	{Form: "catalina.sh run", Graceful: term, Source: "measured, tomcat 10.1.60"},
	{Form: "catalina.sh start", Daemonizes: true, Graceful: term, Foreground: "catalina.sh run", Source: "measured, tomcat 10.1.60"},
	{Form: "startup.sh", Daemonizes: true, Graceful: term, Foreground: "catalina.sh run", Source: "measured, tomcat 10.1.60"},
	{Form: "kafka-server-start.sh|zookeeper-server-start.sh", Options: Options{With: "-daemon"}, Daemonizes: true, Graceful: term, Foreground: "no -daemon", Source: "apache/kafka bin/kafka-run-class.sh"},
	{Form: "kafka-server-start.sh|zookeeper-server-start.sh", Graceful: term, Source: "apache/kafka bin/kafka-run-class.sh exec $JAVA"},
	{Form: "zkServer.sh start-foreground", Graceful: term, Source: "measured, zookeeper 3.9.3"},
	{Form: "zkServer.sh start", Daemonizes: true, Graceful: term, Foreground: "zkServer.sh start-foreground", Source: "measured, zookeeper 3.9.3"},

	{Form: "lighttpd", Options: Options{With: "-t -tt -v -V -p -h"}, Brief: true, Source: "lighttpd(8)"},
	{Form: "lighttpd", Options: Options{With: "-D", Clusters: true}, Graceful: intr, Abrupt: term, Why: "lighttpd takes it as a quick shutdown", Source: "measured idle, lighttpd 1.4.79; lighttpd(8)"},
	{Form: "lighttpd", Daemonizes: true, Graceful: intr, Abrupt: term, Foreground: "-D", Source: "lighttpd(8)"},
	{Form: "varnishd", Options: Options{With: "-F -d -C -V -x"}, Graceful: term | intr, Source: "measured, varnish 7.7.0"},
	{Form: "varnishd", Daemonizes: true, Graceful: term, Foreground: "-F", Source: "varnishd(1)"},
	{Form: "squid", Options: Options{With: "-k -z -v -h", Clusters: true}, Brief: true, Source: "squid(8)"},
	{Form: "squid", Options: Options{With: "-N --foreground -d", Clusters: true}, Graceful: term | intr, Seconds: 31, Why: "squid waits shutdown_lifetime, 30 seconds, for its clients", Source: "measured, squid 6.13"},
	{Form: "squid", Daemonizes: true, Graceful: term, Foreground: "--foreground", Source: "squid(8)"},
	{Form: "caddy run", Graceful: term | intr, Source: "measured idle, caddy 2.6.2"},
	{Form: "caddy start", Daemonizes: true, Graceful: term, Foreground: "caddy run", Source: "caddyserver.com docs command-line"},
	{Form: "mosquitto", Options: Options{With: "-d --daemon"}, Daemonizes: true, Graceful: term, Foreground: "no -d", Source: "mosquitto(8)"},
	{Form: "mosquitto", Graceful: term | intr, Source: "measured, mosquitto 2.0.21"},
	{Form: "nats-server", Graceful: term | intr, Deaf: hup | usr1, Source: "measured, nats 2.10.27"},
	{Form: "dnsmasq", Options: Options{With: "-k -d --keep-in-foreground --no-daemon --test -v --version", Clusters: true}, Graceful: term, Source: "measured, dnsmasq 2.91"},
	{Form: "dnsmasq", Daemonizes: true, Graceful: term, Helper: true, Foreground: "-k", Source: "dnsmasq(8)"},
	{Form: "cron|crond", Options: Options{With: "-f -n -d --foreground", Clusters: true}, None: term | intr, Why: "cron installs no handler for it", Source: cronSrc},
	{Form: "cron|crond", Daemonizes: true, Helper: true, None: term, Foreground: "-f", Source: cronSrc},
	{Form: "nc|ncat|netcat", Options: Options{With: "-z", Clusters: true}, Brief: true, Source: "nc(1), of OpenBSD and of traditional netcat: -z looks whether somebody listens, and sends nothing"},
	{Form: "sshd", Options: Options{With: "-t -T -V", Clusters: true}, Brief: true, Source: "sshd(8)"},
	{Form: "sshd", Options: Options{With: "-D -d -i", Clusters: true}, Graceful: term, Source: "measured, openssh 10.0p1"},
	{Form: "sshd", Daemonizes: true, Helper: true, Graceful: term, Foreground: "-D", Source: "measured, openssh 10.0p1"},
	{Form: "rsyslogd", Options: Options{With: "-n -N -v", Clusters: true}, Graceful: term, Source: "measured, rsyslog 8.2504"},
	{Form: "rsyslogd", Daemonizes: true, Helper: true, Graceful: term, Foreground: "-n", Source: "measured, rsyslog 8.2504"},
	{Form: "busybox-httpd", Options: Options{With: "-f", Clusters: true}, None: term | intr, Why: "the httpd of busybox installs no handler for it", Source: "measured, busybox 1.37"},
	{Form: "busybox-httpd", Daemonizes: true, None: term, Foreground: "-f", Source: "busybox httpd --help"},

	{Form: "php -S", Graceful: intr, None: term, Why: "php -S installs no handler for it", Source: "measured, php 8.4.28"},
	{Form: "systemd", Graceful: rtmin3, Deaf: term | hup | usr1 | usr2, Why: "systemd takes it as an order to start itself again", Source: "systemd/systemd man/systemd.xml, Signals"},
}

const quickly = "ends at once and drops the requests in flight"

var serverInitials = sync.OnceValue(func() *initials {
	return initialsOf(len(servers), func(row int) Form { return servers[row].Form })
})

// ServerNamed returns what is known of the server that a command line starts, looking through the interpreter in front of
// it: python -m gunicorn, python manage.py runserver, node node_modules/.bin/next start.
func ServerNamed(args []string, name string) (*Server, bool) {
	if len(args) < 2 || name != "php" || args[1] != "-S" {
		args, name = throughInterpreter(args, name)
	}
	for _, i := range serverInitials().rows(name) {
		s := &servers[i]
		form := s.Form
		if form == "php -S" {
			if name == "php" && len(args) > 1 && args[1] == "-S" {
				return s, true
			}
			continue
		}
		if _, ok := form.match(args, name); ok && s.allow(args[1:]) {
			return s, true
		}
	}
	return nil, false
}

// throughInterpreter returns the words behind an interpreter that runs a named module or script.
func throughInterpreter(args []string, name string) ([]string, string) {
	r, ok := RuntimeNamed(name)
	if !ok {
		return args, name
	}
	if i, module := r.Script(args); i < len(args) && (module || r.Follow) {
		script := args[i][strings.LastIndexByte(args[i], '/')+1:]
		return append([]string{script}, args[i+1:]...), script
	}
	return args, name
}

// ServerScript reports whether a path is that of a start script that a server of the table brings along, under a name that nobody
// gives to one of his own.
func ServerScript(file string) bool {
	switch file[strings.LastIndexByte(file, '/')+1:] {
	case "catalina.sh", "kafka-server-start.sh", "zookeeper-server-start.sh", "zkServer.sh":
		return true
	}
	return strings.HasSuffix(file, "tomcat/bin/startup.sh")
}
