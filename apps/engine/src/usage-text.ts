/** What `--help` prints. */
export const USAGE = `Usage: node dist/main.js --model <file.gguf> [options]
       node dist/main.js --engine mock [options]

An OpenAI-compatible inference server for one model: /v1/chat/completions, /v1/completions, /v1/embeddings,
/v1/models, /health (200 when ready) and /metrics (Prometheus, under vLLM's names).

  --engine llama|mock          llama: a GGUF file on llama.cpp (default); mock: repeatable text without a model
  --model <file.gguf>          the model (llama)
  --served-model-name <name>   what clients put into "model"; may be repeated (default: the file's name, or mock)
  --host <address>             default 127.0.0.1
  --port <n>                   default 8080; 0 takes a free one, the log says which
  --max-model-len <tokens>     prompt and answer together (default: as trained, at most 4096; mock: 8192)
  --max-num-seqs <n>           answers generated at once in common batches (default 8; llama)
  --queue-depth <n>            answers that may wait past that; more get 429 (default 256)
  --threads <n>                default: half the processors, 1 to 8; 1 for files under 64 MiB (llama)
  --gpu off|auto               default off; auto needs the GPU binaries, see README.md (llama)
  --drain-timeout-ms <ms>      how long SIGTERM lets running answers go on (default 30000)
  -h, --help                   this text

  --mock-ttft-ms <ms>             to the first token (default 20)
  --mock-tokens-per-second <n>    per answer after that; 0: unlimited (default 100)
  --mock-tokens <n>               answer length (default: the length of --mock-text, or 32)
  --mock-text <text>              the answer, repeated or cut to the length (default: words drawn by seed)
  --mock-seed <n>                 same seed, same answers and failures (default 0)
  --mock-error-rate <0..1>        share of answers that fail with 500 (default 0)
  --mock-capacity <n>             answers at once; more wait (default 256)
  --mock-start-delay-ms <ms>      until ready (default 0)
  --mock-fail-start <code>        exit with this code after the start delay

Environment
  SLIPWAY_ENGINE_API_KEY   when set, /v1/* and /metrics need "Authorization: Bearer <key>"

Signals
  SIGTERM, SIGINT   refuse new requests, finish running ones, exit 0; the second one exits at once (143, 130)

Exit codes
  0 stopped as asked   1 internal error   2 wrong usage   3 model file missing   4 model file not readable as GGUF
  5 address or port not available

Examples
  node dist/main.js --model models/tiny-tales/tiny-tales.gguf --served-model-name tiny --port 8080
  node dist/main.js --engine mock --port 8080 --mock-ttft-ms 100 --mock-tokens-per-second 50
  node dist/main.js --engine mock --port 8080 --mock-start-delay-ms 500 --mock-fail-start 7
  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model":"tiny","messages":[{"role":"user","content":"Tell me a story"}],"temperature":0.7,"stream":true}'
`;
