import type { RoundSamples } from '../measuring/round-samples.js';
import type { Figure } from '../report/figure.js';
import type { CandidateName } from './candidates.js';
import { CONNECTIONS } from './request.bench.js';
import { STREAM_COUNTS } from './stream.bench.js';

const OURS = 'slipway';
const SHOWN: Readonly<Record<CandidateName, string>> = {
  direct: 'no proxy',
  nginx: 'nginx, 1 worker',
  slipway: 'Slipway',
  'slipway-node': 'Slipway, node engine',
  fastify: '@fastify/http-proxy',
  portkey: 'Portkey',
};
const NAMES = Object.keys(SHOWN) as readonly CandidateName[];
const PROXIES = NAMES.filter((name) => name !== 'direct');

/** Ours beside the others first, then what each did. */
export function proxyFigures(samples: RoundSamples): readonly Figure[] {
  return [...ratios(samples), ...requestFigures(samples), ...STREAM_COUNTS.flatMap((streams) => streamFigures(samples, streams))];
}

const figure = (id: string, what: string, unit: string, values: readonly number[]): Figure => ({ id: `proxy.${id}`, part: 'proxy', what, unit, values });

function ratios(samples: RoundSamples): readonly Figure[] {
  return [
    figure('cpu-per-request.x-nginx', 'Slipway / nginx: CPU per request', '×', samples.ratio(`${OURS}.cpu`, 'nginx.cpu')),
    figure('requests.x-nginx', 'Slipway / nginx: requests per second', '×', samples.ratio(`${OURS}.rate`, 'nginx.rate')),
    figure('requests.x-portkey', 'Slipway / Portkey: requests per second', '×', samples.ratio(`${OURS}.rate`, 'portkey.rate')),
    figure('cpu-per-request.portkey-x-slipway', 'Portkey / Slipway: CPU per request', '×', samples.ratio('portkey.cpu', `${OURS}.cpu`)),
    figure('requests.x-fastify', 'Slipway / @fastify/http-proxy: requests per second', '×', samples.ratio(`${OURS}.rate`, 'fastify.rate')),
    figure('alone.added-over-nginx', 'Slipway - nginx: p50 of a single client', 'µs', samples.difference(`${OURS}.alone.p50`, 'nginx.alone.p50')),
    figure('alone.added', 'Slipway - no proxy: p50 of a single client', 'µs', samples.difference(`${OURS}.alone.p50`, 'direct.alone.p50')),
    ...STREAM_COUNTS.flatMap((streams) => {
      const [ours, nginx] = [`${OURS}.stream-${streams}`, `nginx.stream-${streams}`];
      return [
        figure(`stream-${streams}.cpu-per-chunk.x-nginx`, `Slipway / nginx: CPU per chunk, ${streams} streams`, '×', samples.ratio(`${ours}.cpu`, `${nginx}.cpu`)),
        figure(`stream-${streams}.transit.x-nginx`, `Slipway / nginx: transit p50, ${streams} streams`, '×', samples.ratio(`${ours}.transit.p50`, `${nginx}.transit.p50`)),
      ];
    }),
    ...PROXIES.filter((name) => name !== OURS && name !== 'nginx').flatMap((name) => [
      figure(`${name}.cpu-per-request.x-nginx`, `${SHOWN[name]} / nginx: CPU per request`, '×', samples.ratio(`${name}.cpu`, 'nginx.cpu')),
      figure(`${name}.stream-256.cpu-per-chunk.x-nginx`, `${SHOWN[name]} / nginx: CPU per chunk, 256 streams`, '×', samples.ratio(`${name}.stream-256.cpu`, 'nginx.stream-256.cpu')),
    ]),
  ];
}

function requestFigures(samples: RoundSamples): readonly Figure[] {
  return NAMES.flatMap((name) => [
    figure(`${name}.requests`, `${SHOWN[name]}: requests, ${CONNECTIONS} connections`, '/s', samples.of(`${name}.rate`)),
    figure(`${name}.cpu-per-request`, `${SHOWN[name]}: CPU per request`, 'µs', samples.of(`${name}.cpu`)),
    figure(`${name}.p50`, `${SHOWN[name]}: p50, ${CONNECTIONS} connections`, 'µs', samples.of(`${name}.p50`)),
    figure(`${name}.p99`, `${SHOWN[name]}: p99, ${CONNECTIONS} connections`, 'µs', samples.of(`${name}.p99`)),
    figure(`${name}.alone.p50`, `${SHOWN[name]}: p50 of a single client`, 'µs', samples.of(`${name}.alone.p50`)),
  ]);
}

function streamFigures(samples: RoundSamples, streams: number): readonly Figure[] {
  return NAMES.flatMap((name) => {
    const series = `${name}.stream-${streams}`;
    const shown = `${SHOWN[name]}, ${streams} streams`;
    return [
      figure(`${series}.cpu-per-chunk`, `${shown}: CPU per chunk`, 'µs', samples.of(`${series}.cpu`)),
      figure(`${series}.transit.p50`, `${shown}: transit p50`, 'µs', samples.of(`${series}.transit.p50`)),
      figure(`${series}.transit.p99`, `${shown}: transit p99`, 'µs', samples.of(`${series}.transit.p99`)),
      figure(`${series}.first-byte.p50`, `${shown}: first byte p50`, 'µs', samples.of(`${series}.first`)),
    ];
  });
}
