import { CliUnderTest } from '../fixtures/cli-under-test.js';
import { PlatformDouble, TOKEN } from '../fixtures/platform-double.js';
import { smallDeployment } from '../fixtures/small-deployment.js';

it('offers names that only the platform knows, and is quiet when it cannot ask', async () => {
  await using platform = await PlatformDouble.start();
  platform.deployments = [smallDeployment(), smallDeployment('tall', 'research', 2), smallDeployment('other', 'default', 3)];
  using cli = new CliUnderTest();
  const complete = async (words: readonly string[], url = platform.url) => cli.run(['__complete', '--', ...words], { config: { url, token: TOKEN } });
  expect((await complete(['get', ''])).out).toBe('tiny\tACTIVE\nresearch/tall\tACTIVE\nother\tACTIVE\n');
  expect((await complete(['activate', 'ti'])).out).toBe('tiny\tACTIVE\n');
  expect((await complete(['activate', 'tiny', ''])).out).toBe('2\tsecond INACTIVE\n1\tfirst ACTIVE\n');
  expect((await complete(['rollout', 'pause', '--reason', 'x', 'o'])).out).toBe('other\tACTIVE\n');
  expect(await complete(['get', ''], 'http://127.0.0.1:1')).toMatchObject({ exitCode: 0, out: '', err: '' });
});
