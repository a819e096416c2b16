package program

import "strings"

// nodeWithout are packages of npm that install no handler for SIGTERM and SIGINT, whatever they are used for, with the newest version
// that was looked at: packages built on them can be told to have none.
//
// Source: each was installed with all that it depends on in November 2026, and no file of them, but for tests and minified copies, names
// SIGTERM or SIGINT, calls process.on with what is not a constant, or uses signal-exit or exit-hook. The same was found for express 3
// and 4, mongoose 5, 6 and 8, mongodb 3 and 4, redis 2 to 4, ioredis 4, socket.io 2 and 3, winston 2, koa 2, ws 7, sequelize 5, mysql2 2, dotenv 8
// and 16, helmet 4, axios 0, body-parser 1, multer 1, pg 7, prom-client 11, got 11, amqplib 0.8, node-cron 2, @hapi/hapi 18, node-fetch 2,
// uuid 8, express-validator 6, kafkajs 1, yargs 15, swagger-ui-express 4 and fs-extra 8.
const nodeWithout = ` @aws-sdk/client-s3@3.1175.0 @fastify/cors@11.4.3 @fastify/static@10.1.11 @grpc/grpc-js@1.14.7
 @grpc/proto-loader@0.8.1 @hapi/hapi@21.4.10 @hono/node-server@2.1.9 @koa/cors@5.0.0 @koa/router@15.7.0 agenda@6.2.6 ajv@8.20.0
 amqp@0.2.7 amqplib@2.3.1 async@3.2.6 aws-sdk@2.1693.0 axios@1.21.1 bcryptjs@3.0.3 bluebird@3.7.2 body-parser@2.4.0 chalk@5.6.2 cheerio@1.2.0
 colors@1.4.0 compression@1.8.2 config@5.0.1 connect@3.7.0 connect-flash@0.1.1 convict@6.2.5 cookie-parser@1.4.7
 cookie-session@2.1.1 cors@2.8.6 cron@4.4.0 csurf@1.11.0 csv-parse@7.0.3 date-fns@4.4.0 dayjs@1.11.23 debug@4.4.3 ejs@7.0.2
 errorhandler@1.5.2 express@5.3.0 express-async-errors@3.1.1 express-graphql@0.12.0 express-prom-bundle@8.0.0
 express-rate-limit@8.7.5 express-session@1.19.0 express-validator@7.3.2 express-ws@5.0.2 fs-extra@11.4.1 got@14.6.6 graphql@16.15.0
 handlebars@4.7.10 hbs@4.3.1 helmet@8.3.0 hono@4.13.19 http-errors@2.0.1 http-proxy@1.18.1 http-proxy-middleware@3.0.11 inversify@8.2.3
 ioredis@6.0.0 joi@18.3.2 js-yaml@5.5.0 jsonwebtoken@9.0.3 kafkajs@2.2.4 koa@3.3.0 koa-bodyparser@4.4.1 koa-router@14.0.0 koa-static@5.0.0
 lodash@4.18.1 log4js@6.9.1 luxon@3.7.2 memcached@2.2.2 method-override@3.0.0 minimist@1.2.8 mkdirp@3.0.1 moment@2.31.0 mongodb@7.9.0
 mongoose@9.12.1 morgan@1.12.1 mqtt@5.16.0 ms@2.1.3 multer@2.5.0 mustache@4.2.0 mysql@2.18.1 mysql2@3.24.6 nanoid@5.1.16 nats@2.29.3
 node-fetch@3.3.2 passport@0.7.0 passport-local@1.0.0 pg@8.23.1 pg-pool@3.14.0 polka@0.5.2 prom-client@15.1.3 pug@3.0.4 qs@6.17.1 redis@6.3.1
 reflect-metadata@0.2.2 request@2.88.2 response-time@2.3.4 semver@7.8.6 sequelize@6.37.8 serve-favicon@2.5.1 serve-static@2.2.1
 socket.io@4.8.4 socket.io-client@4.8.4 source-map-support@0.5.21 superagent@10.4.2 swagger-ui-express@5.0.1 tedious@19.2.2 tslib@2.9.1
 underscore@1.13.8 undici@7.30.2 uuid@14.0.3 validator@13.15.35 winston@3.19.0 ws@8.23.0 xml2js@0.6.2 yaml@2.9.1 yargs@18.2.0 zod@4.6.7 `

