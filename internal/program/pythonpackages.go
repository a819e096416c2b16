package program

// pythonLibrary are the modules of Python's own library that install no handler for SIGTERM and hide none, of Python 3 and 2. Not among
// them: those that load or run code that cannot be followed (importlib, imp, runpy, pkgutil, code, ctypes), and unittest.
//
// Source: sys.stdlib_module_names of Python 3.11. Only asyncio.runners, unittest and pdb of them install a handler in their own process, for SIGINT.
const pythonLibrary = ` __future__ abc aifc argparse array ast asynchat asyncio asyncore atexit audioop base64 binascii bisect builtins bz2
 calendar cgi cgitb chunk cmath cmd codecs collections colorsys concurrent configparser contextlib contextvars copy copyreg crypt
 csv curses dataclasses datetime dbm decimal difflib dis doctest email encodings enum errno faulthandler fcntl filecmp fileinput
 fnmatch fractions ftplib functools gc getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http imaplib imghdr inspect
 io ipaddress itertools json keyword linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap multiprocessing
 netrc nntplib numbers operator optparse os pathlib pickle pickletools pipes platform plistlib poplib posixpath pprint profile pstats pty
 pwd queue quopri random re readline reprlib resource sched secrets select selectors shelve shlex shutil signal site smtpd smtplib
 sndhdr socket socketserver spwd sqlite3 ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog
 tarfile telnetlib tempfile termios textwrap threading time timeit token tokenize tomllib trace traceback tracemalloc tty types
 typing unicodedata urllib uuid warnings wave weakref webbrowser wsgiref xdrlib xml xmlrpc zipapp zipfile zlib zoneinfo
 BaseHTTPServer ConfigParser Cookie Queue SimpleHTTPServer SocketServer StringIO cPickle commands httplib md5 sets sha thread urllib2 urlparse `

// pythonWithout are modules of other packages that install no handler for SIGTERM, whatever they are used for, with the version that
// was looked at; what flask and werkzeug do in debug mode, and servers that the program calls, are told apart.
//
// Source: the packages of Debian 12 were looked through in November 2026 for signal.signal, add_signal_handler and SIGTERM. Those that
// have them at all use them for other signals (eventlet, sentry_sdk, tornado), for SIGINT alone (bottle, engineio, socketio, docker),
// in processes that they start (docker, s3transfer), to send signals (paramiko, psutil), in their programs for the command line (websockets),
// in a test or only for signals that the program names itself (anyio, zmq). Not among them: uvicorn, cherrypy and twisted, whose calls decide.
const pythonWithout = ` MySQLdb@1.4 OpenSSL PIL alembic anyio@3.6 apscheduler asyncpg attr attrs bcrypt blinker boto3@1.26 botocore bottle@0.12
 bs4 bson cachetools certifi chardet charset_normalizer click@8.1 colorama cryptography dateutil decouple dns docker@5.0 dotenv
 elasticsearch engineio eventlet@0.33 falcon fastapi@0.92 feedparser flask@2.2 flask_caching flask_cors flask_httpauth flask_login
 flask_migrate flask_restful flask_sqlalchemy flask_wtf greenlet grpc@1.51 h11 httpcore httpx humanize idna influxdb itsdangerous
 jinja2 jmespath jsonschema jwt kafka@2.0 kubernetes ldap3 lxml markdown markupsafe marshmallow motor msgpack multidict nacl
 netaddr numpy packaging paho@1.6 pandas paramiko passlib peewee pika@1.2 playhouse prometheus_client@0.16 psutil psycopg2@2.9 pydantic
 pymongo@3.11 pymysql pytz redis@4.3 requests@2.28 rich s3transfer schedule@1.1 sentry_sdk@1.9 simplejson six soupsieve sqlalchemy@1.4
 starlette@0.26 statsd structlog tenacity toml tornado@6.2 tqdm typing_extensions ujson urllib3 waitress@2.1 webob websockets
 werkzeug@2.2 wtforms xmltodict yaml yarl aiohttp@3.8 `
