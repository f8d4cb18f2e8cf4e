#!/bin/sh
# Runs once, when the database directory is made: the services' own role, which owns its database and is no superuser.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set=password="$(cat "${SLIPWAY_ROLE_PASSWORD_FILE:-/run/secrets/postgres/slipway-password}")" <<'SQL'
CREATE ROLE slipway LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE slipway OWNER slipway;
REVOKE ALL ON DATABASE slipway FROM PUBLIC;
SQL
