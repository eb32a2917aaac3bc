import type { Query } from "./database.ts";

/**
 * Roles belong to the server and not to the database: they are missing where a copy was restored elsewhere, or somebody
 * dropped one, and what they may do went with them.
 */
const LACK_RIGHTS = `select exists (select from unnest(array['farthing_writer', 'farthing_reader', 'farthing_roller', 'farthing_pruner']) role
  where to_regrole(role) is null or not has_schema_privilege(to_regrole(role), 'farthing', 'usage'))`;

const MAKE_ROLES = `
do $$
declare
  role text;
begin
  foreach role in array array['farthing_writer', 'farthing_reader', 'farthing_roller', 'farthing_pruner'] loop
    begin
      if to_regrole(role) is null then
        execute format('create role %I nologin', role);
      end if;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise exception 'this user may not create the role %; have one who may run: create role % nologin', role, role;
    end;
  end loop;
end
$$`;

/** All that the migrations give, once more. */
const GIVE_RIGHTS = `
do $$
declare
  relation regclass;
begin
  for relation in select oid::regclass from pg_class
    where relnamespace = 'farthing'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
  loop
    execute format('grant select on %s to farthing_reader, farthing_roller, farthing_pruner', relation);
  end loop;
end
$$;

grant usage on schema farthing to farthing_writer, farthing_reader, farthing_roller, farthing_pruner;
grant execute on function farthing.joined(), farthing.server_identity(), farthing.timeline()
  to farthing_writer, farthing_reader, farthing_roller, farthing_pruner;
grant insert (id_hash, digest, month, ordinal, line) on farthing.event to farthing_writer;
grant insert (outbox, host, forwarded, waiting, newest_at) on farthing.outbox to farthing_writer;
grant insert on farthing.roll_up, farthing.spend_delta to farthing_roller;
grant insert, delete on farthing.event to farthing_pruner;
grant insert on farthing.prune, farthing.pruned_id to farthing_pruner;
grant delete on farthing.outbox to farthing_pruner;
`;

/** Makes the roles that are missing: migrations give rights to those that were made by the ones before them. */
export async function makeRoles(query: Query): Promise<void> {
  await query(MAKE_ROLES);
}

/** Makes the roles that are missing, and gives them what they may do. Returns whether any was missing, or lacked a right. */
export async function restoreRights(query: Query): Promise<boolean> {
  if ((await query(LACK_RIGHTS)).rows[0]?.[0] !== true) return false;
  await makeRoles(query);
  await query(GIVE_RIGHTS);
  return true;
}
