import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type QueryPage = { readonly html: string; readonly headers: Record<string, string> };

/** The page for people: one static file without secrets, allowed to run its own script and to talk to its own origin only. */
export function loadQueryPage(): QueryPage {
  const html = readFileSync(new URL('../../static/query-page.html', import.meta.url), 'utf8');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(html, 'script')}`,
    `style-src ${hashOf(html, 'style')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'no-referrer',
    },
  };
}

function hashOf(html: string, tag: string): string {
  const [, content] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(html) ?? [];
  if (content === undefined) throw new Error(`the query page has no <${tag}>`);
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
