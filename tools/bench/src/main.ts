#!/usr/bin/env node
import { runBench } from './bench-program.js';
import { benchConfig } from './config.js';
import { processTerminal } from './terminal.js';

process.exitCode = await runBench(process.argv.slice(2), benchConfig(), processTerminal(process.stdout, process.stderr));
