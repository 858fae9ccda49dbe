#!/bin/sh
# Run once by the image, on an empty data directory: the role that writes, its database, and one that only reads.
# Passwords come from files; psql takes them as variables and quotes them itself, so none stands on a command line.
set -eu
export SECRETS="${SECRETS:-/run/secrets}"

psql --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\set observer `cat "$SECRETS/observer_password"`
\set reader `cat "$SECRETS/reader_password"`
CREATE ROLE observer LOGIN PASSWORD :'observer';
CREATE ROLE reader LOGIN PASSWORD :'reader';
ALTER ROLE reader SET default_transaction_read_only = on;
ALTER ROLE reader SET statement_timeout = '30s';
CREATE DATABASE observer OWNER observer;
\connect observer
REVOKE ALL ON DATABASE observer FROM PUBLIC;
GRANT CONNECT ON DATABASE observer TO reader;
-- What `observer migrate` makes later may be read at once, and only read.
ALTER DEFAULT PRIVILEGES FOR ROLE observer GRANT USAGE ON SCHEMAS TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE observer GRANT SELECT ON TABLES TO reader;
SQL
