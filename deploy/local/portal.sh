# shellcheck shell=bash
# The portal: a Backstage with the plugin, in one process on loopback. It runs from a copy in the data folder, so that a build does not disturb it.
#
#   bin/headway-portal   the Node that runs it: an own copy, so that its process is told from others
#   portal/              Backstage's backend with the built app, the packages that it needs to run, the sample catalog
#   portal.yaml          addresses and database, written at each start
#   secrets/catalog.token   with which the catalog sync, and nobody else, may read the portal's catalog

PORTAL_HOME=$HEADWAY_HOME/portal
PORTAL_PORT=7007

# Builds the portal as Backstage means it for production, and puts it into the data folder. Nothing where nothing has changed.
install_portal() {
  local fingerprint new=$PORTAL_HOME.new log=$HEADWAY_ROOT/build/portal.log started=$SECONDS
  require_node
  fingerprint=$(workspace_fingerprint)
  if [[ $(cat "$PORTAL_HOME/fingerprint" 2>/dev/null) == "$fingerprint" && -x $HEADWAY_HOME/bin/headway-portal ]]; then return; fi
  require_workspace
  say "Building the portal"
  cd "$WORKSPACE" || exit 1
  logged "$log" "the portal could not be built" workspace_yarn tsc
  cd "$WORKSPACE/packages/backend" || exit 1
  logged "$log" "the portal could not be built" workspace_yarn build
  rm -rf "$new"
  mkdir "$new"
  cp -r "$WORKSPACE"/{package.json,yarn.lock,.yarnrc.yml,.yarn,backstage.json,app-config.yaml,catalog} "$new/"
  tar -xzf "$WORKSPACE/packages/backend/dist/skeleton.tar.gz" -C "$new" --no-same-owner
  cd "$new" || exit 1
  logged "$log" "the packages that the portal needs could not be installed" workspace_yarn workspaces focus --all --production
  tar -xzf "$WORKSPACE/packages/backend/dist/bundle.tar.gz" -C "$new" --no-same-owner
  echo "$fingerprint" >"$new/fingerprint"
  # Backstage writes the configuration into the page that it serves.
  if ((EUID == 0)); then chown -R "$(service_user):" "$new"; fi
  service_stop headway-portal
  rm -rf "$PORTAL_HOME"
  mv -T "$new" "$PORTAL_HOME"
  if ! cmp -s "$(command -v node)" "$HEADWAY_HOME/bin/headway-portal"; then
    install -m 755 "$(readlink -f "$(command -v node)")" "$HEADWAY_HOME/bin/headway-portal"
  fi
  note "built in $((SECONDS - started)) s"
}

# quoted TEXT: as a YAML string.
quoted() { printf "'%s'" "${1//\'/\'\'}"; }

portal_connection() {
  if [[ -n $PORTAL_DATABASE_URL ]]; then
    quoted "$PORTAL_DATABASE_URL"
  else
    printf '{ host: %s, user: headway_portal, database: headway_portal }' "$(quoted "$(pg_socket_folder)")"
  fi
}

# A token for the portal's catalog: made once, known to the portal and to the catalog sync.
make_catalog_token() {
  local file=$HEADWAY_HOME/secrets/catalog.token
  if ! as_service test -s "$file"; then write_private "$file" "$(head -c 32 /dev/urandom | base64 -w 0 | tr -d '+/=')"; fi
}

# The configuration where a person has made none: the portal's catalog.
portal_catalog_configuration() {
  cat <<YAML
# Written by ./headway up, since there is no headway.yaml in this folder. For one of your own: deploy/headway.example.yaml.
catalog:
  name: portal
  backstage:
    url: http://127.0.0.1:$PORTAL_PORT
    token_file: secrets/catalog.token
    every: 10s
YAML
}

# portal_config GATEWAY
portal_config() {
  cat <<YAML
app:
  baseUrl: http://127.0.0.1:$PORTAL_PORT
backend:
  baseUrl: http://127.0.0.1:$PORTAL_PORT
  listen: { host: 127.0.0.1, port: $PORTAL_PORT }
  database:
    client: pg
    pluginDivisionMode: schema
    ensureExists: false
    ensureSchemaExists: true
    connection: $(portal_connection)
  auth:
    externalAccess:
      - type: static
        options: { token: { \$file: secrets/catalog.token }, subject: headway-catalog-sync }
        accessRestrictions: [{ plugin: catalog, permission: catalog.entity.read }]
proxy:
  endpoints:
    /headway:
      target: http://$1
catalog:
  processingInterval: { seconds: 10 }
  locations:
    - { type: file, target: $(quoted "$PORTAL_HOME/catalog/sample.yaml") }
    - { type: file, target: $(quoted "$PORTAL_HOME/catalog/org.yaml") }
YAML
}

# start_portal GATEWAY: starts it, or restarts what runs otherwise than planned. Does not wait.
start_portal() {
  local config=$HEADWAY_HOME/portal.yaml environment=$HEADWAY_HOME/portal.env wanted arguments
  make_catalog_token
  wanted=$(portal_config "$1")
  arguments=("--env-file=$environment" "$PORTAL_HOME/packages/backend" --config "$PORTAL_HOME/app-config.yaml" --config "$config")
  if service_pid headway-portal >/dev/null && [[ $(cat "$config" 2>/dev/null) == "$wanted" ]]; then return; fi
  service_stop headway-portal
  require_port "$PORTAL_PORT" --portal-port
  write_private "$config" "$wanted"
  write_private "$environment" "NODE_ENV=production
NODE_OPTIONS=--max-old-space-size=1024"
  say "Starting headway-portal"
  # Backstage looks for its root from the folder that it is started in.
  SERVICE_FOLDER=$PORTAL_HOME service_start headway-portal "${arguments[@]}"
}

# Whether Backstage says that it is ready.
portal_serving() {
  # shellcheck disable=SC2016  # for Node
  as_service "$HEADWAY_HOME/bin/headway-portal" -e 'fetch(process.argv[1]).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))' \
    "http://$1/.backstage/health/v1/readiness" >/dev/null 2>&1
}

portal_address() { sed -n 's/^  listen: { host: \(.*\), port: \(.*\) }$/\1:\2/p' "$HEADWAY_HOME/portal.yaml" 2>/dev/null; }

wait_portal() {
  local started=$SECONDS
  while ! portal_serving "127.0.0.1:$PORTAL_PORT"; do
    if ! service_pid headway-portal >/dev/null; then
      tail -n 5 "$HEADWAY_HOME/log/headway-portal.log" >&2
      die "headway-portal has stopped" "the whole log: ./headway logs headway-portal" "without it: ./headway up --no-portal"
    fi
    if ((SECONDS - started > 120)); then
      tail -n 5 "$HEADWAY_HOME/log/headway-portal.log" >&2
      die "headway-portal is not ready after 120 s" "the whole log: ./headway logs headway-portal"
    fi
    sleep 0.5
  done
}

# The role that owns the portal's database, and may nothing in Headway's.
pg_create_portal_database() {
  if [[ $(pg_sql "SELECT 1 FROM pg_database WHERE datname = 'headway_portal'") == 1 ]]; then return; fi
  pg_sql "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_portal') THEN CREATE ROLE headway_portal LOGIN; END IF; END \$\$"
  pg_sql "CREATE DATABASE headway_portal OWNER headway_portal"
}
