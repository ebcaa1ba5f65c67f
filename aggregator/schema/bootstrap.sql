-- What must stand before the first migration: one role for each service, and the table of migrations. Runs at every migration; changes nothing that is
-- there. Without the right to create roles everything belongs to the user who migrates, and services use that user.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['headway_owner', 'headway_aggregator', 'headway_metrics'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I LOGIN', role_name);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
        WHEN insufficient_privilege THEN NULL;
      END;
    END IF;
  END LOOP;
  IF to_regclass('headway.migrations') IS NULL THEN
    CREATE SCHEMA IF NOT EXISTS headway;
    CREATE TABLE headway.migrations (
      version integer PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_owner' AND pg_has_role(current_user, oid, 'MEMBER')) THEN
      EXECUTE format('GRANT CREATE ON DATABASE %I TO headway_owner', current_database());
      ALTER SCHEMA headway OWNER TO headway_owner;
      ALTER TABLE headway.migrations OWNER TO headway_owner;
    END IF;
  END IF;
END
$$;