// nodeElsewhere are packages that name these signals only in their programs for the command line, in processes that they start, or to
// send them, and install no handler where they are imported by their name alone.
//
// Source: their files that name one, in the version given, and where those are required from. knex and nunjucks: commander, in bin only.
// bull lib/process/master.js and bullmq classes/main-base.js run in child processes. fastify and pino: on-exit-leak-free, for exit and
// beforeExit only. better-sqlite3 and msgpackr-extract are native, and their C++ sources name no signal. Not among them: bcrypt and sqlite3,
// which used to bring signal-exit along.
const nodeElsewhere = ` better-sqlite3@12.11.1 bull@4.16.5 bullmq@6.7.0 dotenv@18.0.10 fastify@5.12.8 knex@3.3.0 marked@18.2.1
 node-cron@4.6.0 nodemailer@10.6.1 nunjucks@3.2.4 pino@10.4.0 pino-http@11.0.0 `

// nodeInstalls are packages that install handlers for SIGTERM and SIGINT for who imports them, and close or call what they were given.
//
// Source: close-with-grace 2 index.js:36, fastify-graceful-shutdown index.js:73, @godaddy/terminus lib/terminus.js:160,
// http-graceful-shutdown lib/index.js:91, lightship createLightship.js:203, exit-hook index.js:122, async-exit-hook index.js:92,
// node-graceful-shutdown index.js:1, death lib/death.js:31, moleculer src/service-broker.js:336, @loopback/core dist/application.js:535,
// sails lib/app/private/initialize.js:60, apollo-server-core 3 dist/ApolloServer.js:301. Not among them: http-terminator, stoppable and
// server-destroy, which install none; signal-exit, which sends the signal again, to no effect as PID 1; @nestjs/core, which installs
// them only in enableShutdownHooks.
const nodeInstalls = ` @godaddy/terminus @loopback/core apollo-server async-exit-hook close-with-grace death exit-hook fastify-graceful-shutdown
 http-graceful-shutdown lightship moleculer node-graceful-shutdown sails `

// nodeBuiltins are the modules of Node that install no handler and hide none. Not among them: module, vm and repl, which load or run other
// code, and test, whose runner installs handlers.
//
// Source: nodejs.org/api; lib/internal/test_runner/harness.js of Node 20.
const nodeBuiltins = ` assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns
 dns/promises events fs fs/promises http http2 https net os path path/posix path/win32 perf_hooks process punycode querystring
 readline readline/promises sqlite stream stream/consumers stream/promises stream/web string_decoder sys timers timers/promises
 tls tty url util util/types v8 worker_threads zlib `

// packageOf splits the name of an import into that of its package and the rest: "@koa/router" of "@koa/router/lib".
func packageOf(name string) (pkg, rest string) {
	pkg, rest, _ = strings.Cut(name, "/")
	if strings.HasPrefix(name, "@") {
		scoped := ""
		scoped, rest, _ = strings.Cut(rest, "/")
		pkg += "/" + scoped
	}
	return pkg, rest
}

// lists reports whether a list has a name, as it is or with a version.
func lists(list, name string) bool {
	for rest := list; ; {
		at := strings.Index(rest, name)
		if at <= 0 || name == "" {
			return false
		}
		end := at + len(name)
		if before := rest[at-1]; (before == ' ' || before == '\n') && strings.IndexByte(" \n@", rest[end]) >= 0 {
			return true
		}
		rest = rest[end:]
	}
}
