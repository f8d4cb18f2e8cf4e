# One image for every service: `node apps/<service>/dist/main.js`.
# The same Node as in package.json's optionalDependencies; a test keeps them in step.
ARG NODE_VERSION=24.21.0
ARG NODE_IMAGE=node:${NODE_VERSION}-bookworm-slim

# The manifests alone, so that installing is cached until one of them changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --include=optional
COPY . .
RUN npm run build
# The image has its own Node, and what runs needs neither sources nor compilers.
RUN npm prune --omit=dev \
 && rm -rf node_modules/node-linux-* node_modules/.bin/node \
 && find apps libs tools -type d -name src -prune -exec rm -rf {} + \
 && find apps libs tools -type f \( -name '*.tsbuildinfo' -o -name '*.spec.*' -o -name '*.d.ts' -o -name '*.d.ts.map' \) -delete

FROM ${NODE_IMAGE} AS service
LABEL org.opencontainers.image.title="Slipway" \
      org.opencontainers.image.description="An event-sourced platform for serving language models" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    SLIPWAY_HEALTH_HOST=0.0.0.0 \
    SLIPWAY_HEALTH_PORT=9464 \
    SLIPWAY_MODEL_ROOT=/models \
    SLIPWAY_DATA_DIR=/data
WORKDIR /app
# Owned by root and not writable by the one who runs it; /data is the only place that is.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/libs ./libs
COPY --from=build /app/apps ./apps
COPY --from=build /app/tools/replay ./tools/replay
COPY --from=build /app/tools/cli ./tools/cli
COPY deploy/compose/first-run.mjs ./deploy/compose/first-run.mjs
COPY models /models
RUN install -d -o 1000 -g 1000 -m 0700 /data
USER 1000:1000
EXPOSE 4000 4101 4102 4103 4104 8000 9464
# Alive, not ready: a service that waits for the broker must not be restarted for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SLIPWAY_HEALTH_PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["apps/gateway/dist/main.js"]
