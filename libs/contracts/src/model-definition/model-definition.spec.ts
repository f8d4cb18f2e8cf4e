import fc from 'fast-check';
import { MODEL_DEFINITION_BYTES_MAX, parseModelDefinition } from './model-definition.js';

/** The shape of B.0, every field there is. */
const COMPLETE = `models:
  - name: llama-3
    model_path: /models
    service:
      pre_start_actions:
        - action: write_file
          args: {filename: /models/ready, mode: "644"}
      start_command: vllm serve "/models/llama 3" --port 8000
      shell: /bin/bash
      port: 8000
      health_check: {enable: true, interval: 2.5, path: /healthz, max_retries: 3, max_wait_time: 1.005, expected_status_code: 204, initial_delay: 0}
    metadata:
      author: someone
      title: Llama
      version: 3
      framework: [vllm, transformers]
      label: []
      min_resource: {cpu: 8, mem: 8g}
`;
const MINIMAL = { name: 'm', model_path: '/m' };
const service = (given: object): unknown => ({ models: [{ ...MINIMAL, service: { start_command: 'run', port: 8000, ...given } }] });
const problems = (text: string) => {
  const parsed = parseModelDefinition(text);
  return 'problems' in parsed ? parsed.problems : [];
};

describe('a model definition (S2.2, X18)', () => {
  it('is read with every field of the shape Backend.AI implemented, its text kept as it was (S2.4)', () => {
    expect(parseModelDefinition(COMPLETE)).toEqual({
      text: COMPLETE,
      models: [
        {
          name: 'llama-3',
          modelPath: '/models',
          service: {
            preStartActions: [{ action: 'write_file', args: { filename: '/models/ready', mode: '644' } }],
            startCommand: ['vllm', 'serve', '/models/llama 3', '--port', '8000'],
            port: 8000,
            healthCheck: { path: '/healthz', intervalMs: 2500, retriesMax: 3, timeoutMs: 1005, expectedStatus: 204, initialDelayMs: 0 },
          },
          metadata: { author: 'someone', title: 'Llama', version: 3, framework: ['vllm', 'transformers'], label: [], min_resource: { cpu: 8, mem: '8g' } },
        },
      ],
    });
  });

  it('X18: fills in the defaults of a health check', () => {
    expect(parseModelDefinition(JSON.stringify(service({ health_check: { enable: true } })))).toHaveProperty('models.0.service.healthCheck', {
      path: '/health',
      intervalMs: 10_000,
      retriesMax: 10,
      timeoutMs: 15_000,
      expectedStatus: 200,
      initialDelayMs: 60_000,
    });
  });

  it.each([undefined, null, {}, { enable: false }])('has no health check unless one is enabled: %j', (check) => {
    expect(parseModelDefinition(JSON.stringify(service({ health_check: check })))).toHaveProperty('models.0.service.healthCheck', null);
  });

  it('may have no service, no metadata, or nothing behind the colon', () => {
    const bare = { name: 'm', modelPath: '/m', service: null, metadata: {} };
    expect(parseModelDefinition(JSON.stringify({ models: [MINIMAL] }))).toHaveProperty('models', [bare]);
    expect(parseModelDefinition('models:\n- name: m\n  model_path: /m\n  service:\n  metadata:\n')).toHaveProperty('models', [bare]);
  });

  it.each([
    ['start_command', 'vllm serve \\\n  --port 80\n', ['vllm', 'serve', '--port', '80']],
    ['start_command', ['vllm', 'serve', 'a b'], ['vllm', 'serve', 'a b']],
    ['command', 'echo "$(rm -rf /)" ; ls', ['echo', '$(rm -rf /)', ';', 'ls']],
  ])('takes %s %j as words, never to a shell', (field, line, words) => {
    const definition = service({ start_command: undefined, [field]: line });
    expect(parseModelDefinition(JSON.stringify(definition))).toHaveProperty('models.0.service.startCommand', words);
  });
});

