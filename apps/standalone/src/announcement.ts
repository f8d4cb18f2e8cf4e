import path from 'node:path';
import { DEMO_NAME, QUESTION } from './demo/first-launch.js';
import { homeDirectory } from './config.js';

export type Announced = {
  readonly graphUrl: string;
  readonly openAiBaseUrl: string;
  readonly adminTokenFile: string;
  readonly demoTokenFile: string | null;
};

/** What a person needs next. Everything in it works when pasted into a terminal in the checkout. */
export function announcement({ graphUrl, openAiBaseUrl, adminTokenFile, demoTokenFile }: Announced): string {
  const lines = [
    '',
    `  Console and GraphQL   ${graphUrl}`,
    `  OpenAI base URL       ${openAiBaseUrl}`,
    `  Admin token           ${shown(adminTokenFile)}`,
  ];
  if (demoTokenFile !== null) lines.push(`  Token for "${DEMO_NAME}"      ${shown(demoTokenFile)}`, '', ...snippets(openAiBaseUrl, shown(demoTokenFile)));
  lines.push('', '  Ctrl-C drains and stops everything.', '');
  return lines.join('\n');
}

function snippets(baseUrl: string, tokenFile: string): string[] {
  const body = `{"model":"${DEMO_NAME}","stream":true,"messages":[{"role":"user","content":"${QUESTION}"}]}`;
  const script = [
    `import OpenAI from 'openai';`,
    `import { readFileSync } from 'node:fs';`,
    `const openai = new OpenAI({ baseURL: '${baseUrl}', apiKey: readFileSync('${tokenFile}', 'utf8').trim() });`,
    `const stream = await openai.chat.completions.create({ model: '${DEMO_NAME}', stream: true, messages: [{ role: 'user', content: '${QUESTION}' }] });`,
    `for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');`,
  ];
  return [
    '  Try it with curl:',
    '',
    `curl -N ${baseUrl}/chat/completions \\`,
    `  -H "Authorization: Bearer $(cat ${tokenFile})" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
    '',
    '  or with the OpenAI SDK:',
    '',
    `node_modules/.bin/node --input-type=module <<'EOF'`,
    ...script,
    'EOF',
  ];
}

/** Relative to the checkout when it lies in it, so that it is short; else absolute. */
function shown(file: string): string {
  const relative = path.relative(homeDirectory, file);
  return relative.startsWith('..') ? file : relative;
}
