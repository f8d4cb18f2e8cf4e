/** Replicas one deployment may ask for. */
export const DESIRED_REPLICAS_MAX = 1000;
export const TAGS_MAX = 50;
export const TAG_CHARACTERS_MAX = 64;
export const CLUSTER_SIZE_MAX = 1000;
export const CPU_MAX = 4096;
export const MOUNTS_MAX = 32;
export const ENVIRON_ENTRIES_MAX = 200;
export const ENVIRON_VALUE_CHARACTERS_MAX = 32_768;
export const CLI_PARAMETERS_CHARACTERS_MAX = 8192;
export const MODEL_LENGTH_MAX = 100_000_000;
export const PARALLELISM_MAX = 1024;
/** How long a mutation waits until its own read model shows what it wrote. */
export const READ_YOUR_WRITES_MS = 5000;