describe('a malformed model definition names its field', () => {
  it.each<[string, unknown, string, string]>([
    ['an unknown field', { models: [{ ...MINIMAL, nmae: 'x' }] }, 'models[0].nmae', 'is not a known field'],
    ['an unknown field at the top', { models: [MINIMAL], version: 1 }, 'version', 'is not a known field'],
    ['an unknown field deep down', service({ health_check: { retries: 1 } }), 'models[0].service.health_check.retries', 'is not a known field'],
    ['a wrong type', { models: [{ ...MINIMAL, name: 5 }] }, 'models[0].name', 'must be of type string, not number'],
    ['a wrong type in the second model', { models: [MINIMAL, { ...MINIMAL, metadata: [] }] }, 'models[1].metadata', 'must be of type record, not array'],
    ['no models', {}, 'models', 'is required'],
    ['an empty list', { models: [] }, 'models', 'Too small'],
    ['too many models', { models: Array.from({ length: 17 }, () => MINIMAL) }, 'models', 'Too big'],
    ['no name', { models: [{ model_path: '/m' }] }, 'models[0].name', 'is required'],
    ['an empty name', { models: [{ ...MINIMAL, name: '' }] }, 'models[0].name', 'Too small'],
    ['no path', { models: [{ name: 'm' }] }, 'models[0].model_path', 'is required'],
    ['no port', service({ port: undefined }), 'models[0].service.port', 'is required'],
    ['port 1', service({ port: 1 }), 'models[0].service.port', 'Too small'],
    ['an absurd port', service({ port: 65_536 }), 'models[0].service.port', 'Too big'],
    ['a port that is text', service({ port: '8000' }), 'models[0].service.port', 'must be of type number, not string'],
    ['no command', service({ start_command: undefined }), 'models[0].service.start_command', 'is required'],
    ['a blank command', service({ start_command: ' \n' }), 'models[0].service.start_command', 'is empty'],
    ['an empty program', service({ start_command: `'' a` }), 'models[0].service.start_command', 'is empty'],
    ['an unclosed quote', service({ start_command: 'run "it' }), 'models[0].service.start_command', 'has an unclosed "'],
    ['a backslash at the end', service({ start_command: 'run \\' }), 'models[0].service.start_command', 'ends in a backslash'],
    ['an unclosed quote in `command`', service({ start_command: undefined, command: `run 'it` }), 'models[0].service.command', `has an unclosed '`],
    ['a command of numbers', service({ start_command: ['run', 5] }), 'models[0].service.start_command', 'must be a command line or a list of words'],
    ['a command with NUL', service({ start_command: ['run', 'a\0b'] }), 'models[0].service.start_command[1]', 'contains a NUL character'],
    ['a path that is none', service({ health_check: { path: 'health' } }), 'models[0].service.health_check.path', 'must begin with /'],
    ['a check without pause', service({ health_check: { interval: 0 } }), 'models[0].service.health_check.interval', 'Too small'],
    ['a negative delay', service({ health_check: { initial_delay: -1 } }), 'models[0].service.health_check.initial_delay', 'Too small'],
    ['no retries', service({ health_check: { max_retries: 0 } }), 'models[0].service.health_check.max_retries', 'Too small'],
    ['an impossible status', service({ health_check: { expected_status_code: 99 } }), 'models[0].service.health_check.expected_status_code', 'Too small'],
    ['an action without a name', service({ pre_start_actions: [{ args: {} }] }), 'models[0].service.pre_start_actions[0].action', 'is required'],
  ])('%s', (_what, definition, field, problem) => {
    expect(problems(JSON.stringify(definition))).toEqual([{ field, problem: expect.stringContaining(problem) }]);
  });

  it('and says every problem at once', () => {
    const definition = { models: [{ name: 5, service: { start_command: 'run' } }] };
    expect(problems(JSON.stringify(definition)).map(({ field }) => field)).toEqual(['models[0].name', 'models[0].model_path', 'models[0].service.port']);
  });

  it('but never more problems than fit on a page', () => {
    const unknown = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, 1]));
    expect(problems(JSON.stringify({ models: [{ ...MINIMAL, ...unknown }] }))).toHaveLength(50);
  });
});

describe('text that is no model definition', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefg'.split('').map((key, index) => `${key}: &${key} [${`*${'abcdef'.charAt(index)},`.repeat(9)}]`)];

  it.each([
    ['nothing', '', 'must be of type object, not null'],
    ['a word', 'hello', 'must be of type object, not string'],
    ['a tab', 'models:\n\t- name: x\n', 'Tabs are not allowed as indentation at line 2, column 1'],
    ['a bad indentation', 'models:\n  - name: x\n   model_path: y\n', 'at line 3'],
    ['an unclosed quote', 'models:\n  - name: "x\n', 'Missing closing "quote at line'],
    ['a key written twice', 'models: []\nmodels: []\n', 'Map keys must be unique at line 2, column 1'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'holds more than one document'],
    ['a list as a key', 'models: {[1, 2]: a}\n', 'all keys must be strings'],
    ['an alias bomb', `${bomb.join('\n')}\nmodels: *g\n`, 'repeats by alias (*) more than 20 values'],
    ['an alias to itself', 'models: &a [*a]\n', 'has an alias *a that contains itself'],
    ['an alias to nothing', 'models: *nope\n', 'has an alias *nope without an anchor before it'],
    ['many aliases', `x: &x 1\nmodels: [${'*x,'.repeat(200)}]`, 'has more than 100 aliases'],
    ['depth', `models: ${'['.repeat(60)}${']'.repeat(60)}`, 'is nested deeper than 50'],
    ['depth beyond any stack', '{a: '.repeat(10_000), 'is nested deeper than 50'],
    ['many values', `models: [${'1,'.repeat(20_001)}]`, 'has more than 20000 values'],
    ['many bytes', `# ${'é'.repeat(MODEL_DEFINITION_BYTES_MAX / 2)}`, `is larger than ${MODEL_DEFINITION_BYTES_MAX} bytes`],
  ])('%s: refused as a whole', (_what, text, problem) => {
    expect(problems(text)).toEqual([{ field: '(file)', problem: expect.stringContaining(problem) }]);
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom('models:', '\n', '  ', '- ', 'name: x', '&a ', '*a', '[', ']', '{', '}', '"', '|', '>', '---', '!!map ', '? ', '#', '\t', '\0');
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(pieces).map((parts) => parts.join(''))), (text) => void parseModelDefinition(text)));
  });

  it('cannot reach what objects inherit', () => {
    parseModelDefinition('models:\n- name: m\n  model_path: /m\n  metadata: {__proto__: {polluted: 1}, constructor: {prototype: {polluted: 1}}}\n');
    expect({}).not.toHaveProperty('polluted');
  });
});
