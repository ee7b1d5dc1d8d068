/** Owns kubecfg 0.4.4's flags and its usage text. */
import { type FlagSpec, flagDefaults } from '../go-flag.ts';

const flag = (name: string, kind: FlagSpec['kind'], value: string, usage: string): FlagSpec => ({
  name,
  kind,
  value,
  usage,
});

export const FLAGS: readonly FlagSpec[] = [
  flag('alsologtostderr', 'bool', 'false', 'log to standard error as well as files'),
  flag('api_version', 'string', 'v1beta1', 'The version of the API to use against this server.'),
  flag(
    'auth',
    'string',
    '/home/core/.kubernetes_auth',
    'Path to the auth info file.  If missing, prompt the user.  Only used if doing https.',
  ),
  flag('c', 'string', '', "Path or URL to the config file, or '-' to read from STDIN"),
  flag('certificate_authority', 'string', '', 'Path to a cert. file for the certificate authority'),
  flag('client_certificate', 'string', '', 'Path to a client certificate for TLS.'),
  flag('client_key', 'string', '', 'Path to a client key file for TLS.'),
  flag('expect_version_match', 'bool', 'false', "Fail if server's version doesn't match own version."),
  flag('h', 'string', '', 'The host to connect to.'),
  flag(
    'image',
    'string',
    '',
    'Image used when updating a replicationController.  Will apply to the first container in the pod template.',
  ),
  flag(
    'insecure_skip_tls_verify',
    'bool',
    'false',
    "If true, the server's certificate will not be checked for validity. This will make your HTTPS connections insecure.",
  ),
  flag('json', 'bool', 'false', 'If true, print raw JSON for responses'),
  flag('l', 'string', '', 'Selector (label query) to use for listing'),
  flag('log_backtrace_at', 'value', '', 'when logging hits line file:N, emit a stack trace'),
  flag('log_dir', 'string', '', 'If non-empty, write log files in this directory'),
  flag('log_flush_frequency', 'duration', '5s', 'Maximum number of seconds between log flushes'),
  flag('logtostderr', 'bool', 'false', 'log to standard error instead of files'),
  flag(
    'open_browser',
    'bool',
    'true',
    'If true, and -proxy is specified, open a browser pointed at the Kubernetes UX. Default true.',
  ),
  flag('p', 'string', '', 'The port spec, comma-separated list of <external>:<internal>,...'),
  flag('proxy', 'bool', 'false', 'If true, run a proxy to the api server'),
  flag(
    's',
    'int',
    '-1',
    "If positive, create and run a corresponding service on this port, only used with 'run'",
  ),
  flag('server_version', 'bool', 'false', "Print the server's version information and quit"),
  flag('stderrthreshold', 'value', '', 'logs at or above this threshold go to stderr'),
  flag(
    'template',
    'string',
    '',
    'If present, parse this string as a golang template and use it for output printing',
  ),
  flag(
    'template_file',
    'string',
    '',
    'If present, load this file as a golang template and use it for output printing',
  ),
  flag('u', 'duration', '1m0s', 'Update interval period'),
  flag('v', 'value', '', 'log level for V logs'),
  flag('verbose', 'bool', 'false', 'If true, print extra information'),
  flag('version', 'bool', 'false', 'Print version information and quit'),
  flag('vmodule', 'value', '', 'comma-separated list of pattern=N settings for file-filtered logging'),
  flag('www', 'string', '', 'If -proxy is true, use this directory to serve static files'),
  flag('yaml', 'bool', 'false', 'If true, print raw YAML for responses'),
];

export const usage = (): string => `Usage: kubecfg -h [-c config/file.json|url|-] <method>

Kubernetes REST API:

  kubecfg [OPTIONS] get|list|create|delete|update <minions|pods|replicationControllers|services>[/<id>]

Manage replication controllers:

  kubecfg [OPTIONS] stop|rm <controller>
  kubecfg [OPTIONS] [-u <time>] [-image <image>] rollingupdate <controller>
  kubecfg [OPTIONS] resize <controller> <replicas>

Launch a simple ReplicationController with a single container based
on the given image:

  kubecfg [OPTIONS] [-p <port spec>] run <image> <replicas> <controller>

Options:
${flagDefaults(FLAGS)}`;
