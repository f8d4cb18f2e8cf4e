export type { BenchReport } from './report/bench-report.js';
export { GOALS, judge, type Goal, type Verdict } from './report/goals.js';
