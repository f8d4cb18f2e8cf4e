import { CHAT_COMPLETION } from './chat-messages.js';

export type NginxServer = {
  readonly port: number;
  /** Answers by itself with a chat completion, or passes on to this port. */
  readonly does: 'answer' | { readonly passTo: number };
};

const CONNECTIONS_MAX = 4_096;
const UPSTREAM_KEPT_ALIVE = 512;
const REQUESTS_PER_CONNECTION_MAX = 1_000_000_000;

/** One worker, connections kept alive on both sides, no log, answers passed on as they come. */
export function nginxConfiguration(directory: string, servers: readonly NginxServer[], isRoot: boolean): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`);
  return `
${isRoot ? 'user root;' : ''}
worker_processes 1;
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log crit;
events { worker_connections ${CONNECTIONS_MAX}; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  keepalive_requests ${REQUESTS_PER_CONNECTION_MAX};
  keepalive_timeout 300s;
  tcp_nodelay on;
${servers.map(serverBlock).join('\n')}
}
`;
}

function serverBlock({ port, does }: NginxServer): string {
  if (does === 'answer') return `  server { listen 127.0.0.1:${port}; location / { default_type application/json; return 200 '${CHAT_COMPLETION}'; } }`;
  return `  upstream to_${does.passTo} { server 127.0.0.1:${does.passTo}; keepalive ${UPSTREAM_KEPT_ALIVE}; keepalive_requests ${REQUESTS_PER_CONNECTION_MAX}; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://to_${does.passTo}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }`;
}
